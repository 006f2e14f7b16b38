/**
 * Framed log, streaming, snapshots, several invocations at once, custom serializers.
 * Cases: managed-runtimes §7.3, JAVA-052 to JAVA-059, JAVA-062, JAVA-064.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readLogFrames } from '../../../support/framed-log.ts';
import { bodyOf, type FunctionRunner, memberOf, openFunctionRunner } from '../../../support/function-run.ts';
import { compileTestFunctions, javaSkipReason } from '../../../support/java-functions.ts';

const test = suite('runtimes/java/beyond-the-loop');
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
const TESTS = 14;
if (skipReason !== undefined) for (let skipped = 0; skipped < TESTS; skipped += 1) console.log(`skip: ${skipReason}`);

for (const [id, format, types] of [['JAVA-052', 'TEXT', ['03', '13', '0b', '03']], ['JAVA-053', 'JSON', ['02', '12', '0a', '03']]] as const) {
  check(`${id}: frames as ${format} carry the level that was given`, async () => {
    const { framedLog, stdout } = await runner.run({ handler: 'H::write', taskRoot, hasFramedLog: true, environment: { AWS_LAMBDA_LOG_FORMAT: format }, invocations: [{ event: '{}' }] });
    const frames = readLogFrames(framedLog);
    assert.equal(frames.map((frame) => frame.type), types.map((type) => `a55a00${type}`));
    assert.is(stdout, 'raw\n');
    if (format === 'JSON') assert.ok(frames.slice(0, 3).every((frame) => frame.message.endsWith('\n')));
  });
}

check('JAVA-052, JAVA-053: the record of an error says its level as JSON only', async () => {
  for (const [format, type] of [['TEXT', 'a55a0003'], ['JSON', 'a55a0016']]) {
    const { framedLog } = await runner.run({ handler: 'H::fail', taskRoot, hasFramedLog: true, environment: { AWS_LAMBDA_LOG_FORMAT: format }, invocations: [{ event: '{"kind":"illegal"}' }] });
    assert.equal(readLogFrames(framedLog).map((frame) => frame.type), [type]);
  }
});

check('JAVA-054: a level filters frames, too, but not records without one', async () => {
  const { framedLog } = await runner.run({ handler: 'H::write', taskRoot, hasFramedLog: true, environment: { AWS_LAMBDA_LOG_LEVEL: 'WARN' }, invocations: [{ event: '{}' }] });
  assert.equal(readLogFrames(framedLog).map((frame) => frame.message), ['plain\u00e9\n', '[WARN] lvl\n', 'bytes\n']);
});

check('a descriptor that is not open leaves the records on stdout', async () => {
  const { stdout } = await runner.run({ handler: 'H::write', taskRoot, environment: { _LAMBDA_TELEMETRY_LOG_FD: '99' }, invocations: [{ event: '{}' }] });
  assert.match(stdout, /plain/);
});

check('a function with the mark streams what it has written', async () => {
  const { reports } = await runner.run({ handler: 'Streams', taskRoot, invocations: [{ event: '1' }, { event: '2' }] });
  const shown = reports.map(({ kind, body, headers, trailers }) => [kind, body.toString('utf8'), headers['lambda-runtime-function-response-mode'], headers['content-type'], Object.keys(trailers)]);
  assert.equal(shown, Array.from({ length: 2 }, () => ['response', 'one two', 'streaming', 'text/plain', []]));
});

check('large and empty streams pass, and a content type stays one header', async () => {
  const large = await runner.run({ handler: 'Streams::large', taskRoot, invocations: [{ event: '1' }] });
  assert.equal([large.reports[0]?.body.length, large.reports[0]?.headers['content-type']], [1_000_010, 'application/x-test??X-Evil: 1']);
  const empty = await runner.run({ handler: 'Streams::empty', taskRoot, invocations: [{ event: '1' }] });
  assert.equal([empty.reports[0]?.body.length, empty.reports[0]?.headers['lambda-runtime-function-response-mode']], [0, 'streaming']);
});

check('a streamed response that fails ends with trailers, and before its first byte as an error', async () => {
  const { reports } = await runner.run({ handler: 'Streams::fail', taskRoot, invocations: [{ event: 'l' }, { event: 'e' }, { event: '-' }] });
  assert.equal(reports.map(({ kind }) => kind), ['response', 'error', 'response']);
  const late = reports[0];
  const body = JSON.parse(Buffer.from(String(late?.trailers['lambda-runtime-function-error-body']), 'base64').toString('utf8'));
  assert.equal([late?.body.toString('utf8'), late?.trailers['lambda-runtime-function-error-type'], body.errorMessage], ['part', 'Runtime.UserException', 'late']);
  assert.equal([memberOf(reports[1], 'errorMessage'), reports[2]?.body.toString('utf8')], ['early', 'part']);
});

const SNAP_START = { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' };

check('JAVA-055: resources are told last first before the snapshot and in order after the restore', async () => {
  const { stdout, reports, api } = await runner.run({ handler: 'Hooks::go', taskRoot, environment: SNAP_START, invocations: [{ event: '1' }] });
  assert.equal([stdout, bodyOf(reports[0]), api.restoreCount], ['b2\nb1\na1\na2\n', 'served', 1]);
  const without = await runner.run({ handler: 'Hooks::go', taskRoot, invocations: [{ event: '1' }] });
  assert.equal([without.stdout, without.api.restoreCount], ['', 0]);
});

for (const { id, failsAt, kind, header, type, told, restores } of [
  { id: 'JAVA-056', failsAt: 'b2', kind: 'init-error', header: 'Runtime.BeforeCheckpointError', type: 'CheckpointException', told: 'b2\nb1\n', restores: 0 },
  { id: 'JAVA-057', failsAt: 'a1', kind: 'restore-error', header: 'Runtime.AfterRestoreError', type: 'RestoreException', told: 'b2\nb1\na1\na2\n', restores: 1 },
]) {
  check(`${id}: a resource that fails at ${failsAt} ends the process with 64 after all were told`, async () => {
    const { stdout, reports, exitCode, api } = await runner.run({ handler: 'Hooks::go', taskRoot, environment: { ...SNAP_START, FAILS_AT: failsAt }, until: 'exit', invocations: [{ event: '1' }] });
    assert.equal([exitCode, api.restoreCount, reports.map((report) => report.kind)], [64, restores, [kind]]);
    assert.equal([reports[0]?.headers['lambda-runtime-function-error-type'], memberOf(reports[0], 'errorType')], [header, `com.amazonaws.services.lambda.crac.${type}`]);
    assert.ok(stdout.startsWith(told));
  });
}

check('JAVA-058: invocations are served by as many threads as are asked for, each with its own log', async () => {
  const trace = { 'Lambda-Runtime-Trace-Id': 'Root=1' };
  const { reports, stdout } = await runner.run({
    handler: 'Meeting',
    taskRoot,
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '2', AWS_LAMBDA_LOG_FORMAT: 'JSON' },
    invocations: ['a', 'b', 'c', 'd'].map((word) => ({ event: JSON.stringify(word), headers: trace })),
  });
  assert.equal(reports.map((report) => [memberOf(report, 'requestId') === report.requestId, memberOf(report, 'trace')]), Array.from({ length: 4 }, () => [true, 'null']));
  assert.is(new Set(reports.map((report) => memberOf(report, 'thread'))).size, 2);
  const [first, ...logged] = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.is(first.message, 'Starting 2 concurrent function handler threads.');
  assert.equal(logged.map(({ message, AWSRequestId }) => `${message} ${AWSRequestId}`).sort(), ['a r1', 'b r2', 'c r3', 'd r4']);
});

check('JAVA-059: a number of threads that is none ends the start with 1', async () => {
  for (const value of ['zz', '0']) {
    const { exitCode, stderr } = await runner.run({ handler: 'H::fixed', taskRoot, environment: { AWS_LAMBDA_MAX_CONCURRENCY: value }, until: 'exit' });
    assert.is(exitCode, 1);
    assert.match(stderr, /User configured AWS_LAMBDA_MAX_CONCURRENCY is invalid\./);
  }
});

check('JAVA-062, JAVA-064: one serializer of the function reads and writes, two are a fault of each invocation', async () => {
  const own = `${taskRoot}-serializer`;
  cpSync(taskRoot, own, { recursive: true });
  const services = join(own, 'META-INF', 'services');
  mkdirSync(services, { recursive: true });
  const file = join(services, 'com.amazonaws.services.lambda.runtime.CustomPojoSerializer');
  writeFileSync(file, 'Serializer\n');
  const one = await runner.run({ handler: 'H::go', taskRoot: own, invocations: [{ event: 'no JSON' }] });
  assert.is(one.reports[0]?.body.toString('utf8'), '<read as java.lang.String! written as java.lang.String>');
  writeFileSync(file, 'Serializer\nSerializer$Other\n');
  const two = await runner.run({ handler: 'H::go', taskRoot: own, invocations: [{ event: '1' }, { event: '2' }] });
  assert.equal(two.reports.map((report) => [report.kind, report.headers['lambda-runtime-function-error-type'], memberOf(report, 'errorType')]), Array.from({ length: 2 }, () => ['error', 'Runtime.BadFunctionCode', 'com.amazonaws.services.lambda.runtime.api.client.TooManyServiceProvidersFoundException']));
});

test.run();
