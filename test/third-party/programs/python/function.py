"""What the tests ask of a function, for the vendor's Python client."""
import os
import sys
import time

calls = 0


class OutOfReach(Exception):
    pass


def context_of(_event, context):
    return {
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "functionName": context.function_name,
        "functionVersion": context.function_version,
        "memoryMiB": int(context.memory_limit_in_mb),
        "remainingMs": context.get_remaining_time_in_millis(),
        "traceId": os.environ.get("_X_AMZN_TRACE_ID"),
        "custom": context.client_context.custom["key"] if context.client_context else None,
        "calls": calls,
    }


def fail(event, _context):
    raise OutOfReach(event["message"])


def print_text(event, _context):
    sys.stdout.write(event["text"])


ACTIONS = {
    "return": lambda event, _context: event["value"],
    "context": context_of,
    "fail": fail,
    "print": print_text,
    "log": lambda event, _context: print(event["text"]),
    "exit": lambda event, _context: os._exit(event["code"]),
    "hang": lambda _event, _context: time.sleep(3600),
    "big": lambda event, _context: "x" * event["bytes"],
    "length": lambda event, _context: len(event["value"]),
}


def handler(event, context):
    global calls
    calls += 1
    return ACTIONS[event["do"]](event, context)
