import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import type { WorkerEnvironment } from '../../../../platform/worker/worker-environment.ts';
import { FakeSandbox, functionVersion, invocationRequest, settled, stateOf, workerBench } from './fake-sandbox.ts';

const test = suite('platform/worker/worker-environment');
const ID = '11111111-1111-4111-8111-111111111111';
const OTHER_ID = '22222222-2222-4222-8222-222222222222';

type Opened = ReturnType<typeof workerBench> & { sandbox: FakeSandbox; environment: WorkerEnvironment };

async function blank(): Promise<Opened> {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  return { ...bench, sandbox, environment: await bench.open(sandbox) };
}

async function bound(): Promise<Opened> {
  const opened = await blank();
  await opened.environment.bind(functionVersion());
  await settled();
  return opened;
}

/** Initialised and idle, the initialisation having taken 100 ms. */
async function warm(): Promise<Opened> {
  const opened = await bound();
  opened.clock.advance(100);
  opened.sandbox.server.initReported();
  await settled();
  return opened;
}

function invoke({ environment }: Opened, id = ID, options: { wantsLogTail?: boolean } = {}) {
  const outcome = environment.invoke(invocationRequest(id, options));
  assert.ok(outcome, 'the environment takes the invocation');
  return outcome;
}

function startErrorOf(state: unknown) {
  assert.ok(typeof state === 'object' && state !== null && 'rejected' in state && isCodedError(state.rejected), 'it has failed');
  assert.is(state.rejected.code, 'worker/start-failed');
  return state.rejected;
}

test('a server of another protocol is refused', async () => {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  sandbox.server.say('hello', { protocol: 2 });
  startErrorOf(await stateOf(bench.start(sandbox).ready));
});

test('a server that says nothing for 30 s has not started', async () => {
  const bench = workerBench();
  const { ready } = bench.start(new FakeSandbox('s1'));
  bench.clock.advance(29_999);
  assert.is(await stateOf(ready), 'pending');
  bench.clock.advance(1);
  assert.match(startErrorOf(await stateOf(ready)).message, /said nothing in time/);
});

test('a server that dies before it says hello has not started: the error says how, the log what it printed', async () => {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  const { ready } = bench.start(sandbox);
  sandbox.die({ cause: 'exited', exitCode: 127 });
  const error = startErrorOf(await stateOf(ready));
  assert.match(error.message, /its first process ended \(exited 127\)/);
  assert.equal(error.detail, { diagnostics: 'what it printed' });
});

test('code is mounted while the server starts, and configured when both are there', async () => {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  const environment = bench.start(sandbox);
  const binding = environment.bind(functionVersion());
  await settled();
  assert.equal([sandbox.calls, sandbox.server.kinds()], [['bind 128'], []]);
  sandbox.server.say('hello', { protocol: 1 });
  await binding;
  await settled();
  assert.equal(sandbox.server.kinds(), ['configure']);
});

test('a server that never starts is told when the mounts are done, not while they are under way', async () => {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  let finish = (): void => {};
  sandbox.onBind = () => new Promise((resolve) => (finish = resolve));
  const binding = bench.start(sandbox).bind(functionVersion());
  sandbox.die();
  assert.is(await stateOf(binding), 'pending');
  finish();
  startErrorOf(await stateOf(binding));
});

test('binding limits the sandbox, configures the server and writes INIT_START', async () => {
  const { sandbox, text } = await bound();
  assert.equal(sandbox.calls, ['bind 128']);
  assert.equal(sandbox.server.kinds(), ['configure']);
  assert.is(text(), 'INIT_START Runtime Version: nodejs:24.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:abc\n');
});

test('it is bound once only', async () => {
  const { environment } = await bound();
  const state = await stateOf(environment.bind(functionVersion()));
  assert.ok(typeof state === 'object' && 'rejected' in state);
});

