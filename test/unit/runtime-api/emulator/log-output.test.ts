import { PassThrough, Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogOutput } from '../../../../runtime-api/emulator/log-output.ts';

const test = suite('runtime-api/emulator/log-output');

function slowStream(): { stream: Writable; written: () => string; release: () => void } {
  const pieces: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 1_000,
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      waiting.push(done);
    },
  });
  return { stream, written: () => Buffer.concat(pieces).toString(), release: () => waiting.splice(0).forEach((done) => done()) };
}

test('small writes are gathered and come out in order', async () => {
  const stream = new PassThrough();
  const log = new LogOutput(stream);
  log.write('one\n');
  log.write(Buffer.from('two\n'));
  assert.is(stream.readableLength, 0);
  const [piece] = await new Promise<[Buffer]>((resolve) => stream.once('data', (bytes: Buffer) => resolve([bytes])));
  assert.is(piece.toString(), 'one\ntwo\n');
  log.close();
});

test('much is written at once', () => {
  const stream = new PassThrough({ highWaterMark: 1_000_000 });
  const log = new LogOutput(stream);
  log.write('x'.repeat(70_000));
  assert.is(stream.readableLength, 70_000);
  log.close();
});

test('a stream that takes no more blocks until it takes more again, and then says so once', async () => {
  const { stream, release } = slowStream();
  const log = new LogOutput(stream);
  log.write('x'.repeat(2_000));
  assert.is(log.isBlocked, false);
  log.flush();
  assert.is(log.isBlocked, true);
  let calls = 0;
  const flowing = new Promise<void>((resolve) =>
    log.onceFlowing(() => {
      calls += 1;
      resolve();
    }),
  );
  release();
  await flowing;
  assert.is(log.isBlocked, false);
  log.write('x'.repeat(2_000));
  log.flush();
  release();
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(calls, 1);
  log.close();
});

test('a stream that breaks is written no more and blocks nobody', async () => {
  const stream = new Writable({ write: (_, __, done) => done(new Error('gone')) });
  const log = new LogOutput(stream);
  log.write('x'.repeat(100_000));
  const flowing = new Promise<void>((resolve) => (log.isBlocked ? log.onceFlowing(resolve) : resolve()));
  await flowing;
  log.write('more');
  log.flush();
  assert.is(log.isBlocked, false);
  log.close();
});

test('the tail is the last 4 KiB since it was begun, in whatever pieces', () => {
  const log = new LogOutput(new PassThrough());
  log.write('before');
  assert.is(log.takeTail(), undefined);
  log.beginTail();
  log.write('ab');
  assert.is(log.takeTail()?.toString(), 'ab');
  log.beginTail();
  for (let index = 0; index < 10_000; index += 1) log.write(`${index}\n`);
  const tail = log.takeTail()?.toString() ?? '';
  assert.is(tail.length, 4_096);
  assert.ok(tail.endsWith('9998\n9999\n'));
  log.beginTail();
  log.write('x'.repeat(10_000));
  assert.is(log.takeTail()?.length, 4_096);
  assert.is(log.takeTail(), undefined);
  log.close();
});

test('closing writes the rest and lets go of the stream', () => {
  const stream = new PassThrough();
  const log = new LogOutput(stream);
  log.write('rest');
  log.close();
  assert.is(String(stream.read()), 'rest');
  assert.is(stream.listenerCount('error'), 0);
});

test.run();
