import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), *[".."] * 4, "runtimes", "python"))

from rik_runtime.reply_reader import MalformedReply, REPLY_HEAD_BYTES_MAX, read_reply  # noqa: E402

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi"


class Connection:
    """Gives its bytes out in pieces of at most `piece_bytes`."""

    def __init__(self, data, piece_bytes=65_536):
        self.data = data
        self.piece_bytes = piece_bytes

    def recv(self, byte_count):
        size = min(byte_count, self.piece_bytes)
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def recv_into(self, view):
        piece = self.recv(len(view))
        view[: len(piece)] = piece
        return len(piece)


class ReplyReaderTest(unittest.TestCase):
    def test_a_reply_is_read_whatever_pieces_it_comes_in(self):
        for piece_bytes in (1, 2, 3, 7, 1000):
            connection, buffer = Connection(OK + OK, piece_bytes), bytearray()
            for _ in range(2):
                reply = read_reply(connection, buffer)
                self.assertEqual((reply.status, reply.body, reply.headers["x-a"], reply.keep_alive), (200, b"hi", "b", True))
            self.assertRaises(EOFError, read_reply, connection, buffer)

    def test_a_chunked_reply_is_joined(self):
        data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n"
        for piece_bytes in (1, 5, 1000):
            self.assertEqual(read_reply(Connection(data, piece_bytes), bytearray()).body, b"abc0123456789")

    def test_interim_replies_are_skipped(self):
        self.assertEqual(read_reply(Connection(b"HTTP/1.1 100 Continue\r\n\r\n" + OK), bytearray()).status, 200)

    def test_the_reply_says_whether_the_connection_stays(self):
        for text, expected in (
            (b"HTTP/1.1 202 A\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", False),
            (b"HTTP/1.0 202 A\r\nContent-Length: 0\r\n\r\n", False),
            (b"HTTP/1.0 202 A\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        ):
            self.assertIs(read_reply(Connection(text), bytearray()).keep_alive, expected)

    def test_malformed_replies_are_refused(self):
        head = b"HTTP/1.1 200 OK\r\n"
        for text in (
            b"HELLO\r\n\r\n",
            b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
            head + b"\r\n",
            head + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
            head + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            head + b"Content-Length: -1\r\n\r\n",
            head + b"Content-Length: 0x1\r\n\r\n",
            head + b"Content-Length: 67108865\r\n\r\n",
            head + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            head + b"A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
            head + b"Content-Length : 0\r\n\r\n",
            head + b"A: b\nC: d\r\nContent-Length: 0\r\n\r\n",
            head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            head + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
            head + b"A: " + b"x" * (REPLY_HEAD_BYTES_MAX + 100_000),
            head + b"Content-Length: 5\r\n\r\nabc",
        ):
            with self.subTest(text[:60]):
                self.assertRaises(MalformedReply, read_reply, Connection(text), bytearray())

    def test_any_bytes_are_read_or_refused(self):
        source = random.Random(7)
        pieces = [b"HTTP/1.1 200 OK\r\n", b"\r\n", b"\r\n\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"1\r\n", b"abc", b":", b"\xff\0"]
        for _ in range(3000):
            data = b"".join(source.choice(pieces) for _ in range(source.randrange(12)))
            try:
                read_reply(Connection(data, source.randrange(1, 50)), bytearray())
            except (MalformedReply, EOFError):
                pass


if __name__ == "__main__":
    unittest.main()
