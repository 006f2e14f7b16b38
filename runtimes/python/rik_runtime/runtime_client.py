"""The Runtime API over one raw keep-alive socket.

`_socket` and not `socket` or `http.client`: the latter two cost several times the start of the rest of this runtime.
`next` has no time-out, because the environment may be frozen while the call is pending; it runs on the main thread,
where a signal interrupts the read and its Python handler runs (PEP 475).

A small response and the following `next` go out in one write. That is lawful HTTP/1.1 (RFC 9112, 9.3.2) once the
server has shown that it keeps connections open; the state machine sees the two calls in order, as it would anyway.
"""

import _socket
import sys

from .reply_reader import MalformedReply, read_reply

NEXT_PATH = "/2018-06-01/runtime/invocation/next"
INVOCATION_PATH_PREFIX = "/2018-06-01/runtime/invocation/"
INIT_ERROR_PATH = "/2018-06-01/runtime/init/error"
RESTORE_NEXT_PATH = "/2018-06-01/runtime/restore/next"
RESTORE_ERROR_PATH = "/2018-06-01/runtime/restore/error"
ERROR_TYPE_HEADER = b"Lambda-Runtime-Function-Error-Type"
ERROR_BODY_TRAILER = b"Lambda-Runtime-Function-Error-Body"

# Above this a response is sent alone: nothing is gained any more, and its refusal (413) is seen before the next event
# is asked for.
_PIPELINED_BODY_BYTES_MAX = 65_536
# Where the vendor's client drops the X-Ray cause; servers refuse larger headers.
_XRAY_CAUSE_BYTES_MAX = 1_048_576
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class RuntimeClient:
    def __init__(self, address):
        """`address` is host:port or host:port/prefix, as in AWS_LAMBDA_RUNTIME_API."""
        authority, slash, prefix = address.partition("/")
        host, colon, port = authority.rpartition(":")
        if not colon or not host or not port.isdigit():
            raise ValueError("AWS_LAMBDA_RUNTIME_API is %r, which is not host:port" % address)
        self._address = (host.strip("[]"), int(port))
        self._prefix = (slash + prefix).rstrip("/")
        self._head_tail = " HTTP/1.1\r\nHost: %s\r\n" % authority
        self._next_message = self._get_message(NEXT_PATH)
        self._socket = None
        self._buffer = bytearray()
        self._reply_count = 0
        self._is_pipelining_allowed = False

    def next(self):
        """Asks for the next invocation and waits as long as it takes; returns the reply."""
        return self._exchange([self._next_message])[0]

    def respond_then_next(self, request_id, body, content_type, on_refused):
        """Posts the response, asks for the next invocation and returns its reply. `on_refused` sees an answer other than 202."""
        message = b"%bContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
            self._post_head(INVOCATION_PATH_PREFIX + _quote(request_id) + "/response"),
            content_type,
            len(body),
            body,
        )
        if self._is_pipelining_allowed and len(body) <= _PIPELINED_BODY_BYTES_MAX:
            replies = self._exchange([message, self._next_message])
            if replies[0].status != 202:
                on_refused(replies[0])
            return replies[1]
        accepted = self._exchange([message])[0]
        if accepted.status != 202:
            on_refused(accepted)
        return self.next()

    def post_invocation_error(self, request_id, body, xray_cause, on_refused):
        path = INVOCATION_PATH_PREFIX + _quote(request_id) + "/error"
        reply = self._post_error(path, body, b"", xray_cause)
        if reply.status != 202:
            on_refused(reply)

    def post_init_error(self, body, error_type):
        """Lawful only before the first `next`; the process must exit afterwards."""
        return self._post_error(INIT_ERROR_PATH, body, _error_type_line(error_type), None)

    def restore_next(self):
        """Waits until the environment has been restored from its snapshot."""
        return self._exchange([self._get_message(RESTORE_NEXT_PATH)])[0]

    def post_restore_error(self, body, error_type):
        return self._post_error(RESTORE_ERROR_PATH, body, _error_type_line(error_type), None)

    def begin_stream(self, request_id, content_type):
        """Sends the head of a streamed response. What was sent is not kept, so that nothing of it is repeated."""
        if self._socket is None:
            self._connect()
        head = b"%bContent-Type: %b\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: %b, %b\r\n\r\n" % (
            self._post_head(INVOCATION_PATH_PREFIX + _quote(request_id) + "/response"),
            _header_text(content_type),
            ERROR_TYPE_HEADER,
            ERROR_BODY_TRAILER,
        )
        return _StreamCall(self, head)

    def stream_socket(self):
        return self._socket

    def end_stream(self):
        """Reads the answer to a streamed response; the connection is not used again when that fails."""
        try:
            reply = read_reply(self._socket, self._buffer)
        except (OSError, EOFError, MalformedReply):
            self._close()
            raise
        self._reply_count += 1
        self._is_pipelining_allowed = reply.keep_alive
        if not reply.keep_alive:
            self._close()
        return reply

    def _post_error(self, path, body, headers, xray_cause):
        if xray_cause is not None and len(xray_cause) < _XRAY_CAUSE_BYTES_MAX:
            headers += b"Lambda-Runtime-Function-XRay-Error-Cause: %b\r\n" % xray_cause
        return self._exchange(
            [
                b"%bContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b"
                % (self._post_head(path), headers, len(body), body)
            ]
        )[0]

    def _get_message(self, path):
        words = (self._prefix, path, self._head_tail) + sys.version_info[:3]
        return ("GET %s%s%sUser-Agent: rik-python/%d.%d.%d\r\n\r\n" % words).encode("ascii")

    def _post_head(self, path):
        return ("POST %s%s%s" % (self._prefix, path, self._head_tail)).encode("ascii")

    def _exchange(self, messages):
        """Sends the messages in one write and returns one reply for each; after a 5xx no more.

        A kept-alive connection may be closed by the server between two replies; what was written into that gap is sent
        once more on a new connection, as libcurl does. Everything else fails.
        """
        replies = []
        is_retried = False
        while True:
            if self._socket is None:
                self._connect()
            try:
                self._socket.sendall(b"".join(messages[len(replies) :]))
                while len(replies) < len(messages):
                    reply = read_reply(self._socket, self._buffer)
                    replies.append(reply)
                    self._reply_count += 1
                    if reply.status >= 500:
                        return replies  # The process is to end; an answer to what follows may never come.
                    self._is_pipelining_allowed = reply.keep_alive
                    if not reply.keep_alive:
                        self._close()
                        break
                else:
                    return replies
                if len(replies) == len(messages):
                    return replies
            except (OSError, EOFError):
                is_safe_to_repeat = self._reply_count > 0 and not self._buffer and not is_retried
                self._close()
                if not is_safe_to_repeat:
                    raise
                is_retried = True
            except MalformedReply:
                self._close()
                raise

    def _connect(self):
        family, kind, protocol, _, address = _socket.getaddrinfo(*self._address, 0, _socket.SOCK_STREAM)[0]
        connection = _socket.socket(family, kind, protocol)
        connection.connect(address)
        connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self._socket = connection
        self._reply_count = 0

    def _close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._buffer.clear()


