def handler(event, context):
    if event.get("fail"):
        raise ValueError("the event asked for a failure")
    return {"greeting": "Hello from Python!", "event": event, "requestId": context.request_id}
