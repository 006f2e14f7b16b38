"""What happens when the function cannot be loaded: warning, error record, POST init/error. Source: managed-runtimes 3.3."""

from .errors import log_failure
from .payload import encode_error

_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare "
    "cases, a Lambda runtime update can cause unexpected function behavior. For functions using managed runtimes, "
    "runtime updates can be triggered by a function change, or can be applied automatically. To determine if the "
    "runtime has been updated, check the runtime version in the INIT_START log entry. If this error correlates with a "
    "change in the runtime version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


def report_init_failure(client, error):
    import logging

    logging.warning(_WARNING)
    wire_error = log_failure(error, "")
    client.post_init_error(encode_error(wire_error), wire_error["errorType"])
