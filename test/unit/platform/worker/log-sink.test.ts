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

test.run();
