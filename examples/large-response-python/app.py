def handler(event, context):
    """Returns a JSON string of `bytes` characters; 6,291,454 and its two quotes are the documented 6 MiB."""
    return "x" * event.get("bytes", 6_291_454)
