import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isJson } from '../../../../runtime-api/front-door/json-syntax.ts';

const test = suite('runtime-api/front-door/json-syntax');

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** At every alignment in memory, because long strings are read in words. */
function isJsonAnywhere(text: string): boolean {
  const bytes = Buffer.from(text, 'utf8');
  const answers = [0, 1, 2, 3].map((shift) => {
    const memory = Buffer.alloc(bytes.length + shift + 5, '"');
    bytes.copy(memory, shift);
    return isJson(memory.subarray(shift, shift + bytes.length));
  });
  assert.is(new Set(answers).size, 1, `the alignment decides: ${JSON.stringify(text)}`);
  return answers[0] === true;
}

function agrees(text: string): void {
  assert.is(isJsonAnywhere(text), parses(text), JSON.stringify(text));
}

const GOOD = [
  '0', '-0', '1', '-1', '10', '1.5', '0.0', '1e5', '1E+5', '1e-05', '-0.0e-0', '123456789012345678901234567890', '""', '"a"', '"\\u00e4\\n\\"\\\\\\/\\b\\f\\r\\t"', '"ä€😀"', '"\u2028"', '"\x7f"',
  'true', 'false', 'null', '[]', '{}', ' [ ] ', '\t\r\n {} \n', '[1,2,[3,[4]],{}]', '{"a":1}', '{"a":{"b":[{"c":null}]},"a":2}', '{"":""}', '[[[[]]]]', `"${'x'.repeat(500)}"`,
];
const BAD = [
  '', ' ', '-', '+1', '01', '-01', '1.', '.5', '1e', '1e+', '0x1', '1_0', 'NaN', 'Infinity', '-Infinity', 'tru', 'truee', 'True', 'nul', 'fals', 'undefined', '"', '"a', "'a'", '"\\x"', '"\\u12"', '"\\u12g4"', '"\\', '"\n"', '"\t"', '"\0"',
  '[', ']', '[1', '[1,', '[1,]', '[,1]', '[1 2]', '{', '}', '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}', '{a:1}', '{1:1}', '{"a" 1}', '{"a":1 "b":2}', '[}', '{]', '[1}', '{"a":1]', '[]]', '{}{}', '1 2', '[] x', '//', '/**/1', '\ufeff1', '\x0b1', '\xa01', '1\0', `"${'x'.repeat(500)}`, `"${'x'.repeat(250)}\x1f${'x'.repeat(250)}"`,
];

test('what is JSON is accepted', () => {
  for (const text of GOOD) assert.ok(isJsonAnywhere(text) && parses(text), JSON.stringify(text));
});

test('what is not is refused', () => {
  for (const text of BAD) assert.not.ok(isJsonAnywhere(text) || parses(text), JSON.stringify(text));
});

test('every byte value inside a string, at every place of a word, is judged as JSON.parse judges it', () => {
  for (let byte = 0; byte < 0x80; byte += 1) {
    for (let place = 0; place < 8; place += 1) agrees(`"${'x'.repeat(200 + place)}${String.fromCharCode(byte)}${'y'.repeat(20)}"`);
  }
});

test('every string of three bytes of a small alphabet is judged as JSON.parse judges it', () => {
  const alphabet = ['', '0', '1', '-', '.', 'e', '"', '\\', '[', ']', '{', '}', ',', ':', ' ', 'n', '\n', 'u'];
  for (const a of alphabet) for (const b of alphabet) for (const c of alphabet) for (const around of ['', '[1]', '"x"']) agrees(around.slice(0, 1) + a + b + c + around.slice(1));
});

test('any value that was written is accepted', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), fc.nat(4), (value, indent) => agrees(JSON.stringify(value, undefined, indent))), { numRuns: 2_000 });
});

test('any value that was written and then damaged is judged as JSON.parse judges it', () => {
  const piece = fc.constantFrom('"', '\\', ',', ':', '[', ']', '{', '}', '0', '-', '.', 'e', 'E', '+', ' ', '\n', '\0', '\x1f', '\x7f', 'ä', 'u', 't', 'null', '\\u12', '/');
  const damage = fc.record({ at: fc.nat(1_000), remove: fc.nat(2), insert: fc.oneof(fc.constant(''), piece) });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.array(damage, { minLength: 1, maxLength: 3 }), fc.nat(2), (value, damages, indent) => {
      let text = JSON.stringify({ long: 'x'.repeat(150), value }, undefined, indent);
      for (const { at, remove, insert } of damages) text = text.slice(0, at % (text.length + 1)) + insert + text.slice((at % (text.length + 1)) + remove);
      agrees(text.toWellFormed());
    }),
    { numRuns: 20_000 },
  );
});

test('depth is no limit', () => {
  const depth = 1_000_000;
  assert.ok(isJson(Buffer.from('['.repeat(depth) + ']'.repeat(depth))));
  assert.not.ok(isJson(Buffer.from('['.repeat(depth) + ']'.repeat(depth - 1))));
  assert.not.ok(isJson(Buffer.from(`${'['.repeat(depth)}}${']'.repeat(depth - 1)}`)));
});

test.run();
