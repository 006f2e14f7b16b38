import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/invoke-loop');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

/** Body of the handler, and what is posted for it. */
const RESULTS: { title: string; body: string; text: string }[] = [
  { title: 'an object is posted as JSON', body: 'return {a: 1}', text: '{"a":1}' },
  { title: 'no result is posted as null', body: '', text: 'null' },
  {
    title: 'values without a JSON form are treated as JSON.stringify does',
    body: 'return {a: NaN, b: Infinity, u: undefined, d: new Date(0), m: new Map([[1, 2]]), f() {}, big: [undefined]}',
    text: '{"a":null,"b":null,"d":"1970-01-01T00:00:00.000Z","m":{},"big":[null]}',
  },
  { title: 'a buffer is posted as its JSON form', body: 'return Buffer.from("hi")', text: '{"type":"Buffer","data":[104,105]}' },
  { title: 'toJSON is honoured', body: 'return {toJSON: () => 7}', text: '7' },
  { title: 'a thenable is awaited', body: 'return {then: (resolve) => resolve(5)}', text: '5' },
  { title: 'text of all planes arrives as UTF-8', body: 'return "é😀\\u2028"', text: '"é😀\u2028"' },
];
for (const { title, body, text } of RESULTS) {
  test(title, async () => {
    const files = { 'index.mjs': `export const handler = async () => { ${body} };` };
    const { reports } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{}' }] });
    assert.is(reports[0]?.kind, 'response');
    assert.is(reports[0]?.body.toString('utf8'), text);
    assert.is(reports[0]?.headers['content-type'], 'application/json');
  });
}

test('a result that is returned without a promise counts', async () => {
  const files = { 'index.mjs': 'export const handler = (event) => event.n + 1;' };
  const { reports } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{"n":1}' }] });
  assert.is(bodyOf(reports[0]), 2);
});

/** What the handler throws, and what is posted for it. */
const THROWN: { title: string; expression: string; body: Record<string, unknown> }[] = [
  { title: 'a cycle', expression: '(() => { const a = {}; a.a = a; return { result: a }; })()', body: { errorType: 'Runtime.JSONStringifyError', errorMessage: 'Unable to stringify response body' } },
  { title: 'a bigint', expression: '({ result: 10n })', body: { errorType: 'Runtime.JSONStringifyError', errorMessage: 'Unable to stringify response body' } },
  { title: 'a function as result', expression: '({ result: () => 1 })', body: { errorType: 'TypeError', errorMessage: 'Wrong arguments' } },
  { title: 'a symbol as result', expression: '({ result: Symbol() })', body: { errorType: 'TypeError', errorMessage: 'Wrong arguments' } },
  { title: 'a subclass without a name of its own', expression: '({ error: new (class MyError extends Error {})("m") })', body: { errorType: 'Error', errorMessage: 'm' } },
  { title: 'an error with a name', expression: '({ error: Object.assign(new Error("m"), { name: "Zed" }) })', body: { errorType: 'Zed', errorMessage: 'm' } },
  { title: 'a string', expression: '({ error: "s" })', body: { errorType: 'string', errorMessage: 's', trace: [] } },
  { title: 'a plain object', expression: '({ error: { a: 1 } })', body: { errorType: 'object', errorMessage: '[object Object]', trace: [] } },
  { title: 'undefined', expression: '({ error: undefined })', body: { errorType: 'undefined', errorMessage: 'undefined', trace: [] } },
  { title: 'null', expression: '({ error: null })', body: { errorType: 'object', errorMessage: 'null', trace: [] } },
  { title: 'an object without a text form', expression: '({ error: Object.create(null) })', body: { errorType: 'handled' } },
  { title: 'a message with U+007F', expression: '({ error: new Error("a\\x7fb") })', body: { errorType: 'Error', errorMessage: 'a%7Fb' } },
];
for (const { title, expression, body } of THROWN) {
  test(`${title} is reported as an error and the next invocation is served`, async () => {
    const files = {
      'index.mjs': `export const handler = async (event) => { if (event.ok) return 1; const end = ${expression}; if ('error' in end) throw end.error; return end.result; };`,
    };
    const { reports } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{}' }, { event: '{"ok":1}' }] });
    assert.is(reports[0]?.kind, 'error');
    for (const [name, value] of Object.entries(body)) assert.equal(memberOf(reports[0], name), value);
    assert.is(reports[0]?.headers['lambda-runtime-function-error-type'], undefined);
    assert.equal([reports[1]?.kind, bodyOf(reports[1])], ['response', 1]);
  });
}

