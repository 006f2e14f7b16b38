"""The handler contract (docs/handler-contract.md) for Python."""
import os
import sys
import threading
import time

FAILURE = "conformance failure"


def echo(event, context):
    return event


def fail(event, context):
    raise RuntimeError(FAILURE)


def nothing(event, context):
    return None


def unserialisable(event, context):
    return object()


def print_text(event, context):
    sys.stdout.write(event["text"])


def trace(event, context):
    time.sleep(event.get("waitMs", 0) / 1000)
    return {"environment": os.environ.get("_X_AMZN_TRACE_ID"), "context": None}


def remaining(event, context):
    first = context.get_remaining_time_in_millis()
    time.sleep(1)
    return {"first": first, "second": context.get_remaining_time_in_millis()}


def context(event, given):
    return {
        "requestId": given.aws_request_id,
        "arn": given.invoked_function_arn,
        "functionName": given.function_name,
        "functionVersion": given.function_version,
        "memoryMiB": int(given.memory_limit_in_mb),
        "logGroup": given.log_group_name,
        "logStream": given.log_stream_name,
    }


def client_context(event, given):
    return {"custom": None if given.client_context is None else given.client_context.custom}


def tenant(event, given):
    return {"tenantId": given.tenant_id}


def fail_later(event, context):
    def fail_beside():
        time.sleep(0.1)
        raise RuntimeError(FAILURE)

    threading.Thread(target=fail_beside).start()
    time.sleep(1)
    return "waited"


def fail_or_wait(event, context):
    if event.get("fail"):
        raise RuntimeError(FAILURE)
    time.sleep(event.get("waitMs", 0) / 1000)
    return event
