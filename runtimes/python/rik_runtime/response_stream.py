"""Response streaming: what the function writes is sent while it is made. Source: runtime-api 8; the vendor has it for Node.js only.

A function streams in one of three ways, all of which are found in `awslambda`:
  - a handler under `@awslambda.streamify_response` takes (event, response_stream, context) and writes;
  - any handler returns a generator or another iterator of bytes and str;
  - any handler returns an object that can be read.
"""

import io

from .errors import RuntimeFault, log_failure
from .payload import HTTP_METADATA

_HTTP_INTEGRATION_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
# Between the prelude and the body. Source: AWS guide, response streaming.
_PRELUDE_END = b"\0" * 8
_READ_BYTES = 65_536


class ResponseStream(io.RawIOBase):
    """A raw binary stream that takes str, too, as UTF-8. `close` ends the response; so does the handler's return."""

    def __init__(self, client, request_id):
        super().__init__()
        self._client = client
        self._request_id = request_id
        self._content_type = "application/octet-stream"
        self._prelude = b""
        self._call = None
        self._has_ended = False

    @property
    def has_begun(self):
        return self._call is not None

    def writable(self):
        return True

    def set_content_type(self, content_type):
        """Before the first write only."""
        if self.has_begun:
            raise RuntimeFault("Runtime.InvalidStreamingOperation", "Cannot set content-type, too late.")
        self._content_type = str(content_type)

    def set_http_metadata(self, metadata):
        """Status, headers and cookies, put before the body in the form that function URLs and API gateways read."""
        import json

        self.set_content_type(_HTTP_INTEGRATION_CONTENT_TYPE)
        self._prelude = json.dumps(metadata).encode("utf-8") + _PRELUDE_END

    def write(self, data):
        if self._has_ended:
            raise ValueError("the response stream has ended")
        piece = data.encode("utf-8") if isinstance(data, str) else memoryview(data).cast("B")
        if len(piece) > 0:
            self._begin().write(piece)
        return len(data)

    def close(self):
        if not self.closed and not self._has_ended:
            self._end(None)
        super().close()

    def abandon(self):
        """Nothing has been sent and nothing will be."""
        self._has_ended = True
        super().close()

    def fail(self, error_type, body):
        """Ends a response that has begun with an error behind what was written."""
        if not self._has_ended:
            self._end((error_type, body))

    def settle(self, on_refused):
        """Waits for the platform's answer."""
        reply = self._call.reply()
        if reply.status != 202:
            on_refused(reply)

    def _begin(self):
        if self._call is None:
            self._call = self._client.begin_stream(self._request_id, self._content_type)
            if self._prelude:
                self._call.write(self._prelude)
        return self._call

    def _end(self, trailers):
        self._has_ended = True
        self._begin().end(trailers)


def copy_result(result, stream):
    """Writes what a handler has returned, piece by piece, and releases it."""
    metadata = getattr(result, HTTP_METADATA, None)
    if metadata is not None:
        stream.set_http_metadata(metadata)
        result = result.body
    try:
        for piece in _pieces_of(result):
            stream.write(piece)
    finally:
        release = getattr(result, "close", None)
        if callable(release):
            release()


def _pieces_of(result):
    if isinstance(result, (str, bytes, bytearray)):
        return (result,)
    read = getattr(result, "read", None)
    if not callable(read):
        return result
    return iter(lambda: read(_READ_BYTES) or None, None)


def run_streaming(client, request_id, produce):
    """Calls `produce` with a stream and returns it, ended. What it raises before the first byte is raised; later it ends the response."""
    stream = ResponseStream(client, request_id)
    try:
        produce(stream)
        stream.close()
    except Exception as error:
        if not stream.has_begun:
            stream.abandon()
            raise
        wire_error = log_failure(error, request_id)
        stream.fail(wire_error["errorType"], wire_error)
    except BaseException:
        # The process ends; the destructor must not send an orderly end.
        stream.abandon()
        raise
    return stream
