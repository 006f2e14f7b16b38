import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { absent, anyOf, between, containing, describeExpected, isAccepted, milliseconds, present, rowsFor } from '../../conformance/index.ts';

const test = suite('conformance/accept');

for (const [title, expected, observed, outcome] of [
  ['a row accepts what has its members and more', { a: 1 }, { a: 1, b: 2 }, true],
  ['a row refuses another value', { a: 1 }, { a: 2 }, false],
  ['a row refuses a missing member', { a: 1 }, { b: 1 }, false],
  ['members are compared in depth', { a: { b: ['c'] } }, { a: { b: ['c'], d: 1 } }, true],
  ['a number is not the text of it', { a: 1 }, { a: '1' }, false],
  ['a list must have the same length', { a: [1] }, { a: [1, 2] }, false],
  ['an empty list accepts the empty list only', { a: [] }, { a: [1] }, false],
  ['an object in a row refuses a list', { a: {} }, { a: [] }, false],
  ['an object in a row refuses null', { a: {} }, { a: null }, false],
  ['a pattern is searched in text', { a: /b+/ }, { a: 'abb' }, true],
  ['a pattern refuses what is no text', { a: /1/ }, { a: 1 }, false],
  ['absent accepts a missing member', { a: absent }, {}, true],
  ['absent refuses an empty text', { a: absent }, { a: '' }, false],
  ['present refuses a missing member', { a: present }, {}, false],
  ['present refuses an empty text', { a: present }, { a: '' }, false],
  ['between accepts its lower end', { a: between(1, 2) }, { a: 1 }, true],
  ['between accepts its upper end', { a: between(1, 2) }, { a: 2 }, true],
  ['between refuses what is above', { a: between(1, 2) }, { a: 2.01 }, false],
  ['between refuses what is no number', { a: between(1, 2) }, { a: Number.NaN }, false],
  ['containing looks for a part', { a: containing('b') }, { a: 'abc' }, true],
  ['anyOf accepts one of several', { a: anyOf(1, /x/) }, { a: 'xx' }, true],
  ['anyOf refuses everything else', { a: anyOf(1, /x/) }, { a: 'y' }, false],
] as const) {
  test(title, () => assert.is(isAccepted([expected], observed), outcome));
}

test('any one of several rows is enough', () => {
  assert.ok(isAccepted([{ a: 1 }, { a: 2 }], { a: 2 }));
  assert.not.ok(isAccepted([], { a: 2 }));
});

test('tolerance widens time spans upwards and nothing else', () => {
  assert.not.ok(isAccepted([{ a: milliseconds(100, 200) }], { a: 250 }));
  assert.ok(isAccepted([{ a: milliseconds(100, 200) }], { a: 250 }, 2));
  assert.not.ok(isAccepted([{ a: milliseconds(100, 200) }], { a: 99 }, 2));
  assert.not.ok(isAccepted([{ a: between(100, 200) }], { a: 250 }, 2));
});

test('rows of a profile are those of that profile', () => {
  assert.equal(rowsFor([{ a: 1 }], 'rie'), [{ a: 1 }]);
  assert.equal(rowsFor({ aws: [{ a: 1 }], rie: [{ a: 2 }] }, 'rie'), [{ a: 2 }]);
});

test('a row reads as it is written', () => {
  assert.is(describeExpected({ a: [1, /b/], c: between(1, 2), d: absent }), '{ a: [1, /b/], c: <1 to 2>, d: <absent> }');
});

test.run();