test('an invocation is handed over, answered and completed', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.clock.advance(5);
  opened.sandbox.server.serve(ID, '{"a":1}');
  assert.is((await outcome.answered).body.toString(), '{"a":1}');
  const report = await outcome.completed;
  assert.equal(
    { status: report.status, durationMs: report.durationMs, initDurationMs: report.initDurationMs, maxMemoryUsedMiB: report.maxMemoryUsedMiB },
    { status: 'success', durationMs: 5, initDurationMs: 100, maxMemoryUsedMiB: 10 },
  );
  assert.equal(opened.sandbox.server.kinds(), ['configure', 'invoke']);
});

test('only the first invocation reports the initialisation', async () => {
  const opened = await warm();
  const first = invoke(opened);
  opened.sandbox.server.serve(ID);
  assert.is((await first.completed).initDurationMs, 100);
  const second = invoke(opened, OTHER_ID);
  opened.sandbox.server.serve(OTHER_ID);
  assert.is((await second.completed).initDurationMs, undefined);
});

test('an invocation that comes during the initialisation is on the clock from its end', async () => {
  const opened = await bound();
  const outcome = invoke(opened);
  opened.clock.advance(250);
  opened.sandbox.server.initReported();
  await settled();
  opened.clock.advance(4);
  opened.sandbox.server.serve(ID);
  const report = await outcome.completed;
  assert.is(report.durationMs, 4);
  assert.is(report.initDurationMs, 250);
});

test('a second invocation is not taken while the first runs', async () => {
  const opened = await warm();
  invoke(opened);
  assert.is(opened.environment.invoke(invocationRequest(OTHER_ID)), undefined);
  assert.equal(opened.sandbox.server.kinds().filter((kind) => kind === 'invoke').length <= 1, true);
});

test('nor between the answer and the completion', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.sandbox.server.say('started', { requestId: ID });
  opened.sandbox.server.answered(ID);
  await outcome.answered;
  assert.is(opened.environment.invoke(invocationRequest(OTHER_ID)), undefined);
});

test('output belongs to the invocation that runs, and to the environment between invocations', async () => {
  const opened = await warm();
  const { server } = opened.sandbox;
  server.say('log', 0, 'before\n');
  await settled();
  const outcome = invoke(opened, ID, { wantsLogTail: true });
  server.say('started', { requestId: ID });
  server.say('log', 0, 'during\n');
  server.answered(ID);
  server.say('completed', { requestId: ID, status: 'success' });
  const tail = (await outcome.completed).logTail.toString();
  server.say('log', 0, 'after\n');
  await settled();
  assert.not.match(tail, /before|after/);
  assert.match(tail, /during/);
  assert.equal(opened.text().match(/before|during|after/g), ['before', 'during', 'after']);
  assert.is(new Set(opened.records.map(({ logStream }) => logStream)).size, 1);
  assert.match(opened.records[0]?.logStream ?? '', /^2023\/11\/14\/\[\$LATEST\][0-9a-f]{32}$/);
});

test('an environment freezes between invocations, and thaws once the event is on its way', async () => {
  const opened = await warm();
  await opened.environment.freeze();
  const outcome = invoke(opened);
  await settled();
  assert.equal(opened.sandbox.calls, ['bind 128', 'freeze', 'thaw']);
  opened.sandbox.server.serve(ID);
  await outcome.completed;
});

test('an invocation does not wait for a freeze that is under way', async () => {
  const opened = await warm();
  let finishFreeze = (): void => {};
  opened.sandbox.onFreeze = () => new Promise((resolve) => (finishFreeze = resolve));
  const freezing = opened.environment.freeze();
  const outcome = invoke(opened);
  await settled();
  opened.sandbox.server.serve(ID);
  await outcome.completed;
  finishFreeze();
  await freezing;
  assert.is(opened.sandbox.calls.filter((call) => call !== 'stats').at(-1), 'thaw');
});

