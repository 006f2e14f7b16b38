import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UnreadBytes } from '../../../../runtime-api/http/unread-bytes.ts';

const test = suite('runtime-api/http/unread-bytes');

test('a chunk that meets nothing unread is kept as it came, without a copy', () => {
  const unread = new UnreadBytes();
  const chunk = Buffer.from('abc');
  unread.append(chunk);
  assert.is(unread.view, chunk);
});

test('slices that were handed out keep their content whatever is appended later', () => {
  const unread = new UnreadBytes();
  unread.append(Buffer.from('head'));
  unread.append(Buffer.from('body'));
  const slice = unread.view.subarray(0, 4);
  unread.consume(4);
  for (let index = 0; index < 100; index += 1) unread.append(Buffer.from('more'));
  assert.is(slice.toString(), 'head');
  assert.is(unread.view.length, 404);
});

test('any sequence of appending and consuming reads like one long text', () => {
  const step = fc.oneof(fc.record({ append: fc.string({ maxLength: 30 }) }), fc.record({ consume: fc.nat(40) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const unread = new UnreadBytes();
      let model = '';
      for (const each of steps) {
        if ('append' in each) {
          const bytes = Buffer.from(each.append, 'latin1');
          unread.append(bytes);
          model += bytes.toString('latin1');
        } else {
          const bytes = Math.min(each.consume, model.length);
          unread.consume(bytes);
          model = model.slice(bytes);
        }
        assert.is(unread.view.toString('latin1'), model);
      }
    }),
  );
});

test('clearing forgets everything', () => {
  const unread = new UnreadBytes();
  unread.append(Buffer.from('a'));
  unread.append(Buffer.from('b'));
  unread.clear();
  assert.is(unread.view.length, 0);
});

test.run();
