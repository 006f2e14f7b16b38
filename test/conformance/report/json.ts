/** The report for programs. Field names are stable. */
import { describeExpected, rowsFor } from '../accept.ts';
import { countResults } from '../result.ts';
import type { RunSummary } from './summary.ts';

const FORMAT_VERSION = 1;

export function renderJson(summary: RunSummary): string {
  const document = {
    formatVersion: FORMAT_VERSION,
    target: summary.targetName,
    about: summary.targetAbout,
    profile: summary.profile,
    startedAt: summary.startedAt,
    durationMs: summary.durationMs,
    counts: countResults(summary.results),
    cases: summary.results.map((result) => ({
      id: result.case.id,
      ref: result.case.ref,
      title: result.case.title,
      source: result.case.source,
      level: result.case.level,
      status: result.status,
      isUnexpected: result.isUnexpected,
      listed: result.expectation.kind === 'pass' ? undefined : result.expectation,
      reason: result.reason,
      expected: result.status === 'fail' ? rowsFor(result.case.accepts, summary.profile).map(describeExpected) : undefined,
      observed: result.observed,
      durationMs: result.durationMs,
      exchanges: result.isUnexpected ? result.exchanges : undefined,
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
