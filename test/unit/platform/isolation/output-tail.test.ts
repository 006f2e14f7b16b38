import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { OutputTail } from '../../../../platform/isolation/output-tail.ts';

const test = suite('platform/isolation/output-tail');

test('nothing printed is an empty text', () => {
  assert.is(new OutputTail().text(), '');
});

test('the text is the last 4,096 bytes, however they came in', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3000 }), { maxLength: 20 }), (chunks) => {
      const tail = new OutputTail();
      for (const chunk of chunks) tail.append(Buffer.from(chunk));
      assert.is(tail.text(), chunks.join('').slice(-4096));
    }),
  );
});

test('reading does not take away', () => {
  const tail = new OutputTail();
  tail.append(Buffer.from('one '));
  assert.is(tail.text(), 'one');
  tail.append(Buffer.from('two'));
  assert.is(tail.text(), 'one two');
});

test.run();
