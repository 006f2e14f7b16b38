import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import { DEFAULT_POLICY, parsePolicy, phaseOf, POLICY_ERRORS } from '../../../../platform/policy/index.ts';

const test = suite('platform/policy/lifecycle-schema');

const row = (change: object = {}) => ({
  identifier: 'nodejs1.x',
  family: 'nodejs',
  deprecation: '2030-01-01',
  blockCreate: '2030-02-01',
  blockUpdate: '2030-03-01',
  ...change,
});
const table = (...runtimes: object[]) => ({ runtimes, internalIdentifiers: [] });

function refusalOf(input: unknown): string {
  try {
    parsePolicy(input);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    assert.is(error.code, 'policy/table-invalid');
    assert.ok(error.code in POLICY_ERRORS);
    return error.message;
  }
  throw new Error('the table was accepted');
}

test('a row whose phases are in order is accepted, also when they fall on one day', () => {
  assert.is(parsePolicy(table(row())).runtimes.length, 1);
  parsePolicy(table(row({ deprecation: '2030-03-01', blockCreate: '2030-03-01' })));
  parsePolicy(table(row({ deprecation: null, blockCreate: null, blockUpdate: null })));
});

const WRONG: [string, unknown, RegExp][] = [
  ['a creation block after the update block', table(row({ blockCreate: '2030-04-01' })), /blockCreate is after blockUpdate/],
  ['a deprecation after the creation block', table(row({ deprecation: '2030-02-02' })), /deprecation is after blockCreate/],
  ['a deprecation after the update block', table(row({ deprecation: '2031-01-01', blockCreate: null })), /deprecation is after blockUpdate/],
  ['a day that does not exist', table(row({ deprecation: '2030-02-30' })), /runtimes\.0\.deprecation/],
  ['a moment instead of a day', table(row({ deprecation: '2030-01-01T00:00:00Z' })), /runtimes\.0\.deprecation/],
  ['the same identifier twice', table(row(), row()), /nodejs1\.x is listed twice/],
  ['an unknown member', table(row({ retire: '2031-01-01' })), /retire/],
  ['an identifier with capitals', table(row({ identifier: 'NodeJS' })), /runtimes\.0\.identifier/],
  ['an empty table', table(), /runtimes/],
  ['something else', null, /table/],
];
for (const [title, input, expected] of WRONG)
  test(`${title} is refused, and the row is named`, () => {
    assert.match(refusalOf(input), expected);
  });

test('a row from before the rule may have been blocked before its deprecation', () => {
  parsePolicy(table(row({ deprecation: '2030-02-15', blockedBeforeDeprecation: true })));
});

/** Retyped from the life-cycle table of the specification notes. */
const DATES: [string, string, string, string][] = [
  ['nodejs24.x', '2028-04-30', '2028-06-01', '2028-07-01'],
  ['nodejs20.x', '2026-04-30', '2027-02-01', '2027-03-03'],
  ['nodejs14.x', '2023-12-04', '2024-01-09', '2027-03-03'],
  ['python3.14', '2029-06-30', '2029-07-31', '2029-08-31'],
  ['python3.12', '2028-10-31', '2028-11-30', '2029-01-10'],
  ['java8', '2024-01-08', '2024-02-08', '2027-03-03'],
  ['java17', '2027-06-30', '2027-07-31', '2027-08-31'],
  ['dotnet10', '2028-11-14', '2028-12-14', '2029-01-15'],
  ['ruby4.0', '2029-03-31', '2029-04-30', '2029-05-31'],
  ['provided.al2', '2026-07-31', '2027-02-01', '2027-03-03'],
  ['provided.al2023', '2029-06-30', '2029-07-31', '2029-08-31'],
];
for (const [identifier, deprecation, blockCreate, blockUpdate] of DATES)
  test(`${identifier} has the dates of the specification`, () => {
    const entry = DEFAULT_POLICY.runtimes.find((candidate) => candidate.identifier === identifier);
    assert.equal([entry?.deprecation, entry?.blockCreate, entry?.blockUpdate], [deprecation, blockCreate, blockUpdate]);
  });

test('a missing date never arrives', () => {
  const [entry] = parsePolicy(table(row({ deprecation: null, blockCreate: null, blockUpdate: null }))).runtimes;
  assert.ok(entry);
  if (entry) assert.is(phaseOf(entry, Date.parse('9999-01-01')), 'active');
});

test.run();
