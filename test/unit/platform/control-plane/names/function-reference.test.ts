import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matchesWhole, Violations } from '../../../../../platform/control-plane/input/violations.ts';
import {
  checkQualifier,
  checkReference,
  isAliasQualifier,
  isVersionQualifier,
  parseFunctionReference,
  REFERENCE_PATTERN_CREATE,
  REFERENCE_PATTERN_GET,
  type ReferenceFamily,
} from '../../../../../platform/control-plane/names/function-reference.ts';

const test = suite('platform/control-plane/names/function-reference');

const P_CREATE = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`;
const P_GET = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;

test('the patterns are the recorded ones, character for character', () => {
  assert.is(REFERENCE_PATTERN_CREATE, P_CREATE);
  assert.is(REFERENCE_PATTERN_GET, P_GET);
});

const parts = (name: string, more: object = {}) => ({ name, region: undefined, accountId: undefined, qualifier: undefined, ...more });
const FORMS: [string, ReturnType<typeof parseFunctionReference>][] = [
  ['f', parts('f')],
  ['f:1', parts('f', { qualifier: '1' })],
  ['f:$LATEST', parts('f', { qualifier: '$LATEST' })],
  ['f:$LATEST.PUBLISHED', parts('f', { qualifier: '$LATEST.PUBLISHED' })],
  ['function', parts('function')],
  ['function:f', parts('f')],
  ['function:f:live', parts('f', { qualifier: 'live' })],
  ['123456789012:f', parts('f', { accountId: '123456789012' })],
  ['123456789012:function:f:1', parts('f', { accountId: '123456789012', qualifier: '1' })],
  ['us-gov-west-1:123456789012:function:f', parts('f', { region: 'us-gov-west-1', accountId: '123456789012' })],
  ['arn:aws:lambda:eu-west-1:123456789012:function:f', parts('f', { region: 'eu-west-1', accountId: '123456789012' })],
  ['arn:aws-cn:lambda:eusc-de-east-1:123456789012:function:f:a', parts('f', { region: 'eusc-de-east-1', accountId: '123456789012', qualifier: 'a' })],
  // Recorded: an ARN that ends before the name is taken as a function called "function".
  ['arn:aws:lambda:us-east-1:111111111111:function', parts('function', { region: 'us-east-1', accountId: '111111111111' })],
  ['', undefined],
  ['*', undefined],
  ['f!', undefined],
  ['f:1:2', undefined],
  ['f:$latest', undefined],
  ['f:$LATES', undefined],
  ['a/b', undefined],
  ['f\n', undefined],
  ['invalid-account:function:f', undefined],
  ['arn:aws:lambda:invalid-region:111111111111:function:f', undefined],
  ['arn:aws:lambda::111111111111:function:f', undefined],
  ['arn:aws:lambda:us-east-1::function:f', undefined],
  ['arn:aws:ec2:us-east-1:111111111111:instance:i-1234567890abcdef0', undefined],
];
for (const [text, expected] of FORMS)
  test(`"${JSON.stringify(text).slice(1, -1)}" ${expected === undefined ? 'is no reference' : 'is taken apart'}`, () => {
    assert.equal(parseFunctionReference(text), expected);
  });

const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const piece = fc.oneof(
  name,
  fc.constantFrom('arn:', 'aws', 'aws-cn', ':lambda:', 'us-east-1:', 'eu-iso-west-1', '123456789012:', 'function:', ':', '$LATEST', '.PUBLISHED', '.', '!', '\n'),
);

test('what is taken apart is exactly what the pattern of Get operations accepts', () => {
  const texts = fc.oneof(fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')), fc.string());
  fc.assert(
    fc.property(texts, (text) => assert.is(parseFunctionReference(text) !== undefined, matchesWhole(P_GET, text))),
    { numRuns: 5000 },
  );
});

test('a reference put together from its parts is taken apart into them', () => {
  const all = fc.record({ name, accountId: fc.stringMatching(/^\d{12}$/), region: fc.constantFrom('us-east-1', 'ap-southeast-2', 'us-gov-east-1'), qualifier: fc.option(name, { nil: undefined }) });
  fc.assert(
    fc.property(all, (given) => {
      const tail = given.qualifier === undefined ? '' : `:${given.qualifier}`;
      const arn = `arn:aws:lambda:${given.region}:${given.accountId}:function:${given.name}${tail}`;
      assert.equal(parseFunctionReference(arn), { ...given });
    }),
  );
});

function violations(check: (found: Violations) => void): string {
  const found = new Violations();
  check(found);
  try {
    found.throwIfAny();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'none';
}

const LONG_ARN = `arn:aws:lambda:invalid-region:111111111111:function:my-function${'a'.repeat(170)}`;
const pattern = (value: string, text: string) => `Value '${value}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${text}`;
const length = (value: string, max: number) => `Value '${value}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${max}`;

/** Recorded answers of 25 November 2025, family by family. */
const RECORDED: [ReferenceFamily, string, string][] = [
  ['get', 'my-function!', `1 validation error detected: ${pattern('my-function!', P_GET)}`],
  ['delete', '*', `1 validation error detected: ${pattern('*', P_GET)}`],
  ['create', 'my-function!', `1 validation error detected: ${pattern('my-function!', P_CREATE)}`],
  ['get', LONG_ARN, `1 validation error detected: ${pattern(LONG_ARN, P_GET)}`],
  ['create', LONG_ARN, `2 validation errors detected: ${length(LONG_ARN, 140)}; ${pattern(LONG_ARN, P_CREATE)}`],
  ['create', `my-function:${'a'.repeat(129)}`, `1 validation error detected: ${length(`my-function:${'a'.repeat(129)}`, 140)}`],
  ['get', 'a'.repeat(65), 'none'],
  ['get', 'a'.repeat(170), 'none'],
  ['get', 'a'.repeat(171), `1 validation error detected: ${length('a'.repeat(171), 170)}`],
  ['delete', 'a'.repeat(140), 'none'],
  ['delete', 'a'.repeat(141), `1 validation error detected: ${length('a'.repeat(141), 140)}`],
  ['update', 'f.g', `1 validation error detected: ${pattern('f.g', P_CREATE)}`],
  ['get', 'f.g', 'none'],
];
for (const [family, reference, expected] of RECORDED)
  test(`${family}: a reference of ${reference.length} characters beginning "${reference.slice(0, 20)}" gives ${expected.slice(0, 20)}`, () => {
    assert.is(violations((found) => checkReference(found, family, reference)), expected);
  });

test('a qualifier has 1 to 128 characters of the recorded pattern', () => {
  const bad = (value: string, constraint: string) => `1 validation error detected: Value '${value}' at 'qualifier' failed to satisfy constraint: ${constraint}`;
  const text = String.raw`Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`;
  assert.is(violations((found) => checkQualifier(found, 'invalid!')), bad('invalid!', text));
  assert.is(violations((found) => checkQualifier(found, 'a'.repeat(129))), bad('a'.repeat(129), 'Member must have length less than or equal to 128'));
  for (const good of ['a'.repeat(128), '$LATEST', '$latest', '$LATEST.PUBLISHED', '1', undefined])
    assert.is(violations((found) => checkQualifier(found, good)), 'none');
});

test('digits are a version, other words an alias, and what begins with a dollar is neither', () => {
  assert.equal(['1', '007'].map(isVersionQualifier), [true, true]);
  assert.equal(['live', '1a', '-'].map(isAliasQualifier), [true, true, true]);
  assert.equal(['1', '$LATEST', '$latest', ''].map(isAliasQualifier), [false, false, false, false]);
});

test.run();
