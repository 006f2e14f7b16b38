/** What the runner prints: a line per file, details of failures only, the reasons for skips, and the counting line. */

import type { FileVerdict } from './judge-end.ts';

export type FileResult = FileVerdict & { path: string; durationMs: number; stdout: string; stderr: string };
export type TestTotals = { passed: number; failed: number; skipped: number };

/** A failure's output is shown whole up to here; past it, its beginning and its end are. */
const DETAIL_MAX_CHARACTERS = 20_000;

export function describeFile(result: FileResult): string {
  const seconds = (result.durationMs / 1000).toFixed(1);
  const mark = result.refusal === undefined ? 'ok  ' : 'FAIL';
  return `${mark} ${result.path}  ${describeTotals(result)}, ${seconds} s`;
}

export function describeFailure(result: FileResult): string {
  return [`--- ${result.path}: ${result.refusal ?? ''}`, clip(result.stdout), clip(result.stderr)].filter((part) => part !== '').join('\n');
}

/** One line per distinct reason, with the number of tests it stands for. */
export function describeSkips(results: readonly FileResult[]): string[] {
  const tests = new Map<string, number>();
  for (const reason of results.flatMap((result) => result.skipReasons)) tests.set(reason, (tests.get(reason) ?? 0) + 1);
  return [...tests].map(([reason, count]) => `skip: ${reason} (${count})`);
}

export function addTotals(totals: readonly TestTotals[]): TestTotals {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const each of totals) {
    sum.passed += each.passed;
    sum.failed += each.failed;
    sum.skipped += each.skipped;
  }
  return sum;
}

export function describeTotals(totals: TestTotals): string {
  return `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`;
}

function clip(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= DETAIL_MAX_CHARACTERS) return trimmed;
  const half = DETAIL_MAX_CHARACTERS / 2;
  return `${trimmed.slice(0, half)}\n[… ${trimmed.length - DETAIL_MAX_CHARACTERS} characters left out …]\n${trimmed.slice(-half)}`;
}