class _StreamCall:
    """A response that is sent while it is made; the head goes out with the first piece."""

    def __init__(self, client, head):
        self._client = client
        self._head = head

    def write(self, piece):
        self._send(b"%b%x\r\n%b\r\n" % (self._head, len(piece), piece))

    def end(self, trailers):
        lines = b""
        if trailers is not None:
            import base64
            import json

            error_type, body = trailers
            encoded = base64.b64encode(json.dumps(body).encode("ascii"))
            lines = b"%b%b: %b\r\n" % (_error_type_line(error_type), ERROR_BODY_TRAILER, encoded)
        self._send(b"%b0\r\n%b\r\n" % (self._head, lines))

    def reply(self):
        return self._client.end_stream()

    def _send(self, data):
        self._head = b""
        self._client.stream_socket().sendall(data)


def _error_type_line(error_type):
    return b"%b: %b\r\n" % (ERROR_TYPE_HEADER, _header_text(error_type))


def _header_text(text):
    """Printable ASCII, so that no text of the function can end the header."""
    return "".join(character if " " <= character <= "~" else ascii(character)[1:-1] for character in text).encode("ascii")


def _quote(request_id):
    if _UNRESERVED.issuperset(request_id):
        return request_id
    return "".join(
        character if character in _UNRESERVED else "".join("%%%02X" % byte for byte in character.encode("utf-8"))
        for character in request_id
    )
