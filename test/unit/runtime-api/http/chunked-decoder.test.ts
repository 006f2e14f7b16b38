import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ChunkedDecoder } from '../../../../runtime-api/http/chunked-decoder.ts';

const test = suite('runtime-api/http/chunked-decoder');
const TRAILERS_MAX = 1_000;

type Read = { kind: string; body: string; consumed?: number; trailers?: Record<string, string> };

/** Feeds `bytes` in pieces that end at the given positions. */
function decode(bytes: Buffer, cuts: readonly number[] = []): Read {
  const decoder = new ChunkedDecoder(TRAILERS_MAX);
  const parts: Buffer[] = [];
  let consumed = 0;
  const ends = [...cuts, bytes.length];
  let from = 0;
  for (const end of ends) {
    const result = decoder.push(bytes.subarray(from, end), (slice) => parts.push(Buffer.from(slice)));
    const body = Buffer.concat(parts).toString('latin1');
    if (result.kind === 'malformed') return { kind: 'malformed', body };
    if (result.kind === 'done') return { kind: 'done', body, consumed: from + result.consumed, trailers: Object.fromEntries(result.trailers) };
    consumed = end;
    from = end;
  }
  return { kind: 'more', body: Buffer.concat(parts).toString('latin1'), consumed };
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test('chunks are joined and what follows the last one is left unread', () => {
  assert.equal(decode(latin1('3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /')), { kind: 'done', body: 'abc0123456789', consumed: 28, trailers: {} });
});

test('the reading does not depend on where the bytes are split', () => {
  const bytes = latin1('3\r\nabc\r\n00000005\r\nde\r\nf\r\n0\r\nX-One: 1\r\nx-two:\t 2 \r\n\r\n');
  const whole = decode(bytes);
  assert.equal(whole, { kind: 'done', body: 'abcde\r\nf', consumed: bytes.length, trailers: { 'x-one': '1', 'x-two': '2' } });
  for (let cut = 1; cut < bytes.length; cut += 1) assert.equal(decode(bytes, [cut]), whole, `cut at ${cut}`);
  assert.equal(decode(bytes, Array.from({ length: bytes.length - 1 }, (_, index) => index + 1)), whole);
});

for (const [title, text] of [
  ['an extension', '3;a=b\r\nabc\r\n0\r\n\r\n'],
  ['a blank after the size', '3 \r\nabc\r\n0\r\n\r\n'],
  ['a size with a sign', '+3\r\nabc\r\n0\r\n\r\n'],
  ['a size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
  ['no size', '\r\nabc\r\n0\r\n\r\n'],
  ['a size of nine digits', '000000003\r\nabc\r\n0\r\n\r\n'],
  ['a size line ended by a bare line feed', '3\nabc\r\n0\r\n\r\n'],
  ['a chunk that is longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
  ['a chunk whose end is a bare line feed', '3\r\nabc\n0\r\n\r\n'],
  ['a trailer without colon', '0\r\nabc\r\n\r\n'],
  ['a trailer with a blank before its colon', '0\r\na : b\r\n\r\n'],
  ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n'],
  ['a trailer that would change the framing', '0\r\nContent-Length: 5\r\n\r\n'],
  ['a trailer with a NUL', '0\r\na: b\0\r\n\r\n'],
] as const) {
  test(`${title} is malformed`, () => assert.is(decode(latin1(text)).kind, 'malformed'));
}

test('trailers are bounded in bytes, whether in one line or in many', () => {
  const fits = `0\r\na: ${'x'.repeat(TRAILERS_MAX - 3)}\r\n\r\n`;
  assert.is(decode(latin1(fits)).kind, 'done');
  assert.is(decode(latin1(fits.replace('a: ', 'a: x'))).kind, 'malformed');
  const many = Array.from({ length: 60 }, (_, index) => `n${index}: ${'x'.repeat(20)}\r\n`).join('');
  assert.is(decode(latin1(`0\r\n${many}\r\n`)).kind, 'malformed');
});

test('trailers are bounded in number even under one name', () => {
  const lines = (count: number): string => `0\r\n${'a: b\r\n'.repeat(count)}\r\n`;
  assert.is(decode(latin1(lines(100))).kind, 'done');
  assert.is(decode(latin1(lines(101))).kind, 'malformed');
});

test('a trailer of blanks is read in linear time', () => {
  const decoder = new ChunkedDecoder(9_000_000);
  const result = decoder.push(latin1(`0\r\na: ${' '.repeat(8_000_000)}\x01\r\n`), () => {});
  assert.is(result.kind, 'malformed');
});

test('whatever was encoded is decoded, in any pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }), fc.array(fc.nat(300), { maxLength: 6 }), (chunks, cuts) => {
      const bytes = Buffer.concat([...chunks.flatMap((chunk) => [latin1(`${chunk.length.toString(16)}\r\n`), Buffer.from(chunk), latin1('\r\n')]), latin1('0\r\n\r\n')]);
      const places = [...new Set(cuts)].filter((cut) => cut > 0 && cut < bytes.length).sort((left, right) => left - right);
      const read = decode(bytes, places);
      assert.equal(read, { kind: 'done', body: Buffer.concat(chunks).toString('latin1'), consumed: bytes.length, trailers: {} });
    }),
  );
});

test('arbitrary bytes are read or refused, never thrown at', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decode(Buffer.from(bytes))));
});

test.run();
