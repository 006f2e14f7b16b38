import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/node/console-log');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('nodejs');
});
test.after(() => runner.close());

async function logOf(source: string, environment: Record<string, string> = {}): Promise<string[]> {
  const files = { 'index.mjs': `export const handler = async () => { ${source}; return 1; };` };
  const { stdout } = await runner.run({ handler: 'index.handler', files, environment, invocations: [{ event: '{}' }] });
  return stdout.split('\n').slice(0, -1);
}

/** The only record that the source logs as JSON. */
async function recordOf(source: string, environment: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const lines = await logOf(source, { AWS_LAMBDA_LOG_FORMAT: 'json', ...environment });
  assert.is(lines.length, 1);
  return Object(JSON.parse(lines[0] ?? ''));
}

test('a text record is one line with time, request id and level', async () => {
  const [line] = await logOf('console.log("a\\nb", {x: 1})');
  assert.match(line ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tr1\tINFO\ta\rb \{ x: 1 \}$/);
});

test('each method has its level', async () => {
  const lines = await logOf('for (const name of ["trace", "debug", "info", "log", "warn", "error", "fatal"]) console[name](name)');
  assert.equal(lines.map((line) => line.split('\t').slice(2).join(' ')), ['TRACE trace', 'DEBUG debug', 'INFO info', 'INFO log', 'WARN warn', 'ERROR error', 'FATAL fatal']);
});

test('a level in any case filters text too, and an unknown level shows everything', async () => {
  const source = 'console.debug("d"); console.error("e"); console.fatal("f")';
  assert.is((await logOf(source, { AWS_LAMBDA_LOG_LEVEL: 'fatal' })).length, 1);
  assert.is((await logOf(source, { AWS_LAMBDA_LOG_LEVEL: 'nope', AWS_LAMBDA_LOG_FORMAT: 'xml' })).length, 3);
});

test('before the first invocation the request id is a hyphen', async () => {
  const files = { 'index.mjs': 'console.log("early"); export const handler = async () => 1;' };
  const { stdout } = await runner.run({ handler: 'index.handler', files, invocations: [{ event: '{}' }] });
  assert.match(stdout, /\t-\tINFO\tearly\n/);
});

test('a JSON record embeds its one argument unchanged', async () => {
  const record = await recordOf('console.log({ k: 1 })');
  assert.equal(Object.keys(record), ['timestamp', 'level', 'requestId', 'message']);
  assert.equal([record['level'], record['requestId'], record['message']], ['INFO', 'r1', { k: 1 }]);
});

test('a JSON record without an argument has no message', async () => {
  assert.not.ok('message' in (await recordOf('console.log()')));
  assert.not.ok('message' in (await recordOf('console.log(undefined)')));
});

test('a JSON record of an error shows type, message and stack', async () => {
  const record = await recordOf('console.error(Object.assign(new TypeError("E"), { code: "C" }))');
  const message = Object(record['message']);
  assert.equal([message.errorType, message.errorMessage, message.code, message.stackTrace[0]], ['TypeError', 'E', 'C', 'TypeError: E']);
});

test('a JSON record of text and error has the error beside the text', async () => {
  const record = await recordOf('console.error("m", new TypeError("E"))');
  assert.match(String(record['message']), /^m TypeError: E\n/);
  assert.equal([record['errorType'], record['errorMessage']], ['TypeError', 'E']);
});

test('a JSON record of a value that cannot be JSON falls back to its text form', async () => {
  assert.is((await recordOf('console.log({ a: 1n })'))['message'], '{ a: 1n }');
});

test('process.stdout.write is left alone', async () => {
  assert.equal(await logOf('process.stdout.write("raw\\n")', { AWS_LAMBDA_LOG_FORMAT: 'JSON' }), ['raw']);
});

test('an error that cannot be JSON is logged without its members', async () => {
  const lines = await logOf('const e = new Error("m"); e.self = e; throw e');
  assert.match(lines[0] ?? '', /ERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"m","stack":/);
});

test.run();
