/** What the server inside could do once a function has taken it over: whatever it says costs it its environment, and nobody else anything. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import { STREAM_PENDING_BYTES_MAX } from '../../../../platform/worker/log-writer.ts';
import { LogWriter } from '../../../../platform/worker/log-writer.ts';
import { WorkerEnvironment } from '../../../../platform/worker/worker-environment.ts';
import { FakeSandbox, functionVersion, invocationRequest, serverFrame, settled, stateOf, workerBench } from './fake-sandbox.ts';
import type { FakeServer } from './fake-sandbox.ts';

const test = suite('platform/worker/hostile-server');
const ID = '11111111-1111-4111-8111-111111111111';
const WRONG_ID = '99999999-9999-4999-8999-999999999999';

async function running() {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  const environment = await bench.open(sandbox);
  await environment.bind(functionVersion());
  sandbox.server.initReported();
  await settled();
  const outcome = environment.invoke(invocationRequest(ID));
  assert.ok(outcome);
  await settled();
  return { ...bench, sandbox, environment, outcome };
}

const VIOLATIONS: readonly { title: string; act: (server: FakeServer) => void }[] = [
  { title: 'a second hello', act: (server) => server.say('hello', { protocol: 1 }) },
  { title: 'a second report of the initialisation', act: (server) => server.initReported() },
  { title: 'a repeated initialisation that succeeded', act: (server) => server.initReported({ phase: 'invoke' }) },
  { title: 'a start of another invocation', act: (server) => server.say('started', { requestId: WRONG_ID }) },
  { title: 'an answer before the start', act: (server) => server.answered(ID) },
  { title: 'an answer for another invocation', act: (server) => (server.say('started', { requestId: ID }), server.answered(WRONG_ID)) },
  { title: 'a second answer', act: (server) => (server.say('started', { requestId: ID }), server.answered(ID), server.answered(ID)) },
  { title: 'a completion without an answer', act: (server) => (server.say('started', { requestId: ID }), server.say('completed', { requestId: ID, status: 'success' })) },
  { title: 'a completion of another invocation', act: (server) => (server.say('started', { requestId: ID }), server.answered(ID), server.say('completed', { requestId: WRONG_ID, status: 'success' })) },
  { title: 'a frame of an unknown type', act: (server) => server.raw(serverFrame(200, {})) },
  { title: 'a frame of one of the worker\'s own types', act: (server) => server.raw(serverFrame(2, {})) },
  { title: 'a header that is not JSON', act: (server) => server.raw(Buffer.from([0, 0, 0, 4, 68, 0, 1, 0x7b])) },
  { title: 'a header longer than its frame', act: (server) => server.raw(Buffer.from([0, 0, 0, 3, 68, 255, 255])) },
  { title: 'a frame shorter than its fixed part', act: (server) => server.raw(Buffer.from([0, 0, 0, 2, 68, 0])) },
  { title: 'a frame of 4 GiB', act: (server) => server.raw(Buffer.from([255, 255, 255, 255, 68])) },
  { title: 'a request id of the wrong type', act: (server) => server.say('started', { requestId: 1 }) },
  { title: 'a status that does not exist', act: (server) => (server.say('started', { requestId: ID }), server.answered(ID), server.say('completed', { requestId: ID, status: 'fine' })) },
  { title: 'an error type of a megabyte', act: (server) => (server.say('started', { requestId: ID }), server.say('answered', { requestId: ID, isFunctionError: true, origin: 'reply', errorType: 'x'.repeat(60_000) })) },
  { title: 'a process id that is none', act: (server) => server.say('admit', { processId: -1 }) },
];

for (const { title, act } of VIOLATIONS) {
  test(`${title} ends the environment; the invoker has one answer and the log one report`, async () => {
    const { sandbox, environment, outcome, text, problems } = await running();
    act(sandbox.server);
    const report = await outcome.completed;
    assert.equal([report.status, report.errorType], ['error', 'Sandbox.Failure']);
    assert.is((await outcome.answered).requestId, ID);
    assert.is(text().split('\nREPORT ').length - 1, 1);
    assert.not.ok(environment.isUsable);
    assert.ok(problems.every((problem) => isCodedError(problem) && problem.code === 'worker/channel-violated'));
    assert.is(problems.length, 1);
  });
}

test('an answer that was given before the violation stands', async () => {
  const { sandbox, outcome } = await running();
  sandbox.server.say('started', { requestId: ID });
  sandbox.server.answered(ID, '"true"');
  sandbox.server.answered(ID, '"forged"');
  assert.is((await outcome.answered).body.toString(), '"true"');
  assert.is((await outcome.completed).status, 'error');
});

test('nothing is read after a violation, not even what came in the same piece', async () => {
  const { sandbox, text } = await running();
  sandbox.server.raw(Buffer.concat([serverFrame(200, {}), serverFrame(68, 0, 'printed afterwards')]));
  sandbox.server.say('log', 0, 'later still');
  await settled();
  assert.not.match(text(), /afterwards|later/);
});

test('a violation while nothing runs is noticed at once', async () => {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  const environment = await bench.open(sandbox);
  sandbox.server.say('completed', { requestId: ID, status: 'success' });
  assert.is(await stateOf(environment.ended), undefined);
});

test('output of a blank environment goes nowhere', async () => {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  const environment = await bench.open(sandbox);
  sandbox.server.say('log', 0, 'too early');
  await settled();
  assert.is(bench.text(), '');
  assert.ok(environment.isUsable);
});

test('32 requests between two messages of the worker are served, the next is the end', async () => {
  const { sandbox, environment, outcome } = await running();
  for (let count = 0; count < 32; count += 1) sandbox.server.say('admit', { processId: 100 + count });
  await settled();
  assert.ok(environment.isUsable);
  assert.is(sandbox.calls.filter((call) => call.startsWith('admit')).length, 32);
  sandbox.server.say('endAll');
  assert.is((await outcome.completed).errorType, 'Sandbox.Failure');
  assert.not.ok(sandbox.calls.includes('reset'));
});

test('a shutdown that nobody asked for is the end', async () => {
  const { sandbox, outcome } = await running();
  sandbox.server.say('shutDownEnded');
  assert.is((await outcome.completed).errorType, 'Sandbox.Failure');
});

test('telling of extensions again and again is a flood like any other', async () => {
  const { sandbox, outcome } = await running();
  for (let count = 0; count < 33; count += 1) sandbox.server.say('extensionsFound');
  assert.is((await outcome.completed).errorType, 'Sandbox.Failure');
});

test('each invocation has its own requests', async () => {
  const { sandbox, environment, outcome } = await running();
  for (let count = 0; count < 32; count += 1) sandbox.server.say('admit', { processId: 100 + count });
  sandbox.server.serve(ID);
  await outcome.completed;
  environment.invoke(invocationRequest(WRONG_ID));
  sandbox.server.say('admit', { processId: 7 });
  await settled();
  assert.ok(environment.isUsable);
});

test('a restart of the clock cannot be had twice: the reported duration is the worker\'s own', async () => {
  const { sandbox, outcome, clock } = await running();
  clock.advance(2_000);
  sandbox.server.initReported();
  assert.is((await outcome.completed).durationMs, 2_000);
});

test('an error type cannot forge a line of the log', async () => {
  const { sandbox, outcome, text } = await running();
  const errorType = 'A\nREPORT RequestId: forged';
  sandbox.server.say('started', { requestId: ID });
  sandbox.server.say('answered', { requestId: ID, isFunctionError: true, origin: 'reply', errorType }, '{}');
  sandbox.server.say('completed', { requestId: ID, status: 'error', errorType });
  await outcome.completed;
  assert.is(text().split('\nREPORT ').length - 1, 1);
});

test('a flood of output stops at its limit while the log is slow, and goes on with it', async () => {
  const bench = workerBench();
  let release = (): void => {};
  let taken = 0;
  const logs = new LogWriter({
    clock: bench.clock,
    gatherMs: 0,
    onProblem: () => {},
    sink: {
      write({ bytes }) {
        taken += bytes.length;
        return new Promise((resolve) => (release = resolve));
      },
    },
  });
  const sandbox = new FakeSandbox('s1');
  sandbox.server.say('hello', { protocol: 1 });
  const environment = WorkerEnvironment.start({ ...bench, sandbox, logs, onProblem: () => {} });
  await environment.bind(functionVersion());
  const frame = serverFrame(68, 0, Buffer.alloc(65_536, 'x'));
  for (let count = 0; count < 64; count += 1) sandbox.server.raw(frame);
  await settled();
  assert.ok(sandbox.channel.isPaused(), 'it is read no further');
  // What the worker holds itself: its limit, and what one piece may have brought beyond it.
  assert.ok(sandbox.channel.readableLength > 0 || sandbox.channel.isPaused());
  const before = taken;
  for (let round = 0; round < 16; round += 1) {
    release();
    await settled();
  }
  assert.ok(taken > before + STREAM_PENDING_BYTES_MAX);
  assert.ok(taken >= 64 * 65_536, 'nothing is lost');
  await environment.destroy();
});

test('whatever bytes come, an invocation is answered once and completed once, and nothing is thrown', async () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.record({ type: fc.integer({ min: 60, max: 75 }), header: fc.jsonValue(), payload: fc.string({ maxLength: 20 }) }).map(({ type, header, payload }) => serverFrame(type, header, payload)),
    fc.constantFrom<() => Buffer>(
      () => serverFrame(70, { requestId: ID }),
      () => serverFrame(71, { requestId: ID, isFunctionError: false, origin: 'reply' }, '1'),
      () => serverFrame(72, { requestId: ID, status: 'success' }),
      () => serverFrame(66, { processId: 9 }),
      () => serverFrame(67, {}),
      () => serverFrame(68, 0, 'log\n'),
      () => serverFrame(69, { phase: 'invoke', status: 'error' }),
    ).map((make) => make()),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 12 }), async (messages) => {
      const { sandbox, environment, outcome, clock, text } = await running();
      for (const bytes of messages) sandbox.server.raw(bytes);
      await settled();
      clock.advance(60_000);
      await settled();
      assert.is((await outcome.answered).requestId, ID);
      assert.is((await outcome.completed).requestId, ID);
      assert.is(text().split(/^REPORT /m).length - 1, 1);
      await environment.destroy();
    }),
    { numRuns: 150 },
  );
});

test.run();
