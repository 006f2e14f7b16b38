import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesWhole, Violations } from '../../../../../platform/control-plane/input/violations.ts';

const test = suite('platform/control-plane/input/violations');

function textOf(check: (violations: Violations) => void): string {
  const violations = new Violations();
  check(violations);
  try {
    violations.throwIfAny();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'none';
}
const one = (rest: string) => `1 validation error detected: ${rest}`;

test('nothing found throws nothing', () => assert.is(textOf(() => {}), 'none'));

test('one violation is singular, several are plural and joined', () => {
  assert.is(textOf((found) => found.string('a', 'xx', { max: 1 })), one("Value 'xx' at 'a' failed to satisfy constraint: Member must have length less than or equal to 1"));
  const text = textOf((found) => {
    found.string('a', undefined, { required: true });
    found.integer('b', 0, { min: 1, max: 2 });
  });
  assert.is(
    text,
    "2 validation errors detected: Value null at 'a' failed to satisfy constraint: Member must not be null; " +
      "Value '0' at 'b' failed to satisfy constraint: Member must have value greater than or equal to 1",
  );
});

test('each limit holds on both of its sides', () => {
  assert.is(textOf((found) => found.string('a', 'xx', { min: 2, max: 2 })), 'none');
  assert.match(textOf((found) => found.string('a', 'x', { min: 2 })), /length greater than or equal to 2$/);
  assert.is(textOf((found) => found.integer('a', 1, { min: 1, max: 2 })), 'none');
  assert.is(textOf((found) => found.integer('a', 2, { min: 1, max: 2 })), 'none');
  assert.match(textOf((found) => found.integer('a', 3, { min: 1, max: 2 })), /value less than or equal to 2$/);
  assert.is(textOf((found) => found.string('a', undefined, { min: 1 })), 'none');
});

test('an enum lists its values', () => {
  assert.is(textOf((found) => found.string('functionVersion', 'invalid', { oneOf: ['ALL'] })), one("Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]"));
});

test('a list is printed whole, with every rule of its elements', () => {
  const rule = { max: 1, element: { accepts: (value: string) => value === 'x', texts: ['first', 'second'] } };
  assert.is(textOf((found) => found.list('a', ['y'], rule)), one("Value '[y]' at 'a' failed to satisfy constraint: Member must satisfy constraint: [first, second]"));
  assert.is(textOf((found) => found.list('a', ['x', 'x'], rule)), one("Value '[x, x]' at 'a' failed to satisfy constraint: Member must have length less than or equal to 1"));
});

test('a member that may be secret is not printed', () => {
  assert.is(textOf((found) => found.addUnprinted('environment.variables', 'c')), one("Value at 'environment.variables' failed to satisfy constraint: c"));
});

test('a pattern holds for the whole value, line ends included', () => {
  assert.is(matchesWhole('a|b', 'ab'), false);
  assert.is(matchesWhole('a|b', 'b'), true);
  assert.is(matchesWhole('[a-z]+', 'a\n'), false);
});

test.run();
