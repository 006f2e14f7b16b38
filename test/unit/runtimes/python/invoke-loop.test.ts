import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/invoke-loop');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

/** Expression that the handler returns, and the posted text. */
const RESULTS: { title: string; expression: string; text: string; environment?: Record<string, string>; contentType?: string }[] = [
  { title: 'None', expression: 'None', text: 'null' },
  {
    title: 'mixed values before Python 3.12, strictly compatible,',
    expression: '{"n": None, "t": True, "f": 1.5, "nan": float("nan"), "inf": float("inf"), "d": Decimal("1.10"), "dn": Decimal("NaN"), "u": "é😀\\u2028", "tu": (1, 2), "p": P(1, 2), 1: "a", True: "b", None: "k", "big": 2 ** 70}',
    environment: { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.11', RIK_STRICT_COMPAT: '1' },
    text: '{"n": null, "t": true, "f": 1.5, "nan": NaN, "inf": Infinity, "d": 1.10, "dn": NaN, "u": "\\u00e9\\ud83d\\ude00\\u2028", "tu": [1, 2], "p": {"x": 1, "y": 2}, "1": "b", "null": "k", "big": 1180591620717411303424}',
  },
  { title: 'text from Python 3.12 on', expression: '"é😀\\u2028"', environment: { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.13' }, text: '"é😀\u2028"' },
  { title: 'text under an unknown runtime name', expression: '"é"', environment: { AWS_EXECUTION_ENV: 'other' }, text: '"\\u00e9"' },
  { title: 'bytes', expression: 'b"\\x00\\xc3\\xa9"', text: '\0é', contentType: 'application/unknown' },
  { title: 'bytes inside of an object', expression: '{"a": b"x"}', text: '{"a": "x"}' },
  { title: 'an object with _asdict and for_json', expression: 'D()', text: '{"q": 1}' },
  { title: 'a named tuple alone', expression: 'P(1, [P(2, 3)])', text: '{"x": 1, "y": [{"x": 2, "y": 3}]}' },
  { title: 'what is no number, as null,', expression: '[float("nan"), {"i": -float("inf")}, Decimal("NaN"), (1.5, F("inf"))]', text: '[null, {"i": null}, null, [1.5, null]]' },
  { title: 'NaN alone, as null,', expression: 'float("nan")', text: 'null' },
  { title: 'one list in two places', expression: '(lambda l: [l, l])([1])', text: '[[1], [1]]' },
];
const PRELUDE = 'class F(float): pass\nfrom collections import namedtuple\nfrom decimal import Decimal\nimport datetime\nP = namedtuple("P", "x y")\nclass D:\n    def _asdict(self): return {"q": 1}\n    def for_json(self): return 2\ndef cycle():\n    l = []\n    l.append(l)\n    return l\n';
const returning = (expression: string): Record<string, string> => ({ 'app.py': `${PRELUDE}def handler(event, context):\n    return ${expression}\n` });

for (const { title, expression, text, environment = {}, contentType = 'application/json' } of RESULTS) {
  test(`${title} is posted as documented`, async () => {
    const { reports, stderr } = await runner.run({ handler: 'app.handler', files: returning(expression), environment, invocations: [{ event: '{}' }] });
    assert.is(reports[0]?.kind, 'response', stderr);
    assert.is(reports[0]?.body.toString('utf8'), text);
    assert.is(reports[0]?.headers['content-type'], contentType);
  });
}

const UNSERIALISABLE: { expression: string; message: RegExp }[] = [
  { expression: 'datetime.datetime.now()', message: /^Unable to marshal response: Object of type datetime is not JSON serializable$/ },
  { expression: '{1}', message: /Object of type set is not JSON serializable$/ },
  { expression: 'bytearray(b"x")', message: /Object of type bytearray is not JSON serializable$/ },
  { expression: 'object()', message: /Object of type object is not JSON serializable$/ },
  { expression: 'cycle()', message: /Circular reference detected$/ },
  { expression: '[cycle(), P(1, 2)]', message: /Circular reference detected$/ },
  { expression: '{(1, 2): 3}', message: /keys must be str, int, float, bool or None, not tuple$/ },
  { expression: '{"a": b"\\xff"}', message: /'utf-8' codec can't decode byte 0xff/ },
];
for (const { expression, message } of UNSERIALISABLE) {
  test(`${expression} as result is a Runtime.MarshalError and the next invocation is served`, async () => {
    const files = { 'app.py': `${PRELUDE}def handler(event, context):\n    return 1 if event else ${expression}\n` };
    const { reports } = await runner.run({ handler: 'app.handler', files, invocations: [{ event: '{}' }, { event: '[1]' }] });
    assert.equal([reports[0]?.kind, memberOf(reports[0], 'errorType'), memberOf(reports[0], 'stackTrace')], ['error', 'Runtime.MarshalError', []]);
    assert.match(String(memberOf(reports[0], 'errorMessage')), message);
    assert.match(String(reports[0]?.headers['lambda-runtime-function-xray-error-cause']), /"type": "LambdaValidationError", "stack": \[\]/);
    assert.is(bodyOf(reports[1]), 1);
  });
}

test('a coroutine as result is a Runtime.MarshalError', async () => {
  const { reports } = await runner.run({ handler: 'app.handler', files: { 'app.py': 'async def handler(event, context):\n    return 1\n' }, invocations: [{ event: '{}' }] });
  assert.is(memberOf(reports[0], 'errorMessage'), 'Unable to marshal response: Object of type coroutine is not JSON serializable');
});

/** Statement of the handler, and the members of the error. */
const RAISED: { title: string; statement: string; errorType: string; message: string }[] = [
  { title: 'an exception with a cause', statement: 'raise ValueError("v") from ZeroDivisionError()', errorType: 'ValueError', message: 'v' },
  { title: 'a KeyError', statement: 'raise KeyError("k")', errorType: 'KeyError', message: "'k'" },
  { title: 'an exception of the function', statement: 'raise MyError("msg é")', errorType: 'MyError', message: 'msg é' },
];
for (const { title, statement, errorType, message } of RAISED) {
  test(`${title} is reported with type, message and frames`, async () => {
    const files = { 'app.py': `class MyError(Exception): pass\ndef handler(event, context):\n    if event: return 1\n    ${statement}\n` };
    const { reports } = await runner.run({ handler: 'app.handler', files, invocations: [{ event: '{}' }, { event: '[1]' }] });
    assert.equal(bodyOf(reports[0]), {
      errorMessage: message,
      errorType,
      requestId: 'r1',
      stackTrace: [`  File "${Object(memberOf(reports[0], 'stackTrace'))[0].split('"')[1]}", line 4, in handler\n    ${statement}\n`],
    });
    assert.is(reports[0]?.headers['lambda-runtime-function-error-type'], undefined);
    assert.match(String(reports[0]?.headers['lambda-runtime-function-xray-error-cause']), /^[\x20-\x7e]*"label": "handler", "path": "[^"]*app\.py", "line": 4/);
    assert.is(bodyOf(reports[1]), 1);
  });
}

test('a handler that cannot be called fails at the invocation', async () => {
  const { reports } = await runner.run({ handler: 'app.handler', files: { 'app.py': 'handler = 1' }, invocations: [{ event: '{}' }] });
  assert.equal([memberOf(reports[0], 'errorType'), memberOf(reports[0], 'errorMessage')], ['TypeError', "'int' object is not callable"]);
});

/** Events that do not reach the handler. */
const BAD_EVENTS: { event: string; message: string }[] = [
  { event: '{bad', message: 'Unable to unmarshal input: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)' },
  { event: '', message: 'Unable to unmarshal input: Expecting value: line 1 column 1 (char 0)' },
  { event: '{"s":"NaN","a":NaN}', message: 'Unable to unmarshal input: Expecting value: line 1 column 16 (char 15)' },
];
for (const { event, message } of BAD_EVENTS) {
  test(`the event ${JSON.stringify(event)} is a Runtime.UnmarshalError and the next invocation is served`, async () => {
    const { reports } = await runner.run({ handler: 'app.handler', files: returning('1'), invocations: [{ event }, { event: '{}' }] });
    assert.equal([memberOf(reports[0], 'errorType'), memberOf(reports[0], 'errorMessage'), bodyOf(reports[1])], ['Runtime.UnmarshalError', message, 1]);
  });
}

test('an event of another content type arrives as bytes', async () => {
  const { reports } = await runner.run({
    handler: 'app.handler',
    files: returning('[type(event).__name__, len(event)]'),
    invocations: [{ event: 'é', headers: { 'Content-Type': 'text/plain' } }, { event: '{}', headers: { 'Content-Type': 'application/json; charset=utf-8' } }, { event: '{}', headers: { 'Content-Type': undefined } }],
  });
  assert.equal(reports.map(bodyOf), [['bytes', 2], ['bytes', 2], ['bytes', 2]]);
});

test('the context has the documented members', async () => {
  const { reports } = await runner.run({
    handler: 'app.handler',
    files: returning(
      '[repr(context), context.client_context and [context.client_context.custom, context.client_context.client.app_title], context.identity.cognito_identity_id, context.tenant_id, 0 < context.get_remaining_time_in_millis() <= 60000, __import__("os").environ.get("_X_AMZN_TRACE_ID")]',
    ),
    environment: { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128', AWS_LAMBDA_FUNCTION_VERSION: '$LATEST', AWS_LAMBDA_LOG_GROUP_NAME: 'g', AWS_LAMBDA_LOG_STREAM_NAME: 's' },
    invocations: [
      {
        event: '{}',
        headers: {
          'Lambda-Runtime-Trace-Id': 'Root=1',
          'Lambda-Runtime-Aws-Tenant-Id': 't',
          'Lambda-Runtime-Client-Context': '{"custom":{"k":1},"client":{"app_title":"x"}}',
          'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i"}',
        },
      },
      { event: '{}', headers: { 'Lambda-Runtime-Deadline-Ms': '1' } },
    ],
  });
  assert.equal(Object(bodyOf(reports[0])).slice(1), [[{ k: 1 }, 'x'], 'i', 't', true, 'Root=1']);
  assert.equal(Object(bodyOf(reports[1])), [
    'LambdaContext([aws_request_id=r2,log_group_name=g,log_stream_name=s,function_name=f,memory_limit_in_mb=128,function_version=$LATEST,' +
      'invoked_function_arn=arn:aws:lambda:us-east-1:000000000000:function:f,client_context=None,' +
      'identity=CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None]),tenant_id=None])',
    null,
    null,
    null,
    false,
    null,
  ]);
});

test('a client context that is not JSON is an error of the invocation only', async () => {
  const { reports } = await runner.run({
    handler: 'app.handler',
    files: returning('1'),
    invocations: [{ event: '{}', headers: { 'Lambda-Runtime-Client-Context': '{bad' } }, { event: '{}' }],
  });
  assert.is(memberOf(reports[0], 'errorType'), 'Runtime.LambdaContextUnmarshalError');
  assert.match(String(memberOf(reports[0], 'errorMessage')), /^Unable to parse Client Context JSON: Expecting property name/);
  assert.is(bodyOf(reports[1]), 1);
});

/** Ends of the process that post nothing. */
const ENDS: { title: string; statement: string; exitCode: number | null; signal?: string; stderr?: RegExp; status?: number }[] = [
  { title: 'sys.exit(1)', statement: 'import sys; sys.exit(1)', exitCode: 1 },
  { title: 'sys.exit with a text', statement: 'import sys; sys.exit("bye")', exitCode: 1, stderr: /^bye\n/ },
  { title: 'os._exit(7)', statement: 'import os; os._exit(7)', exitCode: 7 },
  { title: 'a BaseException', statement: 'raise BaseException("b")', exitCode: 1, stderr: /BaseException: b/ },
  { title: 'a KeyboardInterrupt', statement: 'raise KeyboardInterrupt()', exitCode: null, signal: 'SIGINT' },
  { title: 'a next that is answered with 500', statement: 'pass', status: 500, exitCode: 1, stderr: /RuntimeError: Failed to get next/ },
];
for (const { title, statement, exitCode, signal = null, stderr, status = 200 } of ENDS) {
  test(`${title} ends the process and posts nothing`, async () => {
    const files = { 'app.py': `def handler(event, context):\n    ${statement}\n` };
    const result = await runner.run({ handler: 'app.handler', files, until: 'exit', invocations: [{ event: '{}', status }] });
    assert.equal([result.exitCode, result.signal, result.reports.length], [exitCode, signal, 0], result.stderr);
    if (stderr !== undefined) assert.match(result.stderr, stderr);
  });
}

test('events and responses of 6 MB pass unchanged, also in chunks', async () => {
  const event = JSON.stringify('é'.repeat(3_000_000));
  const { reports } = await runner.run({
    handler: 'app.handler',
    files: returning('event'),
    environment: { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.12' },
    invocations: [{ event }, { event, isChunked: true }, { event: '1' }],
  });
  assert.equal([reports.length, reports[0]?.body.equals(Buffer.from(event)), reports[1]?.body.equals(Buffer.from(event))], [3, true, true]);
});

test('a refused response is printed and the next invocation is served', async () => {
  const { reports, stderr } = await runner.run({
    handler: 'app.handler',
    files: returning('1'),
    prepare: (api) => {
      api.reportStatus = 413;
    },
    invocations: [{ event: '1' }, { event: '2' }, { event: '3' }],
  });
  assert.is(reports.length, 3);
  assert.match(stderr, /LAMBDA_RUNTIME Failed to post handler response\. Http response code: 413\./);
});

test('a server that closes after each answer is served', async () => {
  const { reports, api } = await runner.run({
    handler: 'app.handler',
    files: returning('1'),
    prepare: (server) => {
      server.closesConnections = true;
    },
    invocations: [{ event: '1' }, { event: '2' }, { event: '3' }],
  });
  assert.is(reports.length, 3);
  assert.ok(api.connectionCount >= 5);
});

test('a signal handler of the function runs while the runtime waits for the next invocation', async () => {
  const files = {
    'app.py': 'import os, signal, threading\ndef on_term(number, frame):\n    print("got", number)\n    os._exit(9)\nsignal.signal(signal.SIGTERM, on_term)\ndef handler(event, context):\n    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()\n    return 1\n',
  };
  const result = await runner.run({ handler: 'app.handler', files, until: 'exit', invocations: [{ event: '{}' }] });
  assert.equal([result.exitCode, result.stdout], [9, 'got 15\n']);
});

test('a request id is URL-encoded in the path', async () => {
  const { reports } = await runner.run({ handler: 'app.handler', files: returning('context.aws_request_id'), invocations: [{ event: '1', requestId: 'a b/c?d' }] });
  assert.is(reports[0]?.requestId, 'a b/c?d');
});

test.run();
