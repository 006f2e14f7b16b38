/** When batches leave, what becomes of those that are refused, and what is told of losses; with a clock and a destination of the test's own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Subscriber } from '../../../../runtime-api/telemetry/subscriber.ts';
import type { Subscription } from '../../../../runtime-api/telemetry/subscription.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

const test = suite('runtime-api/telemetry/subscriber');
const SUBSCRIPTION: Subscription = {
  api: 'telemetry',
  schemaVersion: '2022-12-13',
  types: ['platform', 'function'],
  destination: { protocol: 'TCP', port: 4_243 },
  buffering: { maxItems: 1_000, maxBytes: 262_144, timeoutMs: 1_000 },
};
/** Whatever promises have to say is said. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function open(changes: Partial<Subscription> = {}) {
  const clock = fakeClock();
  const sent: (readonly string[])[] = [];
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const state = { closed: 0, isHeld: false, refusals: 0 };
  const subscriber = new Subscriber({
    clock,
    name: 'e',
    subscription: { ...SUBSCRIPTION, ...changes },
    delivery: Promise.resolve({
      send(events) {
        sent.push(events);
        if (state.refusals > 0) {
          state.refusals -= 1;
          return Promise.reject(new Error('status 500'));
        }
        return state.isHeld ? new Promise((resolve, reject) => waiting.push({ resolve, reject })) : Promise.resolve();
      },
      close: () => void (state.closed += 1),
    }),
  });
  return { clock, sent, state, subscriber, release: () => waiting.shift()?.resolve() };
}

test('what comes in waits for the time that the subscriber wants, from the first event on', async () => {
  const { clock, sent, subscriber } = open();
  subscriber.add('a', 'log');
  clock.advance(999);
  subscriber.add('b', 'log');
  await settled();
  assert.equal(sent, []);
  clock.advance(1);
  await settled();
  assert.equal(sent, [['a', 'b']]);
  subscriber.add('c', 'log');
  clock.advance(1_000);
  await settled();
  assert.equal(sent.at(-1), ['c']);
});

test('a batch that is full leaves at once', async () => {
  const { sent, subscriber } = open();
  for (let index = 0; index < 1_001; index += 1) subscriber.add(String(index), 'log');
  await settled();
  assert.equal(sent.map(({ length }) => length), [1_000]);
});

test('one batch is on its way at a time, and the order is kept', async () => {
  const { clock, sent, state, subscriber, release } = open();
  state.isHeld = true;
  subscriber.add('a', 'log');
  clock.advance(1_000);
  await settled();
  subscriber.add('b', 'log');
  clock.advance(5_000);
  await settled();
  assert.equal(sent, [['a']]);
  release();
  await settled();
  assert.equal(sent, [['a'], ['b']]);
});

test('a refused batch is sent again, later each time, and what comes meanwhile behind it', async () => {
  const { clock, sent, state, subscriber } = open();
  state.refusals = 3;
  subscriber.add('a', 'log');
  clock.advance(1_000);
  await settled();
  for (const [waitMs, count] of [[49, 1], [1, 2], [99, 2], [1, 3], [199, 3], [1, 4]] as const) {
    subscriber.add('later', 'log');
    clock.advance(waitMs);
    await settled();
    assert.is(sent.length, count, `${waitMs}`);
  }
  assert.ok(sent.every(([first]) => first === 'a'));
  clock.advance(1_000);
  await settled();
  assert.equal(sent.at(-1), Array.from({ length: 6 }, () => 'later'));
});

test('after eight refusals it is given up, and its place is taken by the news of it', async () => {
  const { clock, sent, state, subscriber } = open();
  state.refusals = 8;
  subscriber.add('four', 'log');
  for (let step = 0; step < 12; step += 1) {
    clock.advance(10_000);
    await settled();
  }
  assert.is(sent.filter(([first]) => first === 'four').length, 8);
  const told = JSON.parse(sent.at(-1)?.[0] ?? '');
  assert.is(told.type, 'platform.logsDropped');
  assert.equal(told.record, { droppedRecords: 1, droppedBytes: 4, reason: 'Some logs were dropped because they could not be sent: status 500' });
});

test('a subscriber of functions alone hears of no loss', async () => {
  const { clock, sent, state, subscriber } = open({ types: ['function'] });
  state.refusals = 8;
  subscriber.add('four', 'log');
  for (let step = 0; step < 12; step += 1) {
    clock.advance(10_000);
    await settled();
  }
  assert.is(sent.length, 8);
});

test('a flush waits for nothing and nobody, and resolves when all has been taken', async () => {
  const { sent, state, subscriber, release } = open();
  state.isHeld = true;
  let isFlushed = false;
  subscriber.add('a', 'log');
  void subscriber.flush().then(() => (isFlushed = true));
  await settled();
  assert.equal(sent, [['a']]);
  subscriber.add('b', 'log');
  release();
  await settled();
  assert.equal([sent.at(-1), isFlushed], [['b'], false]);
  release();
  await settled();
  assert.is(isFlushed, true);
});

test('with nothing to send a flush is done', async () => await open().subscriber.flush());

test('the end closes the destination, lets a flush go, and takes nothing more', async () => {
  const { clock, sent, state, subscriber } = open();
  state.isHeld = true;
  subscriber.add('a', 'log');
  const flushed = subscriber.flush();
  await settled();
  subscriber.end();
  await flushed;
  subscriber.add('b', 'log');
  clock.advance(60_000);
  await settled();
  assert.equal([sent.length, state.closed], [1, 1]);
});

test('the end during a retry ends the retrying', async () => {
  const { clock, sent, state, subscriber } = open();
  state.refusals = 100;
  subscriber.add('a', 'log');
  void subscriber.flush();
  await settled();
  subscriber.end();
  clock.advance(60_000);
  await settled();
  assert.is(sent.length, 1);
});

test('news of a loss stands between what came before and what comes after', async () => {
  const { sent, state, subscriber, release } = open();
  state.isHeld = true;
  const line = 'x'.repeat(100_000);
  for (let index = 0; index < 60; index += 1) subscriber.add(line, 'log');
  assert.is(subscriber.hasRoom, false);
  for (let turn = 0; turn < 10; turn += 1) {
    await settled();
    release();
  }
  await settled();
  subscriber.add('after', 'log');
  state.isHeld = false;
  release();
  await subscriber.flush();
  const all = sent.flat();
  const news = all.findIndex((text) => text.includes('platform.logsDropped'));
  assert.ok(news > 0 && all.slice(0, news).every((text) => text === line));
  assert.is(all.at(-1), 'after');
  assert.is(all.filter((text) => text === line).length + JSON.parse(all[news] ?? '').record.droppedRecords, 60);
});

test.run();
