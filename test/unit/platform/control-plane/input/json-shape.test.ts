import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isParseable, JSON_DEPTH_MAX, JSON_VALUES_MAX } from '../../../../../platform/control-plane/input/json-shape.ts';

const test = suite('platform/control-plane/input/json-shape');

const fits = (text: string) => isParseable(Buffer.from(text));

test('nesting at the limit fits and one deeper does not', () => {
  for (const [open, close] of [['[', ']'], ['{"a":', '}']] as const) {
    const nested = (depth: number) => open.repeat(depth) + '1' + close.repeat(depth);
    assert.is(fits(nested(JSON_DEPTH_MAX)), true);
    assert.is(fits(nested(JSON_DEPTH_MAX + 1)), false);
  }
});

test('values at the limit fit and one more does not, whether they are plain or empty structures', () => {
  const list = (commas: number) => `[${'1,'.repeat(commas)}1]`;
  assert.is(fits(list(JSON_VALUES_MAX - 1)), true);
  assert.is(fits(list(JSON_VALUES_MAX)), false);
  assert.is(fits(`[${'[]'.repeat(JSON_VALUES_MAX)}`), false);
});

test('what is inside a string does not count, however it is escaped', () => {
  for (const inside of ['['.repeat(99), String.raw`\"${'['.repeat(99)}`, String.raw`\\\"${'{,'.repeat(99)}`])
    assert.is(fits(`{"a":"${inside}"}`), true, inside.slice(0, 8));
  assert.is(fits(`{"a":"${String.raw`\\`}",${'['.repeat(99)}`), false);
});

test('a string that does not end is somebody else\'s error', () => {
  assert.is(fits('{"a":"['), true);
  assert.is(fits('"'), true);
  assert.is(fits(''), true);
});

test('sixty megabytes of brackets are refused', () => {
  assert.is(isParseable(Buffer.alloc(60_000_000, '[')), false);
  assert.is(isParseable(Buffer.alloc(60_000_000, '{},')), false);
});

test('the count agrees with the parsed value', () => {
  const measure = (value: unknown): { depth: number } => {
    if (typeof value !== 'object' || value === null) return { depth: 0 };
    return { depth: 1 + Math.max(0, ...Object.values(value).map((inner) => measure(inner).depth)) };
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = Buffer.from(JSON.stringify(value));
      const { depth } = measure(value);
      assert.is(isParseable(text, { depthMax: depth, valuesMax: 1_000_000 }), true);
      if (depth > 0) assert.is(isParseable(text, { depthMax: depth - 1, valuesMax: 1_000_000 }), false);
    }),
  );
});

test.run();
