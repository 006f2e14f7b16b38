/** What came of a case, and what that means for the run. */
import type { CaseBase, Observation } from './case.ts';
import type { RecordedExchange } from './kit/recorder.ts';

/**
 * `blocked`: a case that it depends on did not pass, so it was not run. `error`: the kit's own fault, or the target could
 * not be started; nothing is known about the target.
 */
export const STATUSES = ['pass', 'fail', 'skip', 'blocked', 'error'] as const;
export type Status = (typeof STATUSES)[number];

export type CaseResult = {
  case: CaseBase;
  status: Status;
  /** Why it was skipped or blocked, or what went wrong. */
  reason: string | undefined;
  observed: Observation | undefined;
  durationMs: number;
  exchanges: readonly RecordedExchange[];
  /** The end of what the target printed, for a case that did not pass. */
  output: string;
};

/** What the lists say about a case. */
export type Expectation = { kind: 'pass' } | { kind: 'known-failing' | 'flaky'; reason: string };

export type JudgedResult = CaseResult & { expectation: Expectation; isUnexpected: boolean };

export type Lists = { knownFailing: ReadonlyMap<string, string>; flaky: ReadonlyMap<string, string> };

/** Both ways count: a known failure that passes is news that belongs into the list. */
export function judge(results: readonly CaseResult[], lists: Lists): JudgedResult[] {
  const statuses = new Map(results.map((result) => [result.case.id, result.status]));
  return results.map((result) => {
    const { id } = result.case;
    const known = lists.knownFailing.get(id);
    const flaky = lists.flaky.get(id);
    if (known !== undefined) {
      const isFailing = result.status === 'fail' || result.status === 'skip' || result.status === 'blocked';
      return { ...result, expectation: { kind: 'known-failing', reason: known }, isUnexpected: !isFailing };
    }
    if (flaky !== undefined) return { ...result, expectation: { kind: 'flaky', reason: flaky }, isUnexpected: result.status === 'error' };
    return { ...result, expectation: { kind: 'pass' }, isUnexpected: isUnexpected(result, statuses, lists) };
  });
}

function isUnexpected(result: CaseResult, statuses: ReadonlyMap<string, Status>, lists: Lists): boolean {
  switch (result.status) {
    case 'pass':
    case 'skip':
      return false;
    case 'fail':
    case 'error':
      return true;
    case 'blocked': {
      const blockers = (result.case.dependsOn ?? []).filter((id) => statuses.get(id) !== undefined && statuses.get(id) !== 'pass');
      return !blockers.some((id) => lists.knownFailing.has(id) || lists.flaky.has(id) || statuses.get(id) === 'blocked');
    }
    default:
      return result.status satisfies never;
  }
}

export type Counts = Record<Status, number> & { total: number; unexpected: number };

export function countResults(results: readonly JudgedResult[]): Counts {
  const counts: Counts = { pass: 0, fail: 0, skip: 0, blocked: 0, error: 0, total: results.length, unexpected: 0 };
  for (const { status, isUnexpected: unexpected } of results) {
    counts[status] += 1;
    if (unexpected) counts.unexpected += 1;
  }
  return counts;
}
