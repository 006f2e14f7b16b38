import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { countResults, judge } from '../../conformance/index.ts';
import type { CaseResult, Lists } from '../../conformance/index.ts';
import { sampleResult } from './sample-cases.ts';

const NO_LISTS: Lists = { knownFailing: new Map(), flaky: new Map() };
const KNOWN: Lists = { knownFailing: new Map([['a-b', 'why']]), flaky: new Map() };
const FLAKY: Lists = { knownFailing: new Map(), flaky: new Map([['a-b', 'why']]) };

const test = suite('conformance/result');

for (const [title, result, lists, isUnexpected] of [
  ['a pass is expected', sampleResult('a-b', 'pass'), NO_LISTS, false],
  ['a failure is unexpected', sampleResult('a-b', 'fail'), NO_LISTS, true],
  ['a skip is expected', sampleResult('a-b', 'skip'), NO_LISTS, false],
  ['an error of the kit is unexpected', sampleResult('a-b', 'error'), NO_LISTS, true],
  ['a listed failure is expected', sampleResult('a-b', 'fail'), KNOWN, false],
  ['a listed case that passes is unexpected', sampleResult('a-b', 'pass'), KNOWN, true],
  ['a listed case that is skipped is expected', sampleResult('a-b', 'skip'), KNOWN, false],
  ['a listed case with an error of the kit is unexpected', sampleResult('a-b', 'error'), KNOWN, true],
  ['a flaky case may fail', sampleResult('a-b', 'fail'), FLAKY, false],
  ['a flaky case may pass', sampleResult('a-b', 'pass'), FLAKY, false],
] as const) {
  test(title, () => assert.is(judge([result], lists)[0]?.isUnexpected, isUnexpected));
}

test('what a known failure blocks is expected, also over two steps', () => {
  const results: CaseResult[] = [sampleResult('a-b', 'fail'), sampleResult('c-d', 'blocked', { dependsOn: ['a-b'] }), sampleResult('e-f', 'blocked', { dependsOn: ['c-d'] })];
  assert.equal(judge(results, KNOWN).map(({ isUnexpected }) => isUnexpected), [false, false, false]);
});

test('what an unknown failure blocks is unexpected', () => {
  const results = [sampleResult('a-b', 'fail'), sampleResult('c-d', 'blocked', { dependsOn: ['a-b'] })];
  assert.equal(judge(results, NO_LISTS).map(({ isUnexpected }) => isUnexpected), [true, true]);
});

test('the counts add up to the number of cases', () => {
  const results = [sampleResult('a-b', 'pass'), sampleResult('c-d', 'fail'), sampleResult('e-f', 'skip'), sampleResult('g-h', 'error'), sampleResult('i-j', 'blocked')];
  const counts = countResults(judge(results, NO_LISTS));
  assert.is(counts.pass + counts.fail + counts.skip + counts.blocked + counts.error, counts.total);
  assert.is(counts.total, 5);
});

test.run();
