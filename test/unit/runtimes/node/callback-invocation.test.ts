/** The generation up to Node.js 22, switched on here on whatever Node.js runs the tests. Cases: managed-runtimes §7.1, those of N3. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OfferedInvocation, Report } from '../../../support/fake-runtime-api.ts';
import { bodyOf, type FunctionRunner, type FunctionRunResult, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/callback-invocation');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

type Run = { environment?: Record<string, string>; invocations?: OfferedInvocation[]; until?: 'exit' };

/** The module's source is CommonJS. */
function run(source: string, { environment = {}, invocations = [{ event: '{}' }], until = undefined as 'exit' | undefined }: Run = {}): Promise<FunctionRunResult> {
  return runner.run({
    handler: 'index.handler',
    files: { 'index.js': source },
    environment: { RIK_NODEJS_CALLBACKS: '1', ...environment },
    invocations,
    ...(until === undefined ? {} : { until }),
  });
}

function shown(report: Report | undefined): unknown {
  const body = bodyOf(report);
  if (report?.kind === 'response') return body;
  const { errorType, errorMessage } = Object(body);
  return [report?.kind, errorType, errorMessage];
}

/** Parameters and body of the handler, and what is posted for it. */
const ANSWERS: { id: string; title: string; handler: string; expected: unknown }[] = [
  { id: 'NODE-009', title: 'what is returned without a promise counts for nothing', handler: '() => ({ a: 1 })', expected: null },
  { id: 'NODE-012', title: 'the callback answers', handler: '(event, context, callback) => callback(null, { a: 1 })', expected: { a: 1 } },
  { id: 'NODE-013', title: 'an error given to the callback is reported', handler: '(event, context, callback) => callback("e")', expected: ['error', 'string', 'e'] },
  { id: 'NODE-014', title: 'a callback without parameters answers null', handler: '(event, context, callback) => callback()', expected: null },
  { id: 'NODE-015', title: 'the first of two callbacks counts', handler: '(event, context, callback) => { callback(null, 1); callback(null, 2); }', expected: 1 },
  { id: 'NODE-018', title: 'context.done answers', handler: '(event, context) => context.done(null, { d: 1 })', expected: { d: 1 } },
  { id: 'NODE-018', title: 'context.succeed answers', handler: '(event, context) => context.succeed("s")', expected: 's' },
  { id: 'NODE-019', title: 'context.fail reports the error', handler: '(event, context) => context.fail(new Error("f"))', expected: ['error', 'Error', 'f'] },
  { id: 'NODE-019', title: 'context.fail without an error has a name for it', handler: '(event, context) => context.fail()', expected: ['error', 'string', 'handled'] },
  { id: 'NODE-020', title: 'a handler that never answers ends with null when nothing is left', handler: '() => { setTimeout(() => undefined, 20); }', expected: null },
  {
    id: 'NODE-022',
    title: 'a promise that never settles is an error',
    handler: 'async () => new Promise(() => undefined)',
    expected: ['error', 'Runtime.NodeJsExit', 'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes'],
  },
  { id: 'NODE-024', title: 'a callback before the promise wins', handler: 'async (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; callback(null, 1); return 2; }', expected: 1 },
  { id: 'NODE-004', title: 'a cycle is an error of the plain type', handler: 'async () => { const a = {}; a.a = a; return a; }', expected: ['error', 'Error', 'Unable to stringify response body'] },
  { id: 'NODE-035', title: 'a thrown undefined has a name', handler: 'async () => { throw undefined; }', expected: ['error', 'string', 'handled'] },
  { id: 'NODE-039', title: 'what is thrown without a promise is reported', handler: '() => { throw new TypeError("t"); }', expected: ['error', 'TypeError', 't'] },
];
for (const { id, title, handler, expected } of ANSWERS) {
  test(`${id}: ${title}, and the next invocation is served`, async () => {
    const { reports } = await run(`const tried = ${handler}; exports.handler = (event, context, callback) => event.ok ? callback(null, "ok") : tried(event, context, callback);`, {
      invocations: [{ event: '{}' }, { event: '{"ok":true}' }],
    });
    assert.equal(reports.map(shown), [expected, 'ok']);
  });
}

const ORDER = 'exports.handler = (event, context, callback) => { PREPARE; setTimeout(() => console.log("timer"), 50); callback(null, 1); };';

test('NODE-016: the answer waits until the event loop is empty', async () => {
  const { reports, stdout } = await run(ORDER.replace('PREPARE', ''));
  assert.equal([shown(reports[0]), /\tINFO\ttimer\n/.test(stdout)], [1, true]);
});

