import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyOf, type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';
import { compileTestFunctions, javaSkipReason } from '../../../support/java-functions.ts';

const test = suite('runtimes/java/invoke-loop');
const skipReason = javaSkipReason();
let runner: FunctionRunner;
let taskRoot: string;

test.before(async () => {
  if (skipReason !== undefined) return;
  runner = await openFunctionRunner('java');
  taskRoot = join(runner.runtimeDir, '..', 'task');
  await compileTestFunctions(taskRoot);
});
test.after(() => runner?.close());

const check = skipReason === undefined ? test : test.skip;
if (skipReason !== undefined) for (let skipped = 0; skipped < 15; skipped += 1) console.log(`skip: ${skipReason}`);

check('errors of the function carry message, class and frames, and the loop goes on', async () => {
  const kinds = ['illegal', 'silent', 'nested', 'assertion'];
  const invocations = [...kinds.map((kind) => ({ event: JSON.stringify({ kind }) })), { event: '{}' }];
  const { reports, stdout } = await runner.run({ handler: 'H::fail', taskRoot, invocations });
  assert.equal(reports.map(({ kind }) => kind), ['error', 'error', 'error', 'error', 'response']);
  assert.equal(
    reports.slice(0, 4).map((report) => [memberOf(report, 'errorMessage'), memberOf(report, 'errorType')]),
    [
      ['bad', 'java.lang.IllegalArgumentException'],
      ['java.lang.IllegalStateException', 'java.lang.IllegalStateException'],
      ['m\u00e9', 'H$My'],
      ['a', 'java.lang.AssertionError'],
    ],
  );
  const frames = Object(memberOf(reports[0], 'stackTrace'));
  assert.is(frames.length, 1, 'frames of the runtime and of reflection are cut');
  assert.match(frames[0], /^H\.fail\(H\.java:[0-9]+\)$/);
  assert.is(reports[0]?.headers['lambda-runtime-function-error-type'], 'Runtime.UserException');
  assert.match(stdout, /^bad: java\.lang\.IllegalArgumentException\njava\.lang\.IllegalArgumentException: bad\n\tat H\.fail.*\nCaused by: java\.lang\.RuntimeException: cause\n/);
  const cause = Object(JSON.parse(String(reports[2]?.headers['lambda-runtime-function-xray-error-cause'])));
  assert.equal([cause.exceptions[0].message, cause.exceptions[0].type, cause.paths], ['m\u00e9', 'H$My', ['H.java']]);
  const silent = Object(JSON.parse(String(reports[1]?.headers['lambda-runtime-function-xray-error-cause'])));
  assert.equal(Object.keys(silent.exceptions[0]), ['type', 'stack']);
});

for (const [kind, errorType] of [['memory', 'java.lang.OutOfMemoryError'], ['stack', 'java.lang.StackOverflowError']]) {
  check(`${errorType} is reported, then the process ends with 1, strictly compatible with 0`, async () => {
    for (const [strict, status] of [['', 1], ['1', 0]] as const) {
      const { reports, exitCode } = await runner.run({ handler: 'H::fail', taskRoot, until: 'exit', environment: { RIK_STRICT_COMPAT: strict }, invocations: [{ event: JSON.stringify({ kind }) }] });
      assert.equal([exitCode, memberOf(reports[0], 'errorType')], [status, errorType]);
    }
  });
}

check('System.exit ends the process with its status and posts nothing', async () => {
  const { reports, exitCode } = await runner.run({ handler: 'H::fail', taskRoot, until: 'exit', invocations: [{ event: '{"kind":"exit"}' }] });
  assert.equal([exitCode, reports.length], [3, 0]);
});

check('an exception in a thread of the function does not touch the invocation', async () => {
  const { reports, stderr } = await runner.run({ handler: 'H::fail', taskRoot, invocations: [{ event: '{"kind":"thread"}' }] });
  assert.is(bodyOf(reports[0]), 1);
  assert.match(stderr, /in a thread/);
});

check('events that are not JSON are parsing errors without a stack, and the loop goes on', async () => {
  const { reports } = await runner.run({ handler: 'H::fail', taskRoot, invocations: [{ event: '{bad' }, { event: '' }, { event: '[1,2]' }, { event: '{}' }] });
  for (const report of reports.slice(0, 3)) {
    assert.equal(bodyOf(report), { errorMessage: 'An error occurred during JSON parsing', errorType: 'java.lang.RuntimeException', stackTrace: [] });
    assert.is(report.headers['lambda-runtime-function-error-type'], 'Runtime.UserException');
  }
  assert.is(bodyOf(reports[3]), 1);
});

check('results without a JSON form are serialisation errors', async () => {
  const { reports, stdout } = await runner.run({ handler: 'H::fail', taskRoot, invocations: [{ event: '{"kind":"cycle"}' }, { event: '{"kind":"getter"}' }] });
  for (const report of reports) assert.is(memberOf(report, 'errorMessage'), 'An error occurred during JSON serialization of response');
  assert.match(stdout, /Caused by: .*JsonException/);
});