test('it does not freeze while an invocation runs', async () => {
  const opened = await warm();
  invoke(opened);
  await opened.environment.freeze();
  assert.not.ok(opened.sandbox.calls.includes('freeze'));
});

test('a freeze that fails is a problem for the log and no end', async () => {
  const opened = await warm();
  opened.sandbox.onFreeze = () => Promise.reject(new Error('did not freeze'));
  await opened.environment.freeze();
  assert.is(opened.problems.length, 1);
  assert.ok(opened.environment.isUsable);
});

test('where the processes cannot be thawed the invocation is answered all the same, and the environment ends', async () => {
  const opened = await warm();
  await opened.environment.freeze();
  opened.sandbox.onThaw = () => Promise.reject(new Error('no such group'));
  const outcome = invoke(opened);
  assert.match((await outcome.answered).body.toString(), /Sandbox\.Failure/);
  await outcome.completed;
  assert.not.ok(opened.environment.isUsable);
});

test('a gate is admitted by the backend and let go', async () => {
  const { sandbox } = await bound();
  sandbox.server.say('admit', { processId: 7 });
  await settled();
  assert.equal(sandbox.server.told.at(-1), { kind: 'admitted', header: { processId: 7, ok: true }, payload: '' });
});

test('a gate that the backend cannot admit is told so', async () => {
  const { sandbox } = await bound();
  sandbox.onAdmit = () => Promise.reject(new Error('no such process'));
  sandbox.server.say('admit', { processId: 7 });
  await settled();
  assert.equal(sandbox.server.told.at(-1)?.header, { processId: 7, ok: false });
});

test('a reset is answered when every process is dead', async () => {
  const { sandbox } = await warm();
  let finish = (): void => {};
  sandbox.onReset = () => new Promise((resolve) => (finish = resolve));
  sandbox.server.say('endAll');
  await settled();
  assert.not.ok(sandbox.server.kinds().includes('allEnded'));
  finish();
  await settled();
  assert.is(sandbox.server.kinds().at(-1), 'allEnded');
});

test('a reset that fails ends the environment', async () => {
  const opened = await warm();
  opened.sandbox.onReset = () => Promise.reject(new Error('process in an uninterruptible wait'));
  const outcome = invoke(opened);
  opened.sandbox.server.say('endAll');
  assert.is((await outcome.completed).errorType, 'Sandbox.Failure');
  assert.not.ok(opened.environment.isUsable);
});

test('a failed initialisation is reported when it happens, with or without an invocation', async () => {
  const opened = await bound();
  opened.clock.advance(12);
  opened.sandbox.server.initReported({ status: 'error', errorType: 'Runtime.ExitError' });
  await settled();
  assert.match(opened.text(), /INIT_REPORT Init Duration: 12\.00 ms\tPhase: init\tStatus: error\tError Type: Runtime\.ExitError\n$/);
});

test('an initialisation that fails again inside the invocation is on its clock, and the environment is not used again', async () => {
  const opened = await bound();
  const outcome = invoke(opened);
  const { server } = opened.sandbox;
  opened.clock.advance(40);
  server.initReported({ status: 'error', errorType: 'Runtime.ExitError' });
  await settled();
  opened.clock.advance(30);
  server.initReported({ phase: 'invoke', status: 'error', errorType: 'Runtime.ExitError' });
  server.say('started', { requestId: ID });
  server.say('answered', { requestId: ID, isFunctionError: true, origin: 'crash', errorType: 'Runtime.ExitError' }, '{}');
  server.say('completed', { requestId: ID, status: 'error', errorType: 'Runtime.ExitError' });
  const report = await outcome.completed;
  assert.is(report.durationMs, 30);
  assert.is(report.initDurationMs, undefined);
  assert.match(opened.text(), /Phase: init.*\n.*INIT_REPORT Init Duration: 30\.00 ms\tPhase: invoke.*\nSTART.*\nEND.*\nREPORT.*Status: error\tError Type: Runtime\.ExitError\n$/);
  assert.not.ok(opened.environment.isUsable);
});

