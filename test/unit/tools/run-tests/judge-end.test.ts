import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judgeEnd } from '../../../../tools/run-tests/judge-end.ts';

const test = suite('tools/run-tests/judge-end');

const summary = (total: number, passed: number, skipped: number): string =>
  `  • •   (${passed} / ${total})\n\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.00ms\n\n`;
const end = (stdout: string, more: object = {}): Parameters<typeof judgeEnd>[0] => ({ exitCode: 0, signal: null, timedOut: false, stdout, durationMs: 1, ...more });

test('a file whose tests all passed is accepted', () => {
  assert.equal(judgeEnd(end(summary(3, 3, 0)), 120), { passed: 3, failed: 0, skipped: 0, skipReasons: [], refusal: undefined });
});

const refused: [title: string, end: Parameters<typeof judgeEnd>[0], failed: number, reason: RegExp][] = [
  ['a failed test', end(summary(3, 2, 0), { exitCode: 1 }), 1, /1 of 3 tests did not pass/],
  ['fewer passed than total with exit code 0', end(summary(3, 0, 0)), 3, /3 of 3/],
  ['a non-zero exit code after passing tests', end(summary(3, 3, 0), { exitCode: 1 }), 1, /exit code is 1/],
  ['no summary', end(''), 1, /without a summary/],
  ['an empty summary', end(summary(0, 0, 0)), 1, /ran no test/],
  ['a skip without a reason', end(summary(2, 2, 1)), 1, /1 tests were left out/],
  ['two skips with one reason', end(`skip: no root\n${summary(2, 2, 2)}`), 1, /1 reasons were given/],
  ['a time-out, whatever was printed', end(summary(3, 3, 0), { timedOut: true }), 1, /time limit of 120 s/],
  ['an end by a signal', end(summary(3, 3, 0), { exitCode: null, signal: 'SIGSEGV' }), 1, /SIGSEGV/],
];
for (const [title, given, failed, reason] of refused) {
  test(`${title} refuses the file`, () => {
    const verdict = judgeEnd(given, 120);
    assert.is(verdict.failed, failed);
    assert.match(verdict.refusal ?? '', reason);
  });
}

test('a file that is skipped whole, with its reason, is accepted', () => {
  const verdict = judgeEnd(end(`skip: needs root\n${summary(0, 0, 1)}`), 120);
  assert.equal(verdict, { passed: 0, failed: 0, skipped: 1, skipReasons: ['needs root'], refusal: undefined });
});

test('a test that prints its reason and returns counts as skipped and not as passed', () => {
  const verdict = judgeEnd(end(` layers/x  • • skip: needs root\n• ${summary(3, 3, 0)}`), 120);
  assert.equal([verdict.passed, verdict.skipped, verdict.skipReasons], [2, 1, ['needs root']]);
});

test('a reason is found behind the name of a suite and not in the middle of a sentence', () => {
  assert.equal(judgeEnd(end(` layers/x  skip: needs root\n${summary(3, 3, 0)}`), 120).skipReasons, ['needs root']);
  assert.equal(judgeEnd(end(`nothing to skip: all here\n${summary(3, 3, 0)}`), 120).skipReasons, []);
});

test('the last summary counts when a test printed one of its own', () => {
  assert.is(judgeEnd(end(summary(9, 9, 0) + summary(3, 2, 0)), 120).failed, 1);
});

test.run();
