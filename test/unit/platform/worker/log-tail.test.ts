import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogTail } from '../../../../platform/worker/log-tail.ts';

const test = suite('platform/worker/log-tail');

function tailOf(pieces: readonly (string | Buffer)[]): string {
  const tail = new LogTail();
  for (const piece of pieces) tail.add(Buffer.from(piece));
  return tail.read().toString('latin1');
}

test('4,096 bytes are kept whole', () => {
  assert.is(tailOf(['a'.repeat(4_095), 'b']), `${'a'.repeat(4_095)}b`);
});

test('of 4,097 bytes the first is gone', () => {
  assert.is(tailOf(['x', 'a'.repeat(4_096)]), 'a'.repeat(4_096));
});

test('one piece larger than the tail leaves its end', () => {
  assert.is(tailOf([`${'x'.repeat(9_000)}${'y'.repeat(4_096)}`]), 'y'.repeat(4_096));
});

test('many small pieces leave the last 4,096 bytes in order', () => {
  const pieces = Array.from({ length: 3_000 }, (_, index) => `${String(index)},`);
  assert.is(tailOf(pieces), pieces.join('').slice(-4_096));
});

test('a tail keeps no more than it needs of the frame that a piece came in', () => {
  const frame = Buffer.alloc(6_000_000, 'f');
  const tail = new LogTail();
  tail.add(frame.subarray(0, 10));
  frame.fill('g');
  assert.is(tail.read().toString(), 'ffffffffff');
});

test.run();
