import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ActiveInvocation } from '../../../../platform/worker/active-invocation.ts';
import { platformLog, TEXT_LOGGING } from '../../../../runtime-api/index.ts';
import type { Logging } from '../../../../runtime-api/index.ts';
import { functionVersion, invocationRequest, stateOf, workerBench } from './fake-sandbox.ts';

const test = suite('platform/worker/active-invocation');
const ID = '11111111-1111-4111-8111-111111111111';
const SUCCESS = { status: 'success', errorType: undefined, initDurationMs: undefined, maxMemoryUsedMiB: 36 } as const;

function begin({ wantsLogTail = false, ...logging }: { wantsLogTail?: boolean } & Partial<Logging> = {}) {
  const bench = workerBench();
  let overdue = 0;
  const active = new ActiveInvocation({
    request: invocationRequest(ID, { wantsLogTail }),
    version: functionVersion(),
    clock: bench.clock,
    log: bench.logs.stream(functionVersion(), 'stream'),
    lines: platformLog({ ...TEXT_LOGGING, ...logging }, () => bench.clock.nowEpochMs()),
    onGrant: () => {}, onOverdue: () => (overdue += 1),
    overdueMs: 5_000,
  });
  return { ...bench, active, overdueCount: () => overdue };
}

test('the log has START, output, END and REPORT with the figures', async () => {
  const { active, clock, text } = begin();
  active.started();
  active.write(Buffer.from('hello\n'));
  clock.advance(3.014);
  active.complete({ ...SUCCESS, initDurationMs: 110.1 });
  assert.is(
    text(),
    `START RequestId: ${ID} Version: $LATEST\nhello\nEND RequestId: ${ID}\n` +
      `REPORT RequestId: ${ID}\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n`,
  );
});

test('the tail holds START to REPORT and nothing from before', async () => {
  const { active } = begin({ wantsLogTail: true });
  active.write(Buffer.from('printed while it was initialised\n'));
  active.started();
  active.write(Buffer.from('out\n'));
  active.complete(SUCCESS);
  const lines = (await active.outcome.completed).logTail.toString().split('\n');
  assert.equal(lines.map((line) => line.split(' ')[0]), ['START', 'out', 'END', 'REPORT', '']);
});

test('without being asked for there is no tail', async () => {
  const { active } = begin();
  active.complete(SUCCESS);
  assert.is((await active.outcome.completed).logTail.length, 0);
});

test('the first answer stays', async () => {
  const { active } = begin();
  active.answered({ requestId: ID, body: Buffer.from('1'), isFunctionError: false, origin: 'reply' });
  active.answered({ requestId: ID, body: Buffer.from('2'), isFunctionError: false, origin: 'reply' });
  active.answerTimeout();
  active.answerLost();
  assert.is((await active.outcome.answered).body.toString(), '1');
});

test('a second completion changes nothing and writes nothing', async () => {
  const { active, text } = begin();
  active.complete(SUCCESS);
  const before = text();
  active.complete({ ...SUCCESS, status: 'error', errorType: 'Other' });
  assert.is(text(), before);
  assert.is((await active.outcome.completed).status, 'success');
});

test('the clock stops when the completion begins', async () => {
  const { active, clock } = begin();
  clock.advance(20);
  active.beginCompletion();
  clock.advance(500);
  active.beginCompletion();
  active.complete(SUCCESS);
  assert.is((await active.outcome.completed).durationMs, 20);
});

test('the time before the clock is begun anew is not its own', async () => {
  const { active, clock } = begin();
  clock.advance(400);
  active.restartClock();
  clock.advance(7);
  active.complete(SUCCESS);
  assert.is((await active.outcome.completed).durationMs, 7);
});

test('the time-out answer has the configured seconds with two decimals', async () => {
  const { active } = begin();
  active.answerTimeout();
  const { body, isFunctionError } = await active.outcome.answered;
  assert.ok(isFunctionError);
  assert.is(body.toString(), `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ${ID} Error: Task timed out after 3.00 seconds"}`);
});

test('it is overdue at its time, not before, and never once it completes', async () => {
  const { active, clock, overdueCount } = begin();
  clock.advance(4_999);
  assert.is(overdueCount(), 0);
  clock.advance(1);
  assert.is(overdueCount(), 1);
  const other = begin();
  other.clock.advance(1_000);
  other.active.beginCompletion();
  other.clock.advance(10_000);
  assert.is(other.overdueCount(), 0);
  assert.is(await stateOf(active.outcome.completed), 'pending');
});

test('in JSON format START and REPORT are objects, and END is none', () => {
  const { active, text } = begin({ format: 'JSON' });
  active.complete({ ...SUCCESS, initDurationMs: 110.129 });
  const lines = text().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  assert.equal(lines.map(({ type }) => type), ['platform.start', 'platform.report']);
  assert.equal(lines[1].record, { requestId: ID, status: 'success', metrics: { durationMs: 0, billedDurationMs: 111, memorySizeMB: 128, maxMemoryUsedMB: 36, initDurationMs: 110.13 } });
});

test('a level that leaves both out leaves nothing', () => {
  const { active, text } = begin({ format: 'JSON', systemLevel: 'WARN' });
  active.complete(SUCCESS);
  assert.is(text(), '');
});

test.run();
