import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PreludeReader } from '../../../../runtime-api/function-url/prelude-reader.ts';
import { PRELUDE_BYTES_MAX } from '../../../../runtime-api/protocol/function-url.ts';

const test = suite('runtime-api/function-url/prelude-reader');

test('however a stream is cut, head and body are the same', () => {
  const whole = Buffer.from(`{"statusCode":201}${'\0'.repeat(8)}\0body\0`);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: whole.length })), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const reader = new PreludeReader();
      let body: Buffer | undefined;
      for (let index = 1; index < edges.length; index += 1) {
        const piece = whole.subarray(edges[index - 1], edges[index]);
        if (body !== undefined) {
          body = Buffer.concat([body, piece]);
          continue;
        }
        const progress = reader.accept(piece);
        if (progress.kind === 'done') {
          assert.is(progress.head.status, 201);
          body = progress.rest;
        } else assert.is(progress.kind, 'more');
      }
      assert.is(body?.toString(), '\0body\0');
    }),
  );
});

test('a prelude of the longest length is read, a longer one is refused before its end', () => {
  const head = `{"headers":{"a":"`;
  const longest = `${head}${'x'.repeat(PRELUDE_BYTES_MAX - head.length - 3)}"}}`;
  assert.is(new PreludeReader().accept(Buffer.from(`${longest}${'\0'.repeat(8)}`)).kind, 'done');
  assert.is(new PreludeReader().accept(Buffer.from(`${longest} ${'\0'.repeat(8)}`)).kind, 'bad');
  assert.is(new PreludeReader().accept(Buffer.from('x'.repeat(PRELUDE_BYTES_MAX + 1))).kind, 'bad');
});

test('a prelude that is no JSON is refused', () => {
  assert.is(new PreludeReader().accept(Buffer.from(`nonsense${'\0'.repeat(8)}`)).kind, 'bad');
});

test.run();
