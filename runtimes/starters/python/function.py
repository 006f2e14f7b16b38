def handler(event, context):
    if event.get("fail"):
        raise ValueError("the event asked for a failure")
    return {"greeting": "Hello from Python!", "event": event, "requestId": context.request_id}


# For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
def echo(event, context):
    return event


def fail(event, context):
    raise RuntimeError("conformance failure")
