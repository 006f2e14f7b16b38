"""What functions import for response streaming; the counterpart of `awslambda` in the Node.js runtime.

    import awslambda

    @awslambda.streamify_response
    def handler(event, response_stream, context):
        response_stream.set_content_type("text/plain")
        for number in range(10):
            response_stream.write("%d\\n" % number)

or, without the decorator, a generator, a file, or either with an HTTP head:

    def handler(event, context):
        yield "one"
        yield "two"

    def handler(event, context):
        return awslambda.HttpResponse(open("/var/task/page.html", "rb"), 200, {"Content-Type": "text/html"})
"""

from rik_runtime.payload import HTTP_METADATA, STREAMING_MARK


def streamify_response(handler):
    """Marks a handler as streaming and returns it."""
    setattr(handler, STREAMING_MARK, True)
    return handler


class HttpResponseStream:
    @staticmethod
    def from_(response_stream, metadata):
        """Puts `{"statusCode": …, "headers": {…}, "cookies": […]}` before the body and returns the stream."""
        response_stream.set_http_metadata(metadata)
        return response_stream


class HttpResponse:
    """A result with an HTTP head; `body` is an iterator, an object that can be read, bytes or str."""

    def __init__(self, body=b"", status_code=200, headers=None, cookies=None):
        self.body = body
        metadata = {"statusCode": status_code}
        if headers:
            metadata["headers"] = dict(headers)
        if cookies:
            metadata["cookies"] = list(cookies)
        setattr(self, HTTP_METADATA, metadata)
