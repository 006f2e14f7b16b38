/**
 * Decides from a test process's end whether its file is accepted. Pure. The rule is the one that stood a trial of eight
 * planted mistakes: exit code 0 and Total > 0 and Passed = Total and every skip has its reason.
 */

export type FileVerdict = {
  passed: number;
  /** At least 1 when the file is refused, also when each test that ran has passed. */
  failed: number;
  skipped: number;
  skipReasons: string[];
  /** Why the file is refused; undefined when it is accepted. */
  refusal: string | undefined;
};

type End = { exitCode: number | null; signal: string | null; timedOut: boolean; stdout: string; durationMs: number };

const SUMMARY = /^ {2}Total: {5}(\d+)\n {2}Passed: {4}(\d+)\n {2}Skipped: {3}(\d+)$/gm;
/** uvu writes the suite's name and a mark per test without a line feed, so that a reason may follow them on the line. */
const SKIP_LINE = /^(?:.*[•✘] | \S+ {2})?skip: (\S.*)$/gm;

export function judgeEnd(end: End, timeLimitSeconds: number): FileVerdict {
  const skipReasons = [...end.stdout.matchAll(SKIP_LINE)].map((match) => (match[1] ?? '').trim());
  const counts = readSummary(end.stdout);
  // A test that prints its reason and returns counts as passed for uvu; it has shown nothing, so it is a skip here.
  const returnedEarly = Math.min(Math.max(skipReasons.length - counts.skipped, 0), counts.passed);
  const skipped = counts.skipped + returnedEarly;
  const passed = counts.passed - returnedEarly;
  const refusal = findRefusal(end, timeLimitSeconds, counts, skipReasons.length);
  const failed = refusal === undefined ? 0 : Math.max(counts.total - counts.passed, 1);
  return { passed, failed, skipped, skipReasons, refusal };
}

type Counts = { found: boolean; total: number; passed: number; skipped: number };

function findRefusal(end: End, timeLimitSeconds: number, counts: Counts, reasons: number): string | undefined {
  if (end.timedOut) return `it did not end within its time limit of ${timeLimitSeconds} s`;
  if (end.signal !== null) return `its process was ended by ${end.signal}`;
  if (!counts.found) return `it ended with exit code ${end.exitCode ?? 'none'} and without a summary; is .run() called?`;
  if (counts.passed !== counts.total) return `${counts.total - counts.passed} of ${counts.total} tests did not pass`;
  if (end.exitCode !== 0) return `every test that ran passed, but the exit code is ${end.exitCode ?? 'none'}`;
  if (counts.total + counts.skipped === 0) return 'it ran no test; is .run() called?';
  if (counts.skipped > reasons) {
    return `${counts.skipped} tests were left out (skip or only) and ${reasons} reasons were given; print a line "skip: reason" for each`;
  }
  return undefined;
}

function readSummary(stdout: string): Counts {
  const last = [...stdout.matchAll(SUMMARY)].at(-1);
  if (last === undefined) return { found: false, total: 0, passed: 0, skipped: 0 };
  return { found: true, total: Number(last[1]), passed: Number(last[2]), skipped: Number(last[3]) };
}