test('an out-of-memory kill is the report, whatever the server says of it', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.clock.advance(50);
  opened.sandbox.figures = { ...opened.sandbox.figures, oomKills: 1 };
  opened.sandbox.server.serve(ID);
  const report = await outcome.completed;
  assert.equal([report.status, report.errorType, report.maxMemoryUsedMiB], ['error', 'Runtime.OutOfMemory', 128]);
  assert.not.ok(opened.environment.isUsable, 'a runtime that outlived the killed process is not trusted');
});

test('an environment that was reset after an out-of-memory kill serves on', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  const { server } = opened.sandbox;
  opened.clock.advance(50);
  opened.sandbox.figures = { ...opened.sandbox.figures, oomKills: 1 };
  server.say('started', { requestId: ID });
  server.say('answered', { requestId: ID, isFunctionError: true, origin: 'crash', errorType: 'Runtime.ExitError' }, '{}');
  server.say('endAll');
  server.say('completed', { requestId: ID, status: 'error', errorType: 'Runtime.ExitError' });
  assert.is((await outcome.completed).errorType, 'Runtime.OutOfMemory');
  assert.ok(opened.environment.isUsable);
});

test('when the inside is silent the worker ends it, two seconds after the deadline', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.sandbox.server.say('started', { requestId: ID });
  await settled();
  opened.clock.advance(4_999);
  assert.is(await stateOf(outcome.answered), 'pending');
  opened.clock.advance(1);
  assert.match((await outcome.answered).body.toString(), /Sandbox\.Timedout.*timed out after 3\.00 seconds/);
  const report = await outcome.completed;
  assert.is(report.status, 'timeout');
  assert.not.ok(opened.environment.isUsable);
  assert.is(await stateOf(opened.environment.ended), undefined);
});

test('a silent initialisation has ten seconds more', async () => {
  const opened = await bound();
  const outcome = invoke(opened);
  opened.clock.advance(14_999);
  assert.is(await stateOf(outcome.answered), 'pending');
  opened.clock.advance(1);
  assert.match((await outcome.answered).body.toString(), /Sandbox\.Timedout/);
});

test('what the server said before it died still counts', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.sandbox.server.serve(ID, '"just in time"');
  opened.sandbox.die();
  assert.is((await outcome.answered).body.toString(), '"just in time"');
  assert.is((await outcome.completed).status, 'success');
  await settled();
  assert.not.ok(opened.environment.isUsable);
});

test('a server that dies in an invocation is answered for', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.sandbox.die({ cause: 'signaled', signal: 'SIGKILL' });
  const answer = await outcome.answered;
  assert.ok(answer.isFunctionError);
  assert.is(answer.body.toString(), `{"errorType":"Sandbox.Failure","errorMessage":"RequestId: ${ID} Error: The execution environment ended unexpectedly"}`);
  const report = await outcome.completed;
  assert.equal([report.status, report.errorType], ['error', 'Sandbox.Failure']);
});

test('a server that hangs up and lives on is given up soon', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  opened.sandbox.server.hangUp();
  await settled();
  assert.is(await stateOf(outcome.answered), 'pending');
  opened.clock.advance(200);
  assert.is((await outcome.completed).errorType, 'Sandbox.Failure');
});

test('a death that comes during the last memory sample leaves one report', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  let finishSample = (): void => {};
  opened.sandbox.onStats = () => new Promise((resolve) => (finishSample = resolve));
  opened.sandbox.server.serve(ID);
  await settled();
  opened.sandbox.die();
  await settled();
  finishSample();
  await outcome.completed;
  await settled();
  assert.is(opened.text().split('REPORT').length - 1, 1);
  assert.is(opened.text().split('END').length - 1, 1);
});

