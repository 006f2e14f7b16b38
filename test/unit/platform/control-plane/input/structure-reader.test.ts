import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../../platform/api/index.ts';
import { StructureReader } from '../../../../../platform/control-plane/input/structure-reader.ts';

const test = suite('platform/control-plane/input/structure-reader');

const read = (value: unknown) => StructureReader.parse(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.instance(error, ApiError);
    if (error instanceof ApiError) assert.is(error.errorName, 'SerializationException');
    return error instanceof Error ? error.message : '';
  }
  throw new Error('the value was accepted');
}

test('members are read by their type', () => {
  const body = read({ s: 'x', i: 7, b: false, l: ['a'], m: { k: 'v' }, n: { i: 1 }, z: 'aGk=', t: [{ s: 'y' }] });
  assert.is(body.string('s'), 'x');
  assert.is(body.integer('i'), 7);
  assert.is(body.boolean('b'), false);
  assert.equal(body.stringList('l'), ['a']);
  assert.equal(body.stringMap('m'), new Map([['k', 'v']]));
  assert.is(body.structure('n')?.integer('i'), 1);
  assert.equal(body.blob('z'), Buffer.from('hi'));
  assert.is(body.structureList('t')?.[0]?.string('s'), 'y');
});

test('null and absent members are absent, and unknown ones are ignored', () => {
  const body = read({ s: null, unknown: 1, m: { k: null } });
  assert.is(body.string('s'), undefined);
  assert.is(body.has('s'), false);
  assert.is(body.integer('i'), undefined);
  assert.equal(body.stringMap('m'), new Map());
});

test('an empty body is an empty structure', () => {
  assert.is(read('').has('s'), false);
  assert.is(read(' \n').has('s'), false);
});

test('names of object properties are ordinary names', () => {
  const body = read('{"__proto__":{"s":"x"},"m":{"__proto__":"a","constructor":"b"}}');
  assert.is(body.string('s'), undefined);
  assert.is(body.has('toString'), false);
  assert.equal([...(body.stringMap('m') ?? [])], [['__proto__', 'a'], ['constructor', 'b']]);
});

const WRONG: [string, unknown, (body: StructureReader) => unknown, string][] = [
  ['a number for a string', { x: 1 }, (body) => body.string('x'), 'NUMBER_VALUE can not be converted to a String'],
  ['true for a string', { x: true }, (body) => body.string('x'), 'TRUE_VALUE can not be converted to a String'],
  ['false for a string', { x: false }, (body) => body.string('x'), 'FALSE_VALUE can not be converted to a String'],
  ['a string for an integer', { x: '1' }, (body) => body.integer('x'), 'STRING_VALUE can not be converted to an Integer'],
  ['a fraction for an integer', { x: 1.5 }, (body) => body.integer('x'), 'DECIMAL_VALUE can not be converted to an Integer'],
  ['a string for a boolean', { x: 'true' }, (body) => body.boolean('x'), 'STRING_VALUE can not be converted to a Boolean'],
  ['a list for a string', { x: [] }, (body) => body.string('x'), 'Start of list found where not expected'],
  ['a structure for a string', { x: {} }, (body) => body.string('x'), 'Start of structure or map found where not expected.'],
  ['a structure for a list', { x: {} }, (body) => body.stringList('x'), 'Start of structure or map found where not expected.'],
  ['a number in a list of strings', { x: [1] }, (body) => body.stringList('x'), 'NUMBER_VALUE can not be converted to a String'],
  ['null in a list of strings', { x: [null] }, (body) => body.stringList('x'), 'NULL_VALUE can not be converted to a String'],
  ['a number in a map of strings', { x: { k: 1 } }, (body) => body.stringMap('x'), 'NUMBER_VALUE can not be converted to a String'],
  ['a list for a structure', { x: [] }, (body) => body.structure('x'), 'Start of list found where not expected'],
  ['a string for a structure', { x: 's' }, (body) => body.structure('x'), 'Unexpected field type'],
  ['text that is no base64', { x: 'n?t' }, (body) => body.blob('x'), 'Invalid base64 in a blob member'],
  ['base64 of an impossible length', { x: 'a' }, (body) => body.blob('x'), 'Invalid base64 in a blob member'],
];
for (const [title, value, action, expected] of WRONG)
  test(`${title} is refused: ${expected}`, () => assert.is(refusalOf(() => action(read(value))), expected));

for (const body of ['{', 'nonsense', '[]', '"s"', '1', 'null', '{"a":1}x', '\u0000'])
  test(`a body of ${JSON.stringify(body)} is refused, and not quoted`, () => {
    const text = refusalOf(() => read(body));
    assert.ok(text.length > 0);
    assert.not.match(text, /nonsense/);
  });

test('no JSON makes a reader fail otherwise than with a serialization error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.string(), (body, name) => {
      for (const method of ['string', 'integer', 'boolean', 'blob', 'structure', 'stringList', 'structureList', 'stringMap'] as const) {
        try {
          StructureReader.parse(Buffer.from(body))[method](name);
        } catch (error) {
          assert.ok(error instanceof ApiError && error.errorName === 'SerializationException');
        }
      }
    }),
    { numRuns: 500 },
  );
});

test.run();
