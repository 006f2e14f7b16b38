import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKLOG_BYTES_MAX, Outbox } from '../../../../runtime-api/telemetry/outbox.ts';

const test = suite('runtime-api/telemetry/outbox');
const BUFFERING = { maxItems: 1_000, maxBytes: 262_144, timeoutMs: 25 };
const fill = (outbox: Outbox, count: number, text: string): void => {
  for (let index = 0; index < count; index += 1) outbox.add(text, 'log');
};

test('it is full at the number of events and not before', () => {
  const outbox = new Outbox(BUFFERING);
  fill(outbox, 999, 'x');
  assert.is(outbox.isFull, false);
  outbox.add('x', 'log');
  assert.is(outbox.isFull, true);
});

test('it is full at the number of bytes, which are those of UTF-8', () => {
  const outbox = new Outbox(BUFFERING);
  fill(outbox, 2, 'ä'.repeat(65_535));
  assert.is(outbox.isFull, false);
  outbox.add('äää', 'log');
  assert.is(outbox.isFull, true);
});

test('batches keep the order and the limits; the event that crosses the bytes is in', () => {
  const outbox = new Outbox(BUFFERING);
  for (let index = 0; index < 2_500; index += 1) outbox.add(String(index), 'log');
  const counts: number[] = [];
  const seen: string[] = [];
  for (let batch = outbox.takeBatch(); batch !== undefined; batch = outbox.takeBatch()) {
    counts.push(batch.events.length);
    seen.push(...batch.events);
  }
  assert.equal(counts, [1_000, 1_000, 500]);
  assert.equal(seen, Array.from({ length: 2_500 }, (_, index) => String(index)));
  fill(outbox, 3, 'x'.repeat(200_000));
  assert.equal([outbox.takeBatch()?.bytes, outbox.takeBatch()?.bytes, outbox.takeBatch()], [400_000, 200_000, undefined]);
});

/** Room for all that is still to come. */
function emptied(outbox: Outbox): number {
  let count = 0;
  for (let batch = outbox.takeBatch(); batch !== undefined; batch = outbox.takeBatch()) count += batch.events.length;
  return count;
}

test('beyond the backlog the newest is lost and counted, once, when there is room again', () => {
  const outbox = new Outbox(BUFFERING);
  fill(outbox, 5_000, 'x'.repeat(1_000));
  assert.equal([outbox.hasRoom, outbox.takeLost()], [false, undefined]);
  const kept = emptied(outbox);
  assert.is(kept, Math.floor(BACKLOG_BYTES_MAX / 1_064));
  assert.equal(outbox.takeLost(), { records: 5_000 - kept, bytes: (5_000 - kept) * 1_000 });
  assert.is(outbox.takeLost(), undefined);
});

test('a flood of empty events is bounded too', () => {
  const outbox = new Outbox(BUFFERING);
  fill(outbox, 100_000, '');
  assert.is(emptied(outbox), BACKLOG_BYTES_MAX / 64);
});

test('lines are lost until half of the room is free: a flood leaves one gap', () => {
  const outbox = new Outbox(BUFFERING);
  fill(outbox, 50, 'x'.repeat(100_000));
  outbox.takeBatch();
  assert.is(outbox.hasRoom, false);
  outbox.add('lost too', 'log');
  for (let count = 0; count < 7; count += 1) outbox.takeBatch();
  assert.is(outbox.hasRoom, true);
  outbox.add('let in', 'log');
  assert.equal(outbox.takeLost()?.records, 50 - 41 + 1);
});

test('an event of the platform finds room where a line of output finds none', () => {
  const outbox = new Outbox(BUFFERING);
  fill(outbox, 5_000, 'x'.repeat(1_000));
  outbox.add('report', 'platform');
  let last: string | undefined;
  for (let batch = outbox.takeBatch(); batch !== undefined; batch = outbox.takeBatch()) last = batch.events.at(-1);
  assert.is(last, 'report');
});

test('the reserve of the platform ends as well', () => {
  const outbox = new Outbox(BUFFERING);
  for (let index = 0; index < 10_000; index += 1) outbox.add('x'.repeat(1_000), 'platform');
  assert.ok(emptied(outbox) < 5_000);
});

test.run();
