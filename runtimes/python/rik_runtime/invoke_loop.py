"""Takes one invocation after the other for as long as the process lives. Source: managed-runtimes 3.5, 3.6.

SystemExit, KeyboardInterrupt and other direct children of BaseException are not caught: they end the process and
nothing is posted, which the platform reports as an exit of the runtime.
"""

import sys

from . import current_invocation
from .invocation_context import FunctionIdentity, LambdaContext
from .payload import STREAMING_MARK, can_be_streamed, encode_error, parse_event, serialise_result


def run_invoke_loop(client, handler, environment):
    function = FunctionIdentity(environment)
    # With several invocations at once the platform forbids the variable, because a process has only one.
    has_trace_variable = "AWS_LAMBDA_MAX_CONCURRENCY" not in environment
    reply = client.next()
    while True:
        if reply.status != 200:
            raise RuntimeError("Failed to get next: the Runtime API answered %d" % reply.status)
        headers = reply.headers
        request_id = headers["lambda-runtime-aws-request-id"]
        current_invocation.request_id = request_id
        current_invocation.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        if has_trace_variable:
            _set_trace_variable(environment, headers.get("lambda-runtime-trace-id"))
        try:
            context = LambdaContext(headers, function)
            event = parse_event(reply.body, headers.get("content-type"))
            outcome = _call_handler(client, handler, event, context)
        except Exception as error:
            _report_failure(client, error, request_id)
            reply = client.next()
            continue
        if type(outcome) is tuple:
            reply = client.respond_then_next(request_id, *outcome, _on_refused)
        else:
            outcome.settle(_on_refused)
            reply = client.next()


def _call_handler(client, handler, event, context):
    """Returns body and content type of the response, or the stream that it went out on."""
    if getattr(handler, STREAMING_MARK, False):
        return _stream(client, context, lambda stream: handler(event, stream, context))
    result = handler(event, context)
    if can_be_streamed(result):
        from .response_stream import copy_result

        return _stream(client, context, lambda stream: copy_result(result, stream))
    return serialise_result(result)


def _stream(client, context, produce):
    from .response_stream import run_streaming

    return run_streaming(client, context.aws_request_id, produce)


def _report_failure(client, error, request_id):
    from .errors import log_failure, to_xray_cause

    body = encode_error(log_failure(error, request_id))
    client.post_invocation_error(request_id, body, to_xray_cause(error), _on_refused)


def _set_trace_variable(environment, trace_id):
    """Set per invocation and deleted when the platform sends none; touched only when it changes."""
    if trace_id == environment.get("_X_AMZN_TRACE_ID"):
        return
    if trace_id:
        environment["_X_AMZN_TRACE_ID"] = trace_id
    else:
        environment.pop("_X_AMZN_TRACE_ID", None)


def _on_refused(reply):
    """A refused report (too large, too late) concerns the past invocation only, and the next event may already be on
    its way, so the loop goes on. After a 5xx the platform asks for the process to end (runtime-api 3.2)."""
    text = "LAMBDA_RUNTIME Failed to post handler response. Http response code: %d." % reply.status
    if reply.status >= 500:
        raise RuntimeError(text)
    sys.stderr.write(text + "\n")