check('the context answers from headers and environment', async () => {
  const { reports } = await runner.run({
    handler: 'H::describe',
    taskRoot,
    environment: { AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_LAMBDA_LOG_GROUP_NAME: 'g', AWS_LAMBDA_LOG_STREAM_NAME: 's', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' },
    invocations: [
      {
        event: '{}',
        headers: {
          'Lambda-Runtime-Trace-Id': 'Root=1',
          'Lambda-Runtime-Aws-Tenant-Id': 't',
          'Lambda-Runtime-Client-Context': '{"custom":{"k":"v"},"client":{"app_title":"x"}}',
          'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i"}',
        },
      },
      { event: '{}', headers: { 'Lambda-Runtime-Deadline-Ms': '1' } },
    ],
  });
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  const common = { name: 'f', version: '1', arn, group: 'g', stream: 's', memory: 256 };
  assert.equal(bodyOf(reports[0]), { requestId: 'r1', ...common, hasTime: true, tenant: 't', identity: 'i', custom: { k: 'v' }, title: 'x', trace: 'Root=1', isEqual: true });
  assert.equal(bodyOf(reports[1]), { requestId: 'r2', ...common, hasTime: false, isEqual: true });
});

check('a client context that is not JSON is an error of the invocation only', async () => {
  const invocations = [{ event: '{}', headers: { 'Lambda-Runtime-Client-Context': '{bad' } }, { event: '{}' }];
  const { reports } = await runner.run({ handler: 'H::fail', taskRoot, invocations });
  assert.equal([memberOf(reports[0], 'errorType'), bodyOf(reports[1])], ['java.io.UncheckedIOException', 1]);
});

check('a next that is answered with 500 ends the process with 1', async () => {
  const { exitCode, stderr, reports } = await runner.run({ handler: 'H::fail', taskRoot, until: 'exit', invocations: [{ event: '{}', status: 500 }] });
  assert.equal([exitCode, reports.length], [1, 0]);
  assert.match(stderr, /Failed to get next invocation\. HTTP Response code: 500/);
});

check('events and responses of 6 MB pass unchanged, also in chunks', async () => {
  const event = JSON.stringify({ text: '\u00e9'.repeat(3_000_000) });
  const bytes = await runner.run({ handler: 'H::echoBytes', taskRoot, invocations: [{ event }, { event, isChunked: true }, { event: '1' }] });
  assert.equal([bytes.reports.length, bytes.reports[0]?.body.equals(Buffer.from(event)), bytes.reports[1]?.body.equals(Buffer.from(event))], [3, true, true]);
  const json = await runner.run({ handler: 'H', taskRoot, invocations: [{ event }, { event: '{}' }] });
  assert.ok(json.reports[0]?.body.equals(Buffer.from(event)));
});

check('a refused response is printed and the next invocation is served', async () => {
  const { reports, stderr } = await runner.run({
    handler: 'H::fixed',
    taskRoot,
    prepare: (api) => {
      api.reportStatus = 413;
    },
    invocations: [{ event: '1' }, { event: '2' }, { event: '3' }],
  });
  assert.is(reports.length, 3);
  assert.match(stderr, /Failed to post handler response\. Http response code: 413\./);
});

check('a server that closes after each answer is served', async () => {
  const { reports, api } = await runner.run({
    handler: 'H::fixed',
    taskRoot,
    prepare: (server) => {
      server.closesConnections = true;
    },
    invocations: [{ event: '1' }, { event: '2' }, { event: '3' }],
  });
  assert.is(reports.length, 3);
  assert.ok(api.connectionCount >= 5);
});

check('the logger writes text as it is and levels in brackets', async () => {
  const { stdout } = await runner.run({ handler: 'H::write', taskRoot, invocations: [{ event: '{}' }] });
  assert.is(stdout, 'plain\u00e9\n[WARN] lvl\n[DEBUG] dbg\nbytes\nraw\n');
});

check('the logger writes JSON, filters levels and leaves bytes alone', async () => {
  const environment = { AWS_LAMBDA_LOG_FORMAT: 'json', AWS_LAMBDA_LOG_LEVEL: 'INFO' };
  const { stdout } = await runner.run({ handler: 'H::write', taskRoot, environment, invocations: [{ event: '{}' }] });
  const lines = stdout.split('\n');
  assert.match(lines[0] ?? '', /^\{"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","message":"plain\u00e9\\n","level":"UNDEFINED","AWSRequestId":"r1"\}$/);
  assert.match(lines[1] ?? '', /"message":"lvl\\n","level":"WARN"/);
  assert.equal(lines.slice(2), ['bytes', 'raw', '']);
});

test.run();
