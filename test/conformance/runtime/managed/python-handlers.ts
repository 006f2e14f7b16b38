/** Python: loading, results, errors. */
import { containing } from '../../accept.ts';
import { PYTHON_CLIENT } from '../cases/sources.ts';
import { managedCases } from './managed-row.ts';
import type { Family, ManagedRow } from './managed-row.ts';

export const PYTHON: Family = { language: 'python', handler: 'app.handler', source: `${PYTHON_CLIENT} 4.0.1, run on CPython 3.11 to 3.13 against a recording server` };
/** Chooses how the result is encoded, whatever interpreter runs. */
export const LIKE_3_11 = { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.11' };
export const LIKE_3_12 = { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.12' };

/** A file whose handler has this body. */
export function py(body: string, before = ''): Record<string, string> {
  const lines = body.split('\n').map((line) => `    ${line}`).join('\n');
  return { 'app.py': `${before}\ndef handler(event, context):\n${lines}\n` };
}

const UNMARSHALABLE = (type: string): RegExp => new RegExp(`^Unable to marshal response: Object of type ${type} is not JSON serializable$`);

const ROWS: readonly ManagedRow[] = [
  { ref: 'PY-001', id: 'python-none-returned', title: 'None gives null', files: py('return None'), goesOn: true, accepts: [{ kind: 'response', body: 'null', contentType: 'application/json', after: 'next' }] },
  { ref: 'PY-002', id: 'python-module-missing', title: 'A module that is not there is an import error', files: { 'other.py': '' }, accepts: [{ ...failed('Runtime.ImportModuleError', "Unable to import module 'app': No module named 'app'"), requestId: '', stack: [] }] },
  { ref: 'PY-003', id: 'python-handler-without-dot', title: 'A handler string without a dot is malformed', files: py('return 1'), handler: 'app', accepts: [failed('Runtime.MalformedHandlerName', "Bad handler 'app': not enough values to unpack (expected 2, got 1)")] },
  { ref: 'PY-004', id: 'python-builtin-module', title: 'A built-in module is no handler module', files: py('return 1'), handler: 'sys.x', accepts: [failed('Runtime.BuiltInModuleConflict', 'Cannot use built-in module sys as a handler module')] },
  { ref: 'PY-005', id: 'python-builtin-name-in-folder', title: 'A built-in name below a folder is none', files: py('return 1'), handler: 'a/sys.x', accepts: [failed('Runtime.ImportModuleError', "Unable to import module 'a/sys': No module named 'a'")] },
  { ref: 'PY-006', id: 'python-attribute-missing', title: 'A function that is not there is not found', files: { 'app.py': 'x = 1\n' }, accepts: [failed('Runtime.HandlerNotFound', "Handler 'handler' missing on module 'app'")] },
  { ref: 'PY-007', id: 'python-syntax-error', title: 'A syntax error is reported with file and line', files: { 'app.py': 'def x(:\n' }, accepts: [{ ...failed('Runtime.UserCodeSyntaxError', "Syntax error in module 'app': invalid syntax (app.py, line 1)"), stack: [containing('app.py" Line 1')] }] },
  { ref: 'PY-008', id: 'python-import-raises', title: 'What an import raises is reported under its class, with importlib in the stack', files: { 'app.py': 'raise ValueError("boom")\n' }, accepts: [{ kind: 'init', errorType: 'ValueError', errorMessage: 'boom', status: 1, body: containing('importlib') }] },
  { ref: 'PY-009', id: 'python-nested-import-missing', title: 'A missing module that a module imports is named', files: { 'app.py': 'import nothere\n' }, accepts: [failed('Runtime.ImportModuleError', "Unable to import module 'app': No module named 'nothere'")] },
  { ref: 'PY-010', id: 'python-imported-name-missing', title: 'A missing name of a module is an import error', files: { 'app.py': 'from json import nothere\n' }, accepts: [failed('Runtime.ImportModuleError', containing("Unable to import module 'app': cannot import name 'nothere' from 'json'"))] },
  { ref: 'PY-011', id: 'python-exit-while-importing', title: 'sys.exit(3) while importing ends with 3 and nothing is posted', files: { 'app.py': 'import sys\nsys.exit(3)\n' }, accepts: [{ kind: 'init-exit', status: 3 }] },
  { ref: 'PY-012', id: 'python-exit-zero-while-importing', title: 'sys.exit(0) while importing ends with 0 and nothing is posted', files: { 'app.py': 'import sys\nsys.exit(0)\n' }, accepts: [{ kind: 'init-exit', status: 0 }] },
  { ref: 'PY-013', id: 'python-handler-with-slash', title: 'A slash in the handler string is a dot', files: { 'a/b.py': 'def handler(event, context):\n    return "ok"\n' }, handler: 'a/b.handler', accepts: [{ body: '"ok"' }] },
  { ref: 'PY-013', id: 'python-handler-with-dots', title: 'Dots in the handler string are packages', files: { 'a/b.py': 'def handler(event, context):\n    return "ok"\n' }, handler: 'a.b.handler', accepts: [{ body: '"ok"' }] },
  { ref: 'PY-014', id: 'python-class-in-handler', title: 'A class in the handler string is taken for a module', files: { 'app.py': 'class K:\n    def h(event, context):\n        return 1\n' }, handler: 'app.K.h', accepts: [failed('Runtime.ImportModuleError', "Unable to import module 'app.K': No module named 'app.K'; 'app' is not a package")] },
  { ref: 'PY-015', id: 'python-handler-not-callable', title: 'A handler that cannot be called fails at the invocation', files: { 'app.py': 'handler = 1\n' }, accepts: [{ kind: 'error', errorType: 'TypeError', errorMessage: "'int' object is not callable" }] },
  { ref: 'PY-016', id: 'python-handler-without-parameters', title: 'A handler without parameters fails at the invocation', files: { 'app.py': 'def handler():\n    return 1\n' }, accepts: [{ kind: 'error', errorType: 'TypeError', errorMessage: 'handler() takes 0 positional arguments but 2 were given' }] },
  { ref: 'PY-017', id: 'python-handler-async', title: 'A coroutine is no result', files: { 'app.py': 'async def handler(event, context):\n    return 1\n' }, accepts: [{ kind: 'error', errorType: 'Runtime.MarshalError', errorMessage: UNMARSHALABLE('coroutine') }] },
  {
    ref: 'PY-018',
    id: 'python-values-returned',
    title: 'Each type has its form',
    variables: LIKE_3_11,
    files: py(
      'return {"n": None, "t": True, "f": 1.5, "nan": float("nan"), "inf": float("inf"), "d": Decimal("1.10"), "dn": Decimal("NaN"), "u": "é\\U0001f600\\u2028", "tu": (1, 2), "p": P(1, 2), 1: "a", True: "b", None: "k", "big": 2**70}',
      'from collections import namedtuple\nfrom decimal import Decimal\nP = namedtuple("P", "x y")',
    ),
    accepts: [{ body: '{"n": null, "t": true, "f": 1.5, "nan": NaN, "inf": Infinity, "d": 1.10, "dn": NaN, "u": "\\u00e9\\ud83d\\ude00\\u2028", "tu": [1, 2], "p": {"x": 1, "y": 2}, "1": "b", "null": "k", "big": 1180591620717411303424}' }],
  },
  { ref: 'PY-019', id: 'python-text-raw', title: 'From 3.12 on text is written as UTF-8', variables: LIKE_3_12, files: py('return "é\\U0001f600\\u2028"'), accepts: [{ bytes: Buffer.from('"é😀\u2028"').toString('hex') }] },
  { ref: 'PY-020', id: 'python-text-escaped', title: 'Up to 3.11 text is escaped', variables: LIKE_3_11, files: py('return "é\\U0001f600\\u2028"'), accepts: [{ body: '"\\u00e9\\ud83d\\ude00\\u2028"' }] },
  { ref: 'PY-021', id: 'python-bytes-returned', title: 'Bytes are the response as they are', files: py('return b"\\x00\\xff"'), accepts: [{ bytes: '00ff', contentType: 'application/unknown' }] },
  { ref: 'PY-022', id: 'python-bytes-nested', title: 'Bytes inside a result are text', files: py('return {"a": b"x"}'), accepts: [{ body: '{"a": "x"}' }] },
  { ref: 'PY-023', id: 'python-bytes-nested-not-text', title: 'Bytes inside a result that are no UTF-8 cannot be marshalled', files: py('return {"a": b"\\xff"}'), accepts: [{ kind: 'error', errorType: 'Runtime.MarshalError', errorMessage: containing("'utf-8' codec can't decode byte 0xff") }] },
  {
    ref: 'PY-024',
    id: 'python-unmarshalable-types',
    title: 'Dates, sets, byte arrays and plain objects cannot be marshalled, and the loop goes on',
    files: py('return [lambda: datetime(2020, 1, 1), lambda: {1}, lambda: bytearray(b"x"), object][event["n"]]()', 'from datetime import datetime'),
    events: ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'],
    goesOn: true,
    accepts: [{ kinds: ['error', 'error', 'error', 'error'], bodies: ['datetime', 'set', 'bytearray', 'object'].map((type) => containing(`Object of type ${type} is not JSON serializable`)), after: 'next' }],
  },
  { ref: 'PY-024', id: 'python-generator-returned', title: 'A generator cannot be marshalled', files: py('return (i for i in [1])'), accepts: [{ kind: 'error', errorType: 'Runtime.MarshalError', errorMessage: UNMARSHALABLE('generator') }] },
  { ref: 'PY-025', id: 'python-circle-returned', title: 'A circle cannot be marshalled', files: py('c = []\nc.append(c)\nreturn c'), accepts: [{ kind: 'error', errorType: 'Runtime.MarshalError', errorMessage: containing('Circular reference detected') }] },
  { ref: 'PY-026', id: 'python-tuple-key', title: 'A tuple as a key cannot be marshalled', files: py('return {(1, 2): 3}'), accepts: [{ kind: 'error', errorType: 'Runtime.MarshalError', errorMessage: containing('keys must be str, int, float, bool or None, not tuple') }] },
  { ref: 'PY-027', id: 'python-asdict', title: '_asdict is honoured and for_json is not', files: py('return O()', 'class O:\n    def _asdict(self):\n        return {"q": 1}\n    def for_json(self):\n        return 2'), accepts: [{ body: '{"q": 1}' }] },
  { ref: 'PY-028', id: 'python-lone-surrogate-3-11', title: 'Up to 3.11 a lone surrogate is escaped', variables: LIKE_3_11, files: py('return "\\ud800"'), accepts: [{ body: '"\\ud800"' }] },
  { ref: 'PY-028', id: 'python-lone-surrogate-3-12', title: 'From 3.12 on a lone surrogate ends the process', level: 'optional', variables: LIKE_3_12, files: py('return "\\ud800"'), accepts: [{ kind: 'exit', status: 1, posts: 0 }] },
  { ref: 'PY-029', id: 'python-error-class', title: 'An error is reported under the name of its class, escaped up to 3.11', variables: LIKE_3_11, files: py('raise MyErr("msg é")', 'class MyErr(Exception):\n    pass'), accepts: [{ kind: 'error', errorType: 'MyErr', errorMessage: 'msg é', body: containing('msg \\u00e9'), xray: /^[\x20-\x7e]+$/ }] },
  { ref: 'PY-030', id: 'python-error-with-cause', title: 'Only the error itself is reported, not its cause', files: py('try:\n    1 / 0\nexcept ZeroDivisionError as cause:\n    raise ValueError("v") from cause'), accepts: [{ errorType: 'ValueError', errorMessage: 'v', body: /^(?!.*ZeroDivisionError: )/s }] },
  { ref: 'PY-031', id: 'python-key-error', title: 'The message of a KeyError has its quotes', files: py('raise KeyError("k")'), accepts: [{ errorType: 'KeyError', errorMessage: "'k'" }] },
  { ref: 'PY-032', id: 'python-exception-group', title: 'The members of a group are not listed', files: py('raise ExceptionGroup("g", [ValueError("inner")])'), accepts: [{ errorType: 'ExceptionGroup', errorMessage: 'g (1 sub-exception)' }] },
  { ref: 'PY-033', id: 'python-base-exception', title: 'A BaseException ends the process and nothing is posted', files: py('raise BaseException("b")'), accepts: [{ kind: 'exit', status: 1, posts: 0 }] },
  { ref: 'PY-034', id: 'python-exit-number', title: 'sys.exit(1) ends the process with 1', files: py('import sys\nsys.exit(1)'), accepts: [{ kind: 'exit', status: 1, posts: 0 }] },
  { ref: 'PY-034', id: 'python-exit-text', title: 'sys.exit with a text prints it and ends the process with 1', files: py('import sys\nsys.exit("bye")'), logs: /bye/, accepts: [{ kind: 'exit', status: 1, posts: 0, isLogged: true }] },
  { ref: 'PY-034', id: 'python-exit-at-once', title: 'os._exit ends the process with its status', files: py('import os\nos._exit(7)'), accepts: [{ kind: 'exit', status: 7, posts: 0 }] },
  { ref: 'PY-035', id: 'python-error-lone-surrogate', title: 'A lone surrogate in a message ends the process', level: 'optional', files: py('raise ValueError("\\ud800")'), accepts: [{ kind: 'exit', status: 1, posts: 0 }] },
  { ref: 'PY-036', id: 'python-event-malformed', title: 'An event that is no JSON fails its invocation only', files: py('return 1'), events: ['{bad', '{}'], accepts: [{ kinds: ['error', 'response'], errorType: 'Runtime.UnmarshalError', errorMessage: 'Unable to unmarshal input: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)' }] },
  { ref: 'PY-037', id: 'python-event-empty', title: 'An empty event fails its invocation', files: py('return 1'), events: [''], accepts: [{ kind: 'error', errorType: 'Runtime.UnmarshalError', errorMessage: 'Unable to unmarshal input: Expecting value: line 1 column 1 (char 0)' }] },
  { ref: 'PY-038', id: 'python-event-other-type', title: 'Without exactly application/json the handler gets bytes', files: py('return str(type(event))'), events: ['{}', '{}', '{}'], headersOf: [{ 'Content-Type': 'text/plain' }, { 'Content-Type': undefined }, { 'Content-Type': 'application/json; charset=utf-8' }], accepts: [{ bodies: ['"<class \'bytes\'>"', '"<class \'bytes\'>"', '"<class \'bytes\'>"'] }] },
  { ref: 'PY-039', id: 'python-event-nan', title: 'NaN in an event is refused', files: py('return 1'), events: ['{"a":NaN}'], accepts: [{ kind: 'error', errorType: 'Runtime.UnmarshalError' }] },
  { ref: 'PY-040', id: 'python-client-context-malformed', title: 'A client context that is no JSON fails its invocation only', files: py('return 1'), events: ['{}', '{}'], headersOf: [{ 'Lambda-Runtime-Client-Context': '{bad' }], accepts: [{ kinds: ['error', 'response'], errorType: 'Runtime.LambdaContextUnmarshalError', errorMessage: containing('Unable to parse Client Context JSON: ') }] },
  { ref: 'PY-041', id: 'python-next-fails', title: 'A next that fails ends the process with 1 and a traceback', files: py('return 1'), nextFails: true, logs: /Traceback[\s\S]*Failed to get next/, accepts: [{ kind: 'exit', status: 1, posts: 0, isLogged: true }] },
  { ref: 'PY-042', id: 'python-context-text', title: 'The context has the text of the vendor’s', files: py('return repr(context)'), accepts: [{ body: /^"LambdaContext\(\[aws_request_id=r1,log_group_name=\/aws\/lambda\/conformance,log_stream_name=.*,function_name=conformance,memory_limit_in_mb=512,function_version=\$LATEST,invoked_function_arn=arn:.*,client_context=None,identity=CognitoIdentity\(\[cognito_identity_id=None,cognito_identity_pool_id=None\]\),tenant_id=None\]\)"$/ }] },
  { ref: 'PY-043', id: 'python-identity-absent', title: 'Without the headers identity is there with None, client context is None', files: py('return [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id, context.client_context]'), accepts: [{ body: '[null, null, null]' }] },
  { ref: 'PY-044', id: 'python-trace-variable', title: 'The trace variable is set, and gone when there is no header', files: py('return os.environ.get("_X_AMZN_TRACE_ID")', 'import os'), events: ['{}', '{}'], headersOf: [{ 'Lambda-Runtime-Trace-Id': 'Root=1-a' }, { 'Lambda-Runtime-Trace-Id': undefined }], accepts: [{ bodies: ['"Root=1-a"', 'null'] }] },
  { ref: 'PY-062', id: 'python-user-agent', title: 'The agent is named with the versions of interpreter and client', level: 'observed', files: py('return 1'), accepts: [] },
  { ref: 'PY-063', id: 'python-task-root-first', title: 'A module of the task root goes before one of a later path', files: { 'app.py': 'import m\n\ndef handler(event, context):\n    return m.VALUE\n', 'm.py': 'VALUE = "task"\n', 'later/m.py': 'VALUE = "later"\n' }, variables: { PYTHONPATH: '{task-root}/later' }, accepts: [{ body: '"task"' }] },
  { ref: 'PY-064', id: 'python-path-of-user', title: 'With PYTHONPATH set only the task root is put in front', files: py('return [p for p in sys.path if p.startswith("/opt")]', 'import sys'), variables: { PYTHONPATH: '{task-root}/later' }, accepts: [{ body: '[]' }] },
];

function failed(errorType: string, errorMessage: unknown): Record<string, unknown> {
  return { kind: 'init', errorType, errorMessage, header: errorType, status: 1 };
}

export const PYTHON_HANDLER_CASES = managedCases(PYTHON, ROWS);
