import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/log-records');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

async function logOf(statements: string, environment: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<string> {
  const body = statements.split('\n').map((line) => `    ${line}`).join('\n');
  const files = { 'app.py': `def handler(event, context):\n${body}\n    return 1\n` };
  const { stdout } = await runner.run({ handler: 'app.handler', files, environment, invocations: [{ event: '{}', headers }] });
  return stdout;
}

test('by default warnings and worse are logged, one text record each', async () => {
  const log = await logOf('import logging\nfor level in ("info", "warning", "error", "critical"): getattr(logging, level)("w\\nx")');
  assert.match(log, /^\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tr1\tw\nx\n\[ERROR\]\t[^\t]+\tr1\tw\nx\n\[CRITICAL\]\t[^\t]+\tr1\tw\nx\n$/);
});

test('the level variable sets the root level in any case, and an unknown one does not', async () => {
  const source = 'import logging\nprint(logging.getLogger().level)';
  assert.is(await logOf(source, { AWS_LAMBDA_LOG_LEVEL: 'info' }), '20\n');
  assert.is(await logOf(source, { AWS_LAMBDA_LOG_LEVEL: 'trace' }), '10\n');
  assert.is(await logOf(source, { AWS_LAMBDA_LOG_LEVEL: 'nope' }), '30\n');
});

test('the module keeps its own loader after it was configured', async () => {
  assert.match(await logOf('import logging, inspect\nprint(type(logging.__loader__).__name__, len(inspect.getsource(logging)) > 1000, len(logging.getLogger().handlers))'), /^SourceFileLoader True 1\n$/);
});

test('a function that does not log does not load logging', async () => {
  assert.is(await logOf('import sys\nprint("logging" in sys.modules)'), 'False\n');
});

test('a JSON record has its members in the documented order', async () => {
  const log = await logOf('import logging\nlogging.getLogger("my").warning("m %s", 1, extra={"k": 1})', { AWS_LAMBDA_LOG_FORMAT: 'JSON' }, { 'Lambda-Runtime-Aws-Tenant-Id': 'T' });
  assert.match(log, /^\{"timestamp": "[^"]+Z", "level": "WARNING", "message": "m 1", "logger": "my", "requestId": "r1", "tenantId": "T", "k": 1\}\n$/);
});

test('a JSON record of an exception names its place', async () => {
  const log = await logOf('import logging\ntry: 1 / 0\nexcept Exception: logging.exception("m")', { AWS_LAMBDA_LOG_FORMAT: 'json' });
  const record = Object(JSON.parse(log));
  assert.equal(Object.keys(record), ['timestamp', 'level', 'message', 'logger', 'stackTrace', 'errorType', 'errorMessage', 'requestId', 'location']);
  assert.equal([record.errorType, record.errorMessage], ['ZeroDivisionError', 'division by zero']);
  assert.match(record.location, /app\.py:handler:4$/);
});

test('an unhandled error is one line of text with its frames kept apart', async () => {
  assert.match(
    await logOf('raise ValueError("v")'),
    /^\[ERROR\] ValueError: v\rTraceback \(most recent call last\):\r\u00a0\u00a0File ".*app\.py", line 2, in handler\r\u00a0\u00a0\u00a0\u00a0raise ValueError\("v"\)\n$/,
  );
});

test('an unhandled error in JSON says log_level', async () => {
  const record = Object(JSON.parse(await logOf('raise ValueError("v")', { AWS_LAMBDA_LOG_FORMAT: 'JSON' })));
  assert.equal(Object.keys(record), ['timestamp', 'log_level', 'errorMessage', 'errorType', 'requestId', 'stackTrace']);
});

test('print and context.log write their text and nothing else, at once', async () => {
  assert.is(await logOf('import os\nprint("p\\nq")\ncontext.log("no end")\nprint("-")\nos._exit(0)'), 'p\nq\nno end-\n');
});

test.run();
