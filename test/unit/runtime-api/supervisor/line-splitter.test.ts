import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LineSplitter } from '../../../../runtime-api/supervisor/line-splitter.ts';

const test = suite('runtime-api/supervisor/line-splitter');
const MAX = 262_144;

function split(pieces: readonly (string | Buffer)[], { isFlushed = false } = {}): { lines: Buffer[]; ended: boolean[] } {
  const lines: Buffer[] = [];
  const ended: boolean[] = [];
  const splitter = new LineSplitter((line, isEnded) => {
    lines.push(line);
    ended.push(isEnded);
  });
  for (const piece of pieces) splitter.push(Buffer.from(piece));
  if (isFlushed) splitter.flush();
  return { lines, ended };
}
const texts = (pieces: readonly (string | Buffer)[], options = {}): string[] => split(pieces, options).lines.map(String);

test('lines are put together from pieces; carriage returns stay', () => assert.equal(texts(['a', 'b\nc\r\n', '\n', 'd']), ['ab', 'c\r', '']));

test('what has no end is a line when it is asked for', () => {
  assert.equal(texts(['a'], { isFlushed: true }), ['a']);
  assert.equal(texts(['a\n'], { isFlushed: true }), ['a']);
  assert.equal(split(['a\nb'], { isFlushed: true }).ended, [true, false]);
});

test('a line of the limit is whole, one byte more is cut', () => {
  assert.equal(split([`${'x'.repeat(MAX)}\n`]).lines.map(({ length }) => length), [MAX]);
  assert.equal(split([`${'x'.repeat(MAX + 1)}\n`]).lines.map(({ length }) => length), [MAX, 1]);
  assert.equal(split([`${'x'.repeat(MAX + 1)}\n`]).ended, [false, true]);
});

test('10 MB without an end come out in records of the limit, and nothing is lost', () => {
  const { lines } = split(Array.from({ length: 160 }, () => Buffer.alloc(65_536, 'x')), { isFlushed: true });
  assert.ok(lines.every(({ length }) => length <= MAX));
  assert.is(lines.reduce((sum, { length }) => sum + length, 0), 160 * 65_536);
});

for (const character of ['ä', '€', '😀']) {
  test(`no record ends in the middle of ${character}`, () => {
    for (let shift = 0; shift < 4; shift += 1) {
      const text = `${'x'.repeat(shift)}${character.repeat(100_000)}`;
      const cut = texts([text], { isFlushed: true });
      assert.is(cut.join(''), text);
      assert.ok(cut.every((line) => !line.includes('\ufffd')));
    }
  });
}

test('what is no UTF-8 is cut at the limit', () => assert.equal(split([Buffer.alloc(MAX + 5, 0xff)], { isFlushed: true }).lines.map(({ length }) => length), [MAX - 1, 6]));

test('a line that comes byte by byte is one line', () => assert.equal(texts(Array.from('x'.repeat(1_000)).concat('\n')), ['x'.repeat(1_000)]));

test('any bytes in any pieces come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
      const { lines, ended } = split(pieces.map((piece) => Buffer.from(piece)), { isFlushed: true });
      const out = Buffer.concat(lines.flatMap((line, index) => (ended[index] === true ? [line, Buffer.from('\n')] : [line])));
      assert.ok(out.equals(Buffer.concat(pieces)));
    }),
  );
});

test.run();