test('NODE-017: the answer does not wait when the function says so', async () => {
  const source = 'let held; exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; if (event.second) clearInterval(held); else held = setInterval(() => undefined, 1000); callback(null, 1); };';
  const { reports } = await run(source, { invocations: [{ event: '{}' }, { event: '{"second":true}' }] });
  assert.equal(reports.map(shown), [1, 1]);
});

test('NODE-028, NODE-029: a handler with three parameters is warned about once, unless the variable is there', async () => {
  const source = 'exports.handler = (event, context, callback) => callback(null, 1);';
  const warned = await run(source, { invocations: [{ event: '{}' }, { event: '{}' }] });
  assert.is(warned.stdout.match(/\tundefined\tWARN\tAWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24\./g)?.length, 1);
  const silent = await run(source, { environment: { AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING: '' } });
  assert.is(silent.stdout, '');
});

test('NODE-045: an event that is no JSON is an error of its invocation', async () => {
  const { reports } = await run('exports.handler = async () => 1;', { invocations: [{ event: '{bad' }, { event: '{}' }] });
  assert.equal(reports.map((report) => report.kind), ['error', 'response']);
  assert.is(Object(bodyOf(reports[0])).errorType, 'SyntaxError');
});

test('NODE-047: a client context that is no JSON is an error of its invocation', async () => {
  const { reports } = await run('exports.handler = async () => 1;', { invocations: [{ event: '{}', headers: { 'Lambda-Runtime-Client-Context': '{bad' } }, { event: '{}' }] });
  assert.match(String(Object(bodyOf(reports[0])).errorMessage), /^Cannot parse ClientContext as json: SyntaxError: /);
  assert.is(reports[1]?.kind, 'response');
});

/** How the process ends, and what is reported before. */
const ENDINGS: { id: string; title: string; source: string; status: number; reported: unknown; logged: RegExp }[] = [
  { id: 'NODE-040', title: 'an unhandled rejection', source: 'exports.handler = () => { Promise.reject(new Error("ur")); setTimeout(() => undefined, 5000); };', status: 128, reported: ['error', 'Runtime.UnhandledPromiseRejection', 'Error: ur'], logged: /\tERROR\tUnhandled Promise Rejection \t\{/ },
  { id: 'NODE-042', title: 'an error thrown by a timer', source: 'exports.handler = () => { setTimeout(() => { throw new Error("uc"); }, 1); };', status: 129, reported: ['error', 'Error', 'uc'], logged: /\tERROR\tUncaught Exception \t\{/ },
  { id: 'NODE-058', title: 'an error of the module', source: 'throw new TypeError("boom");', status: 129, reported: ['init-error', 'TypeError', 'boom'], logged: /\tundefined\tERROR\tUncaught Exception \t\{/ },
  { id: 'NODE-083', title: 'a stray rejected promise of the module', source: 'Promise.reject(new Error("ri")); exports.handler = async () => 1;', status: 128, reported: ['init-error', 'Runtime.UnhandledPromiseRejection', 'Error: ri'], logged: /Unhandled Promise Rejection/ },
];
for (const { id, title, source, status, reported, logged } of ENDINGS) {
  test(`${id}: ${title} is logged and reported, and ends the process with ${status}`, async () => {
    const end = await run(source, { until: 'exit' });
    assert.equal([end.exitCode, end.reports.map(shown)], [status, [reported]]);
    assert.match(end.stdout, logged);
  });
}

test('NODE-049: a next that is refused ends the process with 129', async () => {
  const end = await run('exports.handler = async () => 1;', { until: 'exit', invocations: [{ event: '{}', status: 500 }] });
  assert.equal([end.exitCode, end.reports], [129, []]);
  assert.match(end.stdout, /Unexpected Top Level Error/);
});

test('NODE-076: a static method of an exported class is a handler', async () => {
  const { reports } = await runner.run({
    handler: 'index.K.h',
    files: { 'index.js': 'exports.K = class { static async h() { return "static"; } };' },
    environment: { RIK_NODEJS_CALLBACKS: '1' },
    invocations: [{ event: '{}' }],
  });
  assert.is(shown(reports[0]), 'static');
});

test('several invocations at once take the callbacks away', async () => {
  const end = await run('exports.handler = (event, context, callback) => callback(null, 1);', { until: 'exit', environment: { AWS_LAMBDA_MAX_CONCURRENCY: '2' } });
  assert.equal([end.exitCode, Object(bodyOf(end.reports[0])).errorType], [1, 'Runtime.CallbackHandlerDeprecated']);
});

test.run();
