import logging
import platform

log = logging.getLogger()
log.setLevel("INFO")


def handler(event, context):
    log.info("hello from %s", context.function_name)
    return {
        "greeting": "Hello, %s!" % event.get("name", "world"),
        "language": "Python %s" % platform.python_version(),
        "requestId": context.aws_request_id,
    }
