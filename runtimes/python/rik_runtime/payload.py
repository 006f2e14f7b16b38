"""Events in, results out. Source: managed-runtimes 3.5.

The vendor's runtime uses simplejson; this one gets the same text from the standard library's C encoder, after turning
the few types that simplejson treats differently into plain ones. What is no JSON (NaN) becomes null.
"""

import json
import os
import re

from .errors import RuntimeFault

# From Python 3.12 on the vendor's runtime writes UTF-8; before, and when the runtime is unknown, \u escapes.
_ENSURE_ASCII = os.environ.get("AWS_EXECUTION_ENV", "") not in (
    "AWS_Lambda_python3.12",
    "AWS_Lambda_python3.13",
    "AWS_Lambda_python3.14",
    "AWS_Lambda_python3.15",
)
# For those who need the vendor's runtime with its faults: results that cannot be sent as JSON, and NaN in it.
STRICT_COMPAT = os.environ.get("RIK_STRICT_COMPAT", "") in ("1", "true")
_PLAIN_SCALARS = frozenset((str, int, float, bool, type(None)))
# Most results are of these, and none of them is streamed: the question costs nothing then.
_PLAIN_RESULTS = _PLAIN_SCALARS | {dict, list, tuple, bytes}
# On a handler and on a result; `awslambda` puts them there.
STREAMING_MARK = "__aws_lambda_response_streaming__"
HTTP_METADATA = "__aws_lambda_http_metadata__"


class _ConstantFound(ValueError):
    pass


def _refuse_constant(name):
    raise _ConstantFound(name)


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode
_encode = json.JSONEncoder(ensure_ascii=_ENSURE_ASCII, allow_nan=STRICT_COMPAT).encode


def parse_event(body, content_type):
    """JSON when the platform says so in exactly these words, else the bytes as they are."""
    if content_type != "application/json":
        return body
    text = None
    try:
        text = body.decode("utf-8")
        return _decode(text)
    except _ConstantFound:
        reason = _expecting_value(text)
    except Exception as error:
        reason = error
    raise RuntimeFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % reason)


def _expecting_value(text):
    """NaN and infinities are refused with simplejson's text, which names the place."""
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity', text, re.DOTALL):
        if not match.group().startswith('"'):
            return json.JSONDecodeError("Expecting value", text, match.start())
    return "Expecting value"


def can_be_streamed(result):
    """An iterator, an object that can be read, or either with an HTTP head."""
    if type(result) in _PLAIN_RESULTS:
        return False
    if hasattr(result, HTTP_METADATA):
        return True
    return not STRICT_COMPAT and (hasattr(result, "__next__") or callable(getattr(result, "read", None)))


def serialise_result(result):
    """Returns the body and its content type."""
    if isinstance(result, bytes):
        return result, b"application/unknown"
    try:
        text = _encode(result) if _is_plain(result) else _encode_special(result)
    except Exception as error:
        raise RuntimeFault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error
    # A lone surrogate ends the process from Python 3.12 on, as on the vendor's runtime: this is outside of the try.
    return text.encode("utf-8"), b"application/json"


def _is_plain(value):
    """True when the C encoder alone gives the right text."""
    if type(value) in _PLAIN_SCALARS:
        return not _is_no_number(value)
    stack = [value]
    seen = set()
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind in _PLAIN_SCALARS:
            if kind is float and _is_no_number(item):
                return False
            continue
        if kind is not dict and kind is not list and kind is not tuple:
            return False
        if id(item) not in seen:
            seen.add(id(item))
            stack.extend(item.values() if kind is dict else item)
    return True


def _is_no_number(value):
    """NaN and the infinities have no JSON form; null is what Node.js makes of them."""
    return isinstance(value, float) and value - value != 0 and not STRICT_COMPAT


def _encode_special(value):
    """A decimal's exact text cannot pass through the encoder, so a marker goes in and is replaced afterwards."""
    decimals = []
    marker = "decimal-%s-" % os.urandom(8).hex()
    text = _encode(_to_plain(value, decimals, marker, set()))
    if not decimals:
        return text
    return re.sub('"%s([0-9]+)"' % marker, lambda match: decimals[int(match.group(1))], text)


def _to_plain(value, decimals, marker, parents):
    if _is_no_number(value):
        return None
    if type(value) in _PLAIN_SCALARS:
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if type(value).__module__ == "decimal" and type(value).__name__ == "Decimal":
        if not value.is_finite() and not STRICT_COMPAT:
            return None
        decimals.append(str(value))
        return "%s%d" % (marker, len(decimals) - 1)
    if id(value) in parents:
        raise ValueError("Circular reference detected")
    as_dict = getattr(value, "_asdict", None)
    if not (isinstance(value, (dict, list, tuple)) or callable(as_dict)):
        return value
    parents.add(id(value))
    if callable(as_dict) and not isinstance(value, dict):
        value_plain = _to_plain(as_dict(), decimals, marker, parents)
    elif isinstance(value, dict):
        value_plain = {key: _to_plain(member, decimals, marker, parents) for key, member in value.items()}
    else:
        value_plain = [_to_plain(member, decimals, marker, parents) for member in value]
    parents.discard(id(value))
    return value_plain


def encode_error(wire_error):
    """The body of an error report."""
    return json.dumps(wire_error, ensure_ascii=_ENSURE_ASCII).encode("utf-8")
