import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WholeLines } from '../../../../runtime-api/emulator/whole-lines.ts';
import { LOG_LINE_BYTES_MAX } from '../../../../runtime-api/protocol/limits.ts';

const test = suite('runtime-api/emulator/whole-lines');

test('a line comes out behind the prefix when it is complete, and not before', () => {
  const lines = new WholeLines('a | ');
  assert.is(lines.accept(Buffer.from('one')).toString(), '');
  assert.is(lines.accept(Buffer.from(' line\n\ntwo')).toString(), 'a | one line\na | \n');
  assert.is(lines.end().toString(), 'a | two\n');
  assert.is(lines.end().toString(), '');
});

test('however it is cut, the lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom('\n', 'x', 'é', '\r'), { maxLength: 20 })), (pieces) => {
      const lines = new WholeLines('> ');
      const text = pieces.map((piece) => piece.join(''));
      const out = Buffer.concat([...text.map((piece) => lines.accept(Buffer.from(piece))), lines.end()]).toString();
      const whole = text.join('');
      const wanted = whole === '' ? '' : (whole.endsWith('\n') ? whole.slice(0, -1) : whole).split('\n').map((line) => `> ${line}\n`).join('');
      assert.is(out, wanted);
    }),
  );
});

test('a line of the longest length stays whole, a longer one is broken there', () => {
  const lines = new WholeLines('');
  const longest = `${'x'.repeat(LOG_LINE_BYTES_MAX - 1)}\n`;
  assert.is(lines.accept(Buffer.from(longest)).toString(), longest);
  const out = lines.accept(Buffer.from('y'.repeat(LOG_LINE_BYTES_MAX + 1))).toString();
  assert.is(out, `${'y'.repeat(LOG_LINE_BYTES_MAX)}\n`);
  assert.is(lines.end().toString(), 'y\n');
});

test.run();
