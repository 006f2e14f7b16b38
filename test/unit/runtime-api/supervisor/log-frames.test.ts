import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LogFrames } from '../../../../runtime-api/supervisor/log-frames.ts';
import type { LogFrame } from '../../../../runtime-api/supervisor/log-frames.ts';

const test = suite('runtime-api/supervisor/log-frames');
const AT_MS = 1_769_862_896_789;

function frame(message: string | Buffer, { type = 0xa55a0003, microseconds = BigInt(AT_MS) * 1_000n, length = Buffer.byteLength(message) } = {}): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(type, 0);
  head.writeUInt32BE(length, 4);
  head.writeBigUInt64BE(microseconds, 8);
  return Buffer.concat([head, Buffer.from(message)]);
}

function read(pieces: readonly Buffer[]) {
  const messages: (LogFrame & { text: string; isLast: boolean })[] = [];
  const plain: Buffer[] = [];
  const frames = new LogFrames({
    message: (head, bytes, isLast) => void messages.push({ ...head, text: bytes.toString('latin1'), isLast }),
    plain: (bytes) => void plain.push(Buffer.from(bytes)),
  });
  for (const piece of pieces) frames.push(piece);
  return { messages, plain: Buffer.concat(plain).toString('latin1') };
}

test('a message keeps its lines together and has its own time', () => {
  assert.equal(read([frame('a\nb\n')]).messages, [{ level: undefined, epochMs: AT_MS, text: 'a\nb\n', isLast: true }]);
});

for (const [type, level] of [
  [0xa55a0002, undefined], [0xa55a0003, undefined], [0xa55a0006, 'TRACE'], [0xa55a000a, 'DEBUG'], [0xa55a000b, 'DEBUG'], [0xa55a000e, 'INFO'], [0xa55a000f, 'INFO'], [0xa55a0012, 'WARN'], [0xa55a0013, 'WARN'],
  [0xa55a0016, 'ERROR'], [0xa55a0017, 'ERROR'], [0xa55a001a, 'FATAL'], [0xa55a001b, 'FATAL'], [0xa55a001f, undefined],
] as const) {
  test(`the type ${type.toString(16)} is of level ${level ?? 'none'}`, () => assert.is(read([frame('m', { type })]).messages[0]?.level, level));
}

test('frames arrive in any pieces', () => {
  const bytes = Buffer.concat([frame('first'), frame(''), frame('third')]);
  for (let size = 1; size < bytes.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    assert.equal(read(pieces).messages.map(({ text }) => text), ['first', '', 'third'], String(size));
  }
});

test('a time that cannot be is none', () => {
  for (const microseconds of [0n, 999n, 2n ** 64n - 1n, BigInt(Date.UTC(9999, 11, 31) + 1) * 1_000n]) assert.is(read([frame('m', { microseconds })]).messages[0]?.epochMs, undefined);
});

test('a message longer than a record comes in parts, of which the last one says so', () => {
  const { messages } = read([frame('x'.repeat(300_000)), frame('next')]);
  assert.equal(messages.map(({ text, isLast }) => [text.length, isLast]), [[262_144, false], [37_856, true], [4, true]]);
});

test('a length that is a lie holds no more than one record back', () => {
  const { messages } = read([frame('', { length: 0xffffffff }), Buffer.alloc(10_000_000, 'x')]);
  assert.is(messages.length, Math.floor(10_000_000 / 262_144));
});

test('what is no frame is output, from there on', () => {
  const { messages, plain } = read([frame('m'), Buffer.from('just text, long enough\n'), frame('not any more')]);
  assert.is(messages.length, 1);
  assert.match(plain, /^just text, long enough\n.*not any more$/s);
});

test('any bytes are read without a throw, and none is lost', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (pieces) => void read(pieces.map((piece) => Buffer.from(piece)))));
});

test.run();
