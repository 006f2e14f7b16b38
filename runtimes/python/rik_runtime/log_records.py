"""The form of log records, as text and as JSON. Source: managed-runtimes 3.8. Imported together with `logging`."""

import json
import time

from . import current_invocation, log_sink

_TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
# LogRecord's own members, with what filters and formatters add; everything else came in by `extra=`.
_OWN_MEMBERS = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created "
    "msecs relativeCreated thread threadName processName process taskName message asctime aws_request_id tenant_id".split()
)


def install_root_handler(logging, environment):
    is_json = environment.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    # A frame says its level only where somebody has asked for levels, as on the vendor's runtime.
    has_levels = is_json or "AWS_LAMBDA_LOG_LEVEL" in environment

    class RecordHandler(logging.Handler):
        def emit(self, record):
            try:
                log_sink.write_record(self.format(record), record.levelname if has_levels else None, is_json)
            except Exception:
                self.handleError(record)

    class InvocationFilter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = current_invocation.request_id or ""
            record.tenant_id = current_invocation.tenant_id
            return True

    class JsonFormatter(logging.Formatter):
        converter = time.gmtime

        def format(self, record):
            return json_record(record, self.formatTime(record, _TIME_FORMAT + "Z"))

    handler = RecordHandler()
    if is_json:
        handler.setFormatter(JsonFormatter())
    else:
        formatter = logging.Formatter(_TEXT_FORMAT, _TIME_FORMAT)
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    handler.addFilter(InvocationFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = environment.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG"}.get(level, level)
    if level in ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"):
        root.setLevel(level)


def json_record(record, timestamp):
    entry = {"timestamp": timestamp, "level": record.levelname, "message": record.getMessage(), "logger": record.name}
    location = None
    if record.exc_info and record.exc_info[0] is not None:
        import traceback

        entry["stackTrace"] = traceback.format_tb(record.exc_info[2])
        entry["errorType"] = record.exc_info[0].__name__
        entry["errorMessage"] = str(record.exc_info[1])
        location = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
    entry["requestId"] = record.aws_request_id or None
    entry["location"] = location
    entry["tenantId"] = record.tenant_id
    entry = {key: value for key, value in entry.items() if value is not None}
    for key, value in vars(record).items():
        if key not in _OWN_MEMBERS and key not in entry:
            entry[key] = value
    return json.dumps(entry, ensure_ascii=False, default=str) + "\n"
