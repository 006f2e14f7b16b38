"""Errors as Lambda's Python runtime puts them on the wire and in the log. Source: managed-runtimes 1.5, 3.3, 3.6, 3.8.

Only `RuntimeFault` is needed on the happy path; what only a failure needs is imported inside the functions.
"""

import os

from . import log_sink

_PACKAGE_FOLDER = os.path.dirname(os.path.abspath(__file__))


class RuntimeFault(Exception):
    """A fault that this runtime finds itself. `type_name` is wire text; `trace` replaces the stack."""

    def __init__(self, type_name, message, trace=()):
        super().__init__(message)
        self.type_name = type_name
        self.trace = list(trace)


def _to_wire_error(error, request_id):
    """The body of /error and /init/error before it becomes JSON; member order is the vendor's."""
    if isinstance(error, RuntimeFault):
        error_type, trace = error.type_name, error.trace
    else:
        import traceback

        error_type, trace = type(error).__name__, traceback.format_list(function_frames(error))
    return {"errorMessage": str(error), "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def function_frames(error):
    """(file, line, function, source) of the frames below this runtime's own; causes and contexts are not followed.

    Plain tuples, so that the formatted text has no column markers, as on the vendor's runtime.
    """
    import traceback

    frames = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
    while frames and os.path.dirname(os.path.abspath(frames[0][0])) == _PACKAGE_FOLDER:
        del frames[0]
    return frames


def to_xray_cause(error):
    """Value of the X-Ray cause header, always ASCII."""
    import json

    if isinstance(error, RuntimeFault):
        name, frames = "LambdaValidationError", []
    else:
        name, frames = type(error).__name__, function_frames(error)
    stack = [{"label": label, "path": path, "line": line} for path, line, label, _ in frames]
    cause = {
        "working_directory": os.getcwd(),
        "exceptions": [{"message": str(error), "type": name, "stack": stack}],
        "paths": sorted({path for path, _, _, _ in frames}),
    }
    return json.dumps(cause).encode("ascii")


def log_failure(error, request_id):
    """Writes the error record that the vendor's runtime writes before it posts the error, and returns what it posts."""
    wire_error = _to_wire_error(error, request_id)
    _log_wire_error(wire_error)
    return wire_error


def _log_wire_error(wire_error):
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        import json
        import time

        record = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "log_level": "ERROR"}
        record.update(wire_error)
        log_sink.write_record(json.dumps(record, ensure_ascii=False) + "\n", "ERROR", is_json=True)
        return
    lines = ["[ERROR] %s: %s" % (wire_error["errorType"], wire_error["errorMessage"])]
    lines.append("Traceback (most recent call last):")
    for element in wire_error["stackTrace"]:
        lines += [_keep_indentation(line) for line in element.splitlines()]
    # Outside of a frame one record is one line for the collector; `\r` keeps its inner lines apart.
    text = "\n".join(lines) if log_sink.is_framed() else "\r".join(lines) + "\n"
    log_sink.write_record(text, "ERROR")


def _keep_indentation(line):
    """Leading spaces become no-break spaces, which log viewers do not swallow."""
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text
