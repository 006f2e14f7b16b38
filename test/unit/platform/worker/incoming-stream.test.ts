/** Streamed responses between an environment's server, played by the test, and whoever takes them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamReceiver } from '../../../../platform/worker/index.ts';
import { STREAM_GRANT_BYTES, STREAM_OVERSHOOT_BYTES_MAX, STREAM_WINDOW_BYTES } from '../../../../runtime-api/index.ts';
import { FakeSandbox, functionVersion, invocationRequest, serverFrame, settled, workerBench } from './fake-sandbox.ts';

const test = suite('platform/worker/incoming-stream');
const ID = '11111111-1111-4111-8111-111111111111';
const STREAM_BEGUN = 73;
const STREAMED = 74;

async function streaming(options: { takes?: () => boolean; isBuffered?: boolean } = {}) {
  const bench = workerBench();
  const sandbox = new FakeSandbox('s1');
  const environment = await bench.open(sandbox);
  await environment.bind(functionVersion());
  sandbox.server.initReported();
  await settled();
  const seen = { contentType: undefined as string | undefined, bytes: 0, pieces: 0, resume: (): void => {} };
  const stream: StreamReceiver = {
    begun({ contentType, resume }) {
      seen.contentType = contentType;
      seen.resume = resume;
    },
    piece(bytes) {
      seen.bytes += bytes.length;
      seen.pieces += 1;
      return options.takes?.() ?? true;
    },
  };
  const outcome = environment.invoke({ ...invocationRequest(ID), ...(options.isBuffered === true ? {} : { stream }) });
  assert.ok(outcome);
  sandbox.server.say('started', { requestId: ID });
  await settled();
  const send = async (bytes: Buffer | string): Promise<void> => {
    sandbox.server.raw(serverFrame(STREAMED, 0, bytes));
    await settled();
  };
  const begin = async (): Promise<void> => {
    sandbox.server.raw(serverFrame(STREAM_BEGUN, { requestId: ID, contentType: 'text/plain' }));
    await settled();
  };
  const granted = (): number => sandbox.server.told.filter(({ kind }) => kind === '6').reduce((sum, { header }) => sum + Number(Object(header).bytes), 0);
  return { ...bench, sandbox, environment, outcome, seen, send, begin, granted };
}

test('pieces are handed on as they come, the answer ends them, and the environment is free', async () => {
  const { begin, send, seen, sandbox, outcome, environment } = await streaming();
  await begin();
  await send('one');
  assert.equal([seen.contentType, seen.bytes], ['text/plain', 3]);
  await send('two');
  sandbox.server.answered(ID, '');
  sandbox.server.say('completed', { requestId: ID, status: 'success' });
  const answer = await outcome.answered;
  assert.equal([answer.isStreamed, answer.body.length, seen.bytes], [true, 0, 6]);
  assert.is((await outcome.completed).status, 'success');
  assert.ok(environment.isUsable);
});

test('what was taken is granted again, in few messages', async () => {
  const { begin, send, seen, granted, sandbox } = await streaming();
  await begin();
  for (let count = 0; count < 100; count += 1) await send(Buffer.alloc(16_000));
  assert.is(seen.bytes, 1_600_000);
  const spent = 100 * (16_000 + 256);
  assert.ok(granted() > spent - STREAM_GRANT_BYTES && granted() <= spent);
  assert.ok(sandbox.server.told.filter(({ kind }) => kind === '6').length < 30);
});

test('a receiver that is full is granted nothing until it goes on', async () => {
  const { begin, send, seen, granted, environment } = await streaming({ takes: () => false });
  await begin();
  for (let bytes = 0; bytes < STREAM_WINDOW_BYTES; bytes += 65_536) await send(Buffer.alloc(65_536 - 256));
  assert.is(granted(), 0);
  assert.ok(environment.isUsable, 'the window is the server\'s to use');
  seen.resume();
  await settled();
  assert.is(granted(), STREAM_WINDOW_BYTES);
});

test('a server that sends more than its window is ended; the worker has held no more than that', async () => {
  const { begin, send, seen, outcome, environment } = await streaming({ takes: () => false });
  await begin();
  for (let count = 0; count < 1_000 && environment.isUsable; count += 1) await send(Buffer.alloc(60_000));
  assert.ok(seen.bytes <= STREAM_WINDOW_BYTES + STREAM_OVERSHOOT_BYTES_MAX);
  const answer = await outcome.answered;
  assert.equal([answer.isFunctionError, answer.errorType, answer.isStreamed], [true, 'Sandbox.Failure', true]);
});

test('a flood of single bytes is paid by the piece', async () => {
  const { begin, send, seen, environment } = await streaming({ takes: () => false });
  await begin();
  for (let count = 0; count < 5_000 && environment.isUsable; count += 1) await send('x');
  assert.ok(seen.pieces < 1_500, `${seen.pieces}`);
});

const VIOLATIONS: readonly { title: string; isBuffered?: boolean; act: (open: Awaited<ReturnType<typeof streaming>>) => Promise<void> }[] = [
  { title: 'a piece before the stream has begun', act: ({ send }) => send('x') },
  { title: 'an empty piece', act: ({ begin, send }) => begin().then(() => send('')) },
  { title: 'a second beginning', act: ({ begin }) => begin().then(begin) },
  { title: 'a beginning for an invoker that did not ask', isBuffered: true, act: ({ begin }) => begin() },
  { title: 'a piece after the answer', act: ({ begin, send, sandbox }) => begin().then(() => (sandbox.server.answered(ID), send('x'))) },
  { title: 'a beginning after the answer', act: ({ begin, sandbox }) => (sandbox.server.answered(ID), begin()) },
  {
    title: 'a content type of 2 KiB',
    act: async ({ sandbox }) => {
      sandbox.server.raw(serverFrame(STREAM_BEGUN, { requestId: ID, contentType: 'x'.repeat(2_048) }));
      await settled();
    },
  },
  {
    title: 'a completion while the stream is open',
    act: async ({ begin, sandbox }) => {
      await begin();
      sandbox.server.say('completed', { requestId: ID, status: 'success' });
      await settled();
    },
  },
];
for (const { title, act, isBuffered } of VIOLATIONS) {
  test(`${title} ends the environment, and the invocation is answered and completed`, async () => {
    const opened = await streaming({ isBuffered: isBuffered ?? false });
    await act(opened);
    assert.not.ok(opened.environment.isUsable);
    assert.is((await opened.outcome.answered).requestId, ID);
    assert.is((await opened.outcome.completed).errorType, 'Sandbox.Failure');
  });
}

test('a server that never ends its stream is overdue like any other', async () => {
  const { begin, send, clock, outcome } = await streaming();
  await begin();
  await send('x');
  clock.advance(60_000);
  const answer = await outcome.answered;
  assert.equal([answer.origin, answer.isStreamed], ['timeout', true]);
});

test.run();
