import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { streamLogSink } from '../../../../platform/worker/index.ts';
import { functionVersion, stateOf } from './fake-sandbox.ts';

const test = suite('platform/worker/log-sink');
const record = (bytes: string | Buffer) => ({ version: functionVersion(), logStream: 's', bytes: Buffer.from(bytes) });

test('bytes are passed on as they are', () => {
  const stream = new PassThrough();
  assert.is(streamLogSink(stream).write(record('a\x1b[31m\n')), undefined);
  assert.is(String(stream.read()), 'a\x1b[31m\n');
});

test('a full stream is waited for until it has drained', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const wait = streamLogSink(stream).write(record('more than four'));
  assert.is(await stateOf(Promise.resolve(wait)), 'pending');
  stream.resume();
  assert.is(await stateOf(Promise.resolve(wait)), undefined);
});

for (const ending of ['close', 'error'] as const) {
  test(`a full stream that meets its end (${ending}) is not waited for`, async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    stream.on('error', () => {});
    const wait = streamLogSink(stream).write(record('more than four'));
    stream.destroy(ending === 'error' ? new Error('EPIPE') : undefined);
    assert.is(await stateOf(Promise.resolve(wait)), undefined);
    assert.is(streamLogSink(stream).write(record('later')), undefined);
  });
}

/** A pipe that nobody reads yet: `cat` is the reader, stopped and let go by signals. */
function stoppedReader() {
  const reader = spawn('cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  reader.kill('SIGSTOP');
  let read = 0;
  reader.stdout.on('data', (piece: Buffer) => (read += piece.length));
  const ended = new Promise((resolve) => reader.on('close', resolve));
  const descriptor: unknown = Reflect.get(Reflect.get(reader.stdin, '_handle') ?? {}, 'fd');
  return { reader, ended, descriptor: Number(descriptor), readBytes: () => read };
}

test('a descriptor that is full is waited for, and nothing is lost', async () => {
  const { reader, ended, descriptor, readBytes } = stoppedReader();
  const sink = streamLogSink(Object.assign(new PassThrough(), { fd: descriptor }));
  const bytes = 4_000_000;
  const wait = sink.write(record(Buffer.alloc(bytes, 'x')));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.is(await stateOf(Promise.resolve(wait)), 'pending');
  reader.kill('SIGCONT');
  await wait;
  reader.stdin.end();
  await ended;
  assert.is(readBytes(), bytes);
});

test('a descriptor whose reader has gone is not waited for', async () => {
  const { reader, ended, descriptor } = stoppedReader();
  const sink = streamLogSink(Object.assign(new PassThrough(), { fd: descriptor }));
  reader.stdin.on('error', () => {});
  const wait = sink.write(record(Buffer.alloc(4_000_000, 'x')));
  reader.kill('SIGKILL');
  await wait;
  await ended;
});

test.run();
