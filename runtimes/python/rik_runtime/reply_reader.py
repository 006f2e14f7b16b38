"""Reads one HTTP/1.1 reply of the Runtime API from a socket.

Strict on purpose: a reply that two readers could understand differently is refused, never guessed (RFC 9112, 6.3).
Replies without a declared length are refused too, because every Runtime API server declares one.
"""

# All bytes before the body; the Node.js runtime has the same limit.
REPLY_HEAD_BYTES_MAX = 163_840
# An event is at most 6 MiB; the rest is room for servers that allow more.
REPLY_BODY_BYTES_MAX = 67_108_864
_READ_BYTES = 65_536

_DIGITS = frozenset("0123456789")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_TOKEN = frozenset("!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyz")


class MalformedReply(Exception):
    pass


class Reply:
    __slots__ = ("status", "headers", "body", "keep_alive")

    def __init__(self, status, headers, body, keep_alive):
        self.status = status
        # Lower-case names; values as received, decoded as UTF-8.
        self.headers = headers
        self.body = body
        # False when the server will close the connection after this reply.
        self.keep_alive = keep_alive


def read_reply(connection, buffer):
    """Returns the next reply. `buffer` holds bytes read ahead, before and after. EOFError: the server closed."""
    while True:
        head = _take_until(connection, buffer, b"\r\n\r\n", "head")
        status, is_persistent, headers = _parse_head(head)
        if status >= 200:
            break
        # Interim replies are skipped (RFC 9110, 15.2).
    connection_option = headers.get("connection", "").lower()
    keep_alive = "close" not in connection_option if is_persistent else "keep-alive" in connection_option
    try:
        body = _read_body(connection, buffer, status, headers)
    except (OSError, EOFError) as error:
        raise MalformedReply("the connection to the Runtime API broke inside a reply") from error
    return Reply(status, headers, body, keep_alive)


def _parse_head(head):
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    start = lines[0]
    code = start[9:12]
    if start[:9] not in ("HTTP/1.1 ", "HTTP/1.0 ") or len(code) != 3 or not _DIGITS.issuperset(code) or start[12:13] not in ("", " "):
        raise MalformedReply("reply does not start with an HTTP/1.1 status line")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not name or not _TOKEN.issuperset(name):
            raise MalformedReply("reply has a malformed header line")
        if "\r" in value or "\n" in value or "\0" in value:
            raise MalformedReply("reply has a control character in the header %s" % name)
        if name in headers and name in ("content-length", "transfer-encoding"):
            raise MalformedReply("reply has the header %s twice" % name)
        headers[name] = value.strip(" \t")
    return int(code), start[7] == "1", headers


def _read_body(connection, buffer, status, headers):
    coding = headers.get("transfer-encoding")
    declared = headers.get("content-length")
    if coding is not None:
        if declared is not None:
            raise MalformedReply("reply has both Content-Length and Transfer-Encoding")
        if coding.lower() != "chunked":
            raise MalformedReply("reply has the unknown transfer coding %r" % coding)
        return _read_chunks(connection, buffer)
    if declared is None:
        if status in (204, 304):
            return b""
        raise MalformedReply("reply declares no length")
    if not declared or len(declared) > 15 or not _DIGITS.issuperset(declared):
        raise MalformedReply("reply has the Content-Length %r" % declared)
    return _take(connection, buffer, int(declared))


def _read_chunks(connection, buffer):
    parts = []
    total_bytes = 0
    while True:
        size = _take_until(connection, buffer, b"\r\n", "chunk size").partition(b";")[0].strip(b" \t").decode("latin-1")
        if not size or len(size) > 8 or not _HEX_DIGITS.issuperset(size):
            raise MalformedReply("reply has a malformed chunk size")
        chunk_bytes = int(size, 16)
        if chunk_bytes == 0:
            break
        total_bytes += chunk_bytes
        if total_bytes > REPLY_BODY_BYTES_MAX:
            raise MalformedReply("reply body is longer than %d bytes" % REPLY_BODY_BYTES_MAX)
        parts.append(_take(connection, buffer, chunk_bytes))
        if _take(connection, buffer, 2) != b"\r\n":
            raise MalformedReply("chunk is longer than its declared size")
    while _take_until(connection, buffer, b"\r\n", "trailers"):
        pass
    return b"".join(parts)


def _take_until(connection, buffer, end, what):
    searched = 0
    while True:
        found = buffer.find(end, searched)
        if found >= 0:
            break
        if len(buffer) > REPLY_HEAD_BYTES_MAX:
            raise MalformedReply("%s is longer than %d bytes" % (what, REPLY_HEAD_BYTES_MAX))
        searched = max(0, len(buffer) - len(end) + 1)
        _fill(connection, buffer)
    text = bytes(buffer[:found])
    del buffer[: found + len(end)]
    return text


def _take(connection, buffer, byte_count):
    if byte_count > REPLY_BODY_BYTES_MAX:
        raise MalformedReply("reply body is longer than %d bytes" % REPLY_BODY_BYTES_MAX)
    if len(buffer) >= byte_count:
        taken = bytes(buffer[:byte_count])
        del buffer[:byte_count]
        return taken
    # The rest is read straight into its place; nothing of a further reply can be read by accident.
    body = bytearray(byte_count)
    filled = len(buffer)
    body[:filled] = buffer
    buffer.clear()
    with memoryview(body) as view:
        while filled < byte_count:
            read_bytes = connection.recv_into(view[filled:])
            if read_bytes == 0:
                raise EOFError
            filled += read_bytes
    return bytes(body)


def _fill(connection, buffer):
    data = connection.recv(_READ_BYTES)
    if not data:
        raise EOFError("the Runtime API closed the connection before it answered")
    buffer += data