test('destroying it answers who still waits, and leaves no timer', async () => {
  const opened = await warm();
  const outcome = invoke(opened);
  await opened.environment.destroy();
  assert.is((await outcome.completed).status, 'error');
  const before = opened.sandbox.calls.length;
  opened.clock.advance(3_600_000);
  await settled();
  assert.is(opened.sandbox.calls.length, before);
});

test('after its end it takes nothing', async () => {
  const opened = await warm();
  await opened.environment.destroy();
  assert.is(opened.environment.invoke(invocationRequest(ID)), undefined);
  await opened.environment.freeze();
  assert.not.ok(opened.sandbox.calls.includes('freeze'));
});

test('an event that fits no frame ends the environment and answers the invoker', async () => {
  const opened = await warm();
  const request = invocationRequest(ID);
  const outcome = opened.environment.invoke({ ...request, invocation: { ...request.invocation, traceId: 'x'.repeat(70_000) } });
  assert.ok(outcome);
  assert.is((await outcome.completed).errorType, 'Sandbox.Failure');
});

test('an environment with extensions is asked to shut down and thawed for it; what it prints meanwhile is kept', async () => {
  const opened = await warm();
  opened.sandbox.server.say('extensionsFound');
  await settled();
  await opened.environment.freeze();
  const destroyed = opened.environment.destroy();
  await settled();
  assert.is(opened.sandbox.server.kinds().at(-1), 'shutDown');
  assert.ok(opened.sandbox.calls.includes('thaw'));
  assert.not.ok(opened.sandbox.calls.includes('destroy'));
  assert.not.ok(opened.environment.isUsable);
  opened.sandbox.server.say('log', 0, 'last words\n');
  opened.sandbox.server.say('shutDownEnded');
  await destroyed;
  assert.match(opened.text(), /last words/);
  assert.ok(opened.sandbox.calls.includes('destroy'));
});

test('one without extensions is destroyed without a word', async () => {
  const opened = await warm();
  await opened.environment.destroy();
  assert.not.ok(opened.sandbox.server.kinds().includes('shutDown'));
});

test('a server that does not shut down in three seconds, or dies of it, is destroyed all the same', async () => {
  for (const end of ['silent', 'dies'] as const) {
    const opened = await warm();
    opened.sandbox.server.say('extensionsFound');
    await settled();
    const destroyed = opened.environment.destroy();
    await settled();
    if (end === 'silent') opened.clock.advance(3_000);
    else opened.sandbox.die();
    await destroyed;
    assert.ok(opened.sandbox.calls.includes('destroy'), end);
    assert.is(opened.problems.length, 0);
  }
});

test('with extensions the inside has three seconds more after the deadline, also when they come up during the invocation', async () => {
  for (const when of ['before', 'meanwhile'] as const) {
    const opened = await warm();
    if (when === 'before') opened.sandbox.server.say('extensionsFound');
    await settled();
    const outcome = invoke(opened);
    opened.sandbox.server.say('started', { requestId: ID });
    if (when === 'meanwhile') opened.sandbox.server.say('extensionsFound');
    await settled();
    opened.clock.advance(7_999);
    assert.is(await stateOf(outcome.answered), 'pending', when);
    opened.clock.advance(1);
    assert.match((await outcome.answered).body.toString(), /Sandbox\.Timedout/);
    await outcome.completed;
  }
});

test('the shutdown after a failure is not on the clock of the invocation that failed', async () => {
  const opened = await warm();
  opened.sandbox.server.say('extensionsFound');
  const outcome = invoke(opened);
  opened.sandbox.server.say('started', { requestId: ID });
  await settled();
  opened.clock.advance(40);
  opened.sandbox.server.say('answered', { requestId: ID, isFunctionError: true, origin: 'crash', errorType: 'Extension.Crash' }, '{}');
  await settled();
  opened.clock.advance(2_000);
  opened.sandbox.server.say('completed', { requestId: ID, status: 'error', errorType: 'Extension.Crash' });
  assert.is((await outcome.completed).durationMs, 40);
});

test.run();