test('an error carries its stack in the body, its members in the log and its frames in the X-Ray header', async () => {
  const files = {
    'index.mjs': 'export const handler = async () => { throw Object.assign(new TypeError("bad"), { code: "E1", extra: { q: 1 }, cause: new Error("c") }); };',
  };
  const { reports, stdout, taskRoot } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{}' }] });
  const trace = memberOf(reports[0], 'trace');
  assert.ok(Array.isArray(trace) && trace[0] === 'TypeError: bad');
  assert.equal(Object.keys(Object(bodyOf(reports[0]))), ['errorType', 'errorMessage', 'trace']);
  assert.match(stdout, /^[0-9TZ:.-]+\tr1\tERROR\tInvoke Error \t\{"errorType":"TypeError","errorMessage":"bad".*"code":"E1","extra":\{"q":1\}/m);
  const cause: unknown = JSON.parse(String(reports[0]?.headers['lambda-runtime-function-xray-error-cause']));
  assert.is(Reflect.get(Object(cause), 'working_directory'), taskRoot);
  assert.equal(Reflect.get(Object(cause), 'paths')[0], `${taskRoot}/index.mjs`);
});

const SHOW_CONTEXT = 'export const handler = async (event, context) => ({ ...context, keys: Object.keys(context), left: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID ?? null });';

test('the context has the documented members in their order', async () => {
  const { reports } = await runner.run({
    handler: 'index.handler',
    files: { 'index.mjs': SHOW_CONTEXT },
    environment: {
      AWS_LAMBDA_FUNCTION_NAME: 'f',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/f',
      AWS_LAMBDA_LOG_STREAM_NAME: 's',
    },
    invocations: [
      {
        event: '{}',
        headers: {
          'Lambda-Runtime-Trace-Id': 'Root=1-2-3',
          'Lambda-Runtime-Client-Context': '{"custom":{"k":"\u00e9"}}',
          'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i"}',
          'Lambda-Runtime-Aws-Tenant-Id': 't',
        },
      },
      { event: '{}', headers: { 'Lambda-Runtime-Deadline-Ms': '1' } },
    ],
  });
  const first = Object(bodyOf(reports[0]));
  assert.equal(first.keys, [
    'clientContext', 'identity', 'invokedFunctionArn', 'awsRequestId', 'tenantId', 'xRayTraceId', 'getRemainingTimeInMillis',
    'functionName', 'functionVersion', 'memoryLimitInMB', 'logGroupName', 'logStreamName',
  ]);
  assert.equal([first.awsRequestId, first.tenantId, first.xRayTraceId, first.trace], ['r1', 't', 'Root=1-2-3', 'Root=1-2-3']);
  assert.equal([first.functionName, first.functionVersion, first.memoryLimitInMB], ['f', '$LATEST', '256']);
  assert.equal(first.identity, { cognitoIdentityId: 'i' });
  assert.ok(first.left > 50_000 && first.left <= 60_000);
  const second = Object(bodyOf(reports[1]));
  assert.equal([second.xRayTraceId, second.trace, second.clientContext], ['', null, undefined]);
  assert.ok(second.left < 0, 'the remaining time is negative after the deadline');
});

/** Ends of the process that post nothing, as on Node.js 24. */
const ENDS: { title: string; source: string; event?: string; headers?: Record<string, string>; status?: number; exitCode: number; stderr?: RegExp }[] = [
  { title: 'an event that is not JSON ends the process with 1', source: '1', event: '{bad', exitCode: 1, stderr: /SyntaxError/ },
  { title: 'an empty event ends the process with 1', source: '1', event: '', exitCode: 1 },
  {
    title: 'a client context that is not JSON ends the process with 1',
    source: '1',
    headers: { 'Lambda-Runtime-Client-Context': '{bad' },
    exitCode: 1,
    stderr: /Runtime\.PlatformError.*Failed to parse lambda-runtime-client-context as JSON/,
  },
  { title: 'a promise that never settles ends the process with 0', source: 'await new Promise(() => {})', exitCode: 0 },
  { title: 'process.exit ends the process with its status', source: 'process.exit(3)', exitCode: 3 },
  { title: 'a stray rejection ends the process with 1', source: 'Promise.reject(new Error("ur")); await new Promise((r) => setTimeout(r, 5_000))', exitCode: 1, stderr: /Error: ur/ },
  { title: 'an exception in a timer ends the process with 1', source: 'setTimeout(() => { throw new Error("uc"); }); await new Promise((r) => setTimeout(r, 5_000))', exitCode: 1, stderr: /Error: uc/ },
  { title: 'a next that is answered with 500 ends the process with 1', source: '1', status: 500, exitCode: 1, stderr: /Failed to get next invocation: the Runtime API answered 500/ },
];
for (const { title, source, event = '{}', headers = {}, status = 200, exitCode, stderr } of ENDS) {
  test(title, async () => {
    const files = { 'index.mjs': `export const handler = async () => { ${source} };` };
    const result = await runner.run({ handler: 'index.handler', files, until: 'exit', invocations: [{ event, headers, status }] });
    assert.is(result.exitCode, exitCode);
    assert.equal(result.reports, []);
    if (stderr !== undefined) assert.match(result.stderr, stderr);
  });
}

test('events and responses of 6 MB pass unchanged, also in chunks', async () => {
  const files = { 'index.mjs': 'export const handler = async (event) => event;' };
  const event = JSON.stringify('é'.repeat(3_000_000));
  const { reports } = await runner.run({ handler: 'index.handler', files, invocations: [{ event }, { event, isChunked: true }, { event: '1' }] });
  assert.is(reports.length, 3);
  assert.ok(reports[0]?.body.equals(Buffer.from(event)));
  assert.ok(reports[1]?.body.equals(Buffer.from(event)));
});

test('a refused response is printed and the next invocation is served', async () => {
  const files = { 'index.mjs': 'export const handler = async () => 1;' };
  const { reports, stderr } = await runner.run({
    handler: 'index.handler',
    files,
    prepare: (api) => {
      api.reportStatus = 413;
    },
    invocations: [{ event: '1' }, { event: '2' }, { event: '3' }],
  });
  assert.is(reports.length, 3);
  assert.match(stderr, /LAMBDA_RUNTIME Failed to post handler response\. Http response code: 413\./);
});

test('a response that is answered with 500 ends the process', async () => {
  const files = { 'index.mjs': 'export const handler = async () => 1;' };
  const prepare = (api: { reportStatus: number }): void => {
    api.reportStatus = 500;
  };
  const { exitCode, reports } = await runner.run({ handler: 'index.handler', files, prepare, until: 'exit', invocations: [{ event: '1' }] });
  assert.equal([exitCode, reports.length], [1, 1]);
});

test('a request id is URL-encoded in the path', async () => {
  const files = { 'index.mjs': 'export const handler = async (event, context) => context.awsRequestId;' };
  const { reports } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '1', requestId: 'a b/c?d' }] });
  assert.is(reports[0]?.requestId, 'a b/c?d');
});

test('a background timer runs on into the next invocation', async () => {
  const files = {
    'index.mjs': 'let fired = 0; export const handler = async (event) => { if (event.first) { setTimeout(() => { fired += 1; }, 1); return 0; } while (fired === 0) await new Promise((r) => setTimeout(r, 1)); return fired; };',
  };
  const { reports } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{"first":1}' }, { event: '{}' }] });
  assert.is(bodyOf(reports[1]), 1);
});

test.run();
