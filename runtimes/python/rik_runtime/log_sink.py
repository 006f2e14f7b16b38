"""Where log records go: to the platform's framed descriptor where it gave one, else to stdout. Source: managed-runtimes 1.4, 3.8.

A frame is a head of 16 bytes, big-endian (type with format and level, length, microseconds since 1970), and the message. It keeps a
record of many lines together, and its level and time without parsing. `print` never comes here.
"""

import os
import sys
import time

_DESCRIPTOR_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD"
_FRAME_TYPE = 0xA55A0000
_TEXT_BITS = 0x03
_JSON_BITS = 0x02
_LEVEL_BITS = {"TRACE": 4, "DEBUG": 8, "INFO": 12, "WARN": 16, "WARNING": 16, "ERROR": 20, "FATAL": 24, "CRITICAL": 24}
# A descriptor that does not block and is full is tried again after so long.
_RETRY_SECONDS = 0.001

# None while there is no usable descriptor.
_descriptor = None


def open_sink(environment):
    """The variable is taken out of the environment: programs that the function starts do not have the descriptor."""
    global _descriptor
    text = environment.pop(_DESCRIPTOR_VARIABLE, None)
    if not text or not text.isdecimal():
        return
    try:
        os.fstat(int(text))
    except OSError:
        return
    _descriptor = int(text)


def is_framed():
    return _descriptor is not None


def write_record(text, level=None, is_json=False):
    """`level` is a name of `logging`, or None where the record says nothing about it. The text goes out as it is."""
    if _descriptor is None:
        sys.stdout.write(text)
        return
    message = text.encode("utf-8")
    kind = _FRAME_TYPE | _LEVEL_BITS.get(level, 0) | (_JSON_BITS if is_json else _TEXT_BITS)
    head = kind.to_bytes(4, "big") + len(message).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
    _write_whole(head + message)


def _write_whole(data):
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(_descriptor, view) :]
        except BlockingIOError:
            time.sleep(_RETRY_SECONDS)
