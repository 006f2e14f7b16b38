import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogWriter, STREAM_PENDING_BYTES_MAX } from '../../../../platform/worker/log-writer.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { functionVersion, settled } from './fake-sandbox.ts';

const test = suite('platform/worker/log-writer');
const version = functionVersion();

/** A sink that takes nothing more while it is held. */
function openWriter(options: { gatherMs: number; isHeld?: boolean }) {
  const clock = fakeClock();
  const written: { logStream: string; text: string }[] = [];
  const problems: unknown[] = [];
  const gate = { isHeld: options.isHeld ?? false, release: () => {} };
  const writer = new LogWriter({
    clock,
    gatherMs: options.gatherMs,
    onProblem: (error) => problems.push(error),
    sink: {
      write({ logStream, bytes }) {
        written.push({ logStream, text: bytes.toString() });
        if (!gate.isHeld) return undefined;
        return new Promise((resolve) => (gate.release = resolve));
      },
    },
  });
  return { clock, written, problems, gate, writer };
}

test('without gathering each write reaches the sink at once', () => {
  const { writer, written } = openWriter({ gatherMs: 0 });
  const stream = writer.stream(version, 'a');
  stream.write(Buffer.from('one\n'));
  stream.write(Buffer.from('two\n'));
  assert.equal(written.map(({ text }) => text), ['one\n', 'two\n']);
});

test('gathered writes of one stream leave as one, when their time is over', () => {
  const { writer, written, clock } = openWriter({ gatherMs: 10 });
  const first = writer.stream(version, 'a');
  const second = writer.stream(version, 'b');
  first.write(Buffer.from('a1\n'));
  second.write(Buffer.from('b1\n'));
  first.write(Buffer.from('a2\n'));
  clock.advance(9);
  assert.equal(written, []);
  clock.advance(1);
  assert.equal(written, [
    { logStream: 'a', text: 'a1\na2\n' },
    { logStream: 'b', text: 'b1\n' },
  ]);
});

test('a flush does not wait for the time', async () => {
  const { writer, written } = openWriter({ gatherMs: 10 });
  writer.stream(version, 'a').write(Buffer.from('a1\n'));
  await writer.flush();
  assert.is(written.length, 1);
});

test('64 KiB leave at once', () => {
  const { writer, written } = openWriter({ gatherMs: 10 });
  const stream = writer.stream(version, 'a');
  stream.write(Buffer.alloc(65_535));
  assert.is(written.length, 0);
  stream.write(Buffer.alloc(1));
  assert.is(written.length, 1);
});

test('while the sink is full nothing is written, and everything in order afterwards', async () => {
  const { writer, written, gate } = openWriter({ gatherMs: 0, isHeld: true });
  const stream = writer.stream(version, 'a');
  for (const line of ['1', '2', '3']) stream.write(Buffer.from(line));
  assert.is(written.length, 1);
  gate.isHeld = false;
  gate.release();
  await settled();
  assert.equal(written.map(({ text }) => text), ['1', '23']);
});

test('a stream is full at its limit and not one byte earlier, and tells when there is room again', async () => {
  const { writer, gate } = openWriter({ gatherMs: 0, isHeld: true });
  const flood = writer.stream(version, 'flood');
  const quiet = writer.stream(version, 'quiet');
  quiet.write(Buffer.from('blocks the sink'));
  // 128 bytes are counted for each piece.
  flood.write(Buffer.alloc(STREAM_PENDING_BYTES_MAX - 128 - 1));
  assert.not(flood.isFull);
  flood.write(Buffer.alloc(1));
  assert.ok(flood.isFull);
  assert.not(quiet.isFull, 'the flood of one stream fills no other');
  let hasRoom = false;
  flood.onceRoom(() => (hasRoom = true));
  gate.isHeld = false;
  gate.release();
  await settled();
  assert.ok(hasRoom);
  assert.not(flood.isFull);
});

test('single bytes count for more than a byte each', () => {
  const { writer } = openWriter({ gatherMs: 0, isHeld: true });
  const stream = writer.stream(version, 'a');
  for (let count = 0; count < STREAM_PENDING_BYTES_MAX / 129 + 2; count += 1) stream.write(Buffer.alloc(1));
  assert.ok(stream.isFull);
});

test('a sink that throws or rejects is a problem and loses no later line', async () => {
  const problems: unknown[] = [];
  const taken: string[] = [];
  let count = 0;
  const writer = new LogWriter({
    clock: fakeClock(),
    gatherMs: 0,
    onProblem: (error) => problems.push(error),
    sink: {
      write({ bytes }) {
        count += 1;
        if (count === 1) throw new Error('thrown');
        taken.push(bytes.toString());
        return count === 2 ? Promise.reject(new Error('rejected')) : undefined;
      },
    },
  });
  const stream = writer.stream(version, 'a');
  for (const line of ['1', '2', '3']) stream.write(Buffer.from(line));
  await writer.flush();
  assert.equal(taken, ['2', '3']);
  assert.is(problems.length, 2);
});

test('a line of the platform begins on a line of its own', () => {
  const { writer, written } = openWriter({ gatherMs: 0 });
  const stream = writer.stream(version, 'a');
  stream.writeLines('START\n');
  stream.write(Buffer.from('no line feed'));
  stream.writeLines('END\n');
  assert.is(written.map(({ text }) => text).join(''), 'START\nno line feed\nEND\n');
});

test.run();
