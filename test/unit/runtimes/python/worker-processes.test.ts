/** Several invocations at once. Source: managed-runtimes §1.7. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, openFunctionRunner } from '../../../support/function-run.ts';

const test = suite('runtimes/python/worker-processes');
let runner: FunctionRunner;
test.before(async () => {
  runner = await openFunctionRunner('python');
});
test.after(() => runner.close());

/** Ends when as many are under way as the event says; each tells its process. */
const MEETING = `
import logging, os, time
def handler(event, context):
    open(os.path.join(event["folder"], event["name"]), "w").close()
    while len(os.listdir(event["folder"])) < event["of"]: time.sleep(0.005)
    logging.warning(event["name"])
    return {"process": os.getpid(), "trace": os.environ.get("_X_AMZN_TRACE_ID")}
`;

test('each invocation has a process of its own, and log lines say whose they are', async () => {
  const folder = `${runner.runtimeDir}/../meeting`;
  const events = ['a', 'b', 'c'].map((name) => ({ event: JSON.stringify({ folder, name, of: 3 }), headers: { 'Lambda-Runtime-Trace-Id': 'Root=1' } }));
  const { reports, stdout, stderr } = await runner.run({
    handler: 'app.handler',
    files: { 'app.py': `import os\nos.makedirs(${JSON.stringify(folder)}, exist_ok=True)\n${MEETING}` },
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '3' },
    invocations: events,
  });
  assert.equal(reports.map((report) => [report.kind, Object(bodyOf(report)).trace]), Array.from({ length: 3 }, () => ['response', null]), stderr);
  assert.is(new Set(reports.map((report) => Object(bodyOf(report)).process)).size, 3);
  const logged = stdout.trim().split('\n').map((line) => JSON.parse(line).requestId);
  assert.equal(logged.sort(), ['r1', 'r2', 'r3']);
});

test('the runtime ends when its last process has ended, with the worst of their statuses', async () => {
  const { exitCode, reports } = await runner.run({
    handler: 'app.handler',
    files: { 'app.py': 'raise ValueError("boom")\n' },
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '2' },
    until: 'exit',
  });
  assert.is(exitCode, 1);
  assert.equal(reports.map((report) => report.kind), ['init-error', 'init-error']);
});

test('a process that dies takes only its own invocation with it', async () => {
  const { reports } = await runner.run({
    handler: 'app.handler',
    files: { 'app.py': 'import os\ndef handler(event, context):\n    if event: os._exit(7)\n    return "alive"\n' },
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '2' },
    prepare: (api) => api.offer({ event: '[1]' }),
    invocations: [{ event: '[]' }],
  });
  assert.equal(reports.map(bodyOf), ['alive']);
});

for (const value of ['0', 'x', '']) {
  test(`AWS_LAMBDA_MAX_CONCURRENCY=${JSON.stringify(value)} ends the start with its reason`, async () => {
    const { exitCode, stderr } = await runner.run({ handler: 'app.handler', files: { 'app.py': '' }, environment: { AWS_LAMBDA_MAX_CONCURRENCY: value }, until: 'exit' });
    assert.is(exitCode, 1);
    assert.match(stderr, /which is not a whole number from 1/);
  });
}

test.run();
