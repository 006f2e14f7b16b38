import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFrame, FRAME_BYTES_MAX, FrameDecoder, FrameError } from '../../../../runtime-api/channel/frames.ts';
import type { Frame } from '../../../../runtime-api/channel/frames.ts';

const test = suite('runtime-api/channel/frames');

function decode(pieces: readonly Buffer[]): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder();
  for (const piece of pieces) decoder.push(piece, (frame) => frames.push({ ...frame, payload: Buffer.from(frame.payload) }));
  return frames;
}

const FRAME = fc.record({ type: fc.nat(255), header: fc.jsonValue(), payload: fc.uint8Array({ maxLength: 300 }) });

test('frames come out as they went in, whatever the pieces', () => {
  fc.assert(
    fc.property(fc.array(FRAME, { maxLength: 5 }), fc.array(fc.nat(500), { maxLength: 8 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.flatMap(({ type, header, payload }) => encodeFrame(type, header, Buffer.from(payload))));
      const places = [...new Set(cuts)].filter((cut) => cut > 0 && cut < bytes.length).sort((left, right) => left - right);
      const pieces = [...places, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], end));
      const wanted = frames.map(({ type, header, payload }) => ({ type, header: JSON.parse(JSON.stringify(header)), payload: Buffer.from(payload) }));
      assert.equal(decode(pieces), wanted);
    }),
  );
});

test('a large payload is not copied behind its head', () => {
  const payload = Buffer.alloc(100_000, 'x');
  const buffers = encodeFrame(1, {}, payload);
  assert.is(buffers.length, 2);
  assert.is(buffers[1], payload);
  assert.equal(decode(buffers)[0]?.payload, payload);
});

test('a frame of exactly the limit passes, one byte more is refused on both sides', () => {
  const header = JSON.stringify({}).length;
  const payload = Buffer.alloc(FRAME_BYTES_MAX - 3 - header);
  assert.is(decode(encodeFrame(1, {}, payload))[0]?.payload.length, payload.length);
  assert.throws(() => encodeFrame(1, {}, Buffer.alloc(payload.length + 1)), /frame too large/);
  const claim = Buffer.alloc(4);
  claim.writeUInt32BE(FRAME_BYTES_MAX + 1);
  assert.throws(() => decode([claim]), (error: unknown) => error instanceof FrameError);
});

test('a header of 65,535 bytes passes, one byte more is refused', () => {
  const header = (bytes: number): string => 'x'.repeat(bytes - 2);
  assert.is(decode(encodeFrame(1, header(65_535)))[0]?.header, header(65_535));
  assert.throws(() => encodeFrame(1, header(65_536)), /header too large/);
});

test('a claimed length is refused before anything is kept for it', () => {
  for (const length of [0, 1, 2, FRAME_BYTES_MAX + 1, 0xffffffff]) {
    const claim = Buffer.alloc(4);
    claim.writeUInt32BE(length);
    assert.throws(() => decode([claim]), (error: unknown) => error instanceof FrameError, String(length));
  }
});

test('arbitrary bytes give frames, nothing, or a FrameError, and nothing else', () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc.record({ length: fc.nat(60), rest: fc.uint8Array({ minLength: 3, maxLength: 60 }) }).map(({ length, rest }) => {
      const bytes = Buffer.alloc(4 + rest.length);
      bytes.writeUInt32BE(length);
      bytes.set(rest, 4);
      return bytes;
    }),
  );
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 4 }), (pieces) => {
      try {
        decode(pieces);
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

test.run();
