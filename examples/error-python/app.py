class ExampleError(Exception):
    pass


def handler(event, context):
    """Raises, and the caller gets type, message and stack."""
    raise ExampleError("this function always fails")
