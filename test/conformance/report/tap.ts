/** The report as TAP 14. */
import { describeExpected } from '../accept.ts';
import type { JudgedResult } from '../result.ts';
import type { RunSummary } from './summary.ts';

export function renderTap(summary: RunSummary): string {
  const lines = summary.results.flatMap((result, index) => renderPoint(result, index + 1));
  return ['TAP version 14', `1..${summary.results.length}`, ...lines].join('\n') + '\n';
}

/** `todo` is TAP's word for a failure that is known. */
function renderPoint(result: JudgedResult, number: number): string[] {
  const word = result.status === 'pass' || result.status === 'skip' || result.status === 'blocked' ? 'ok' : 'not ok';
  const isOk = result.isUnexpected ? 'not ok' : word;
  const name = `${isOk} ${number} - ${result.case.id} (${result.case.ref})`;
  if (!result.isUnexpected) return [`${name}${directive(result)}`];
  const observed = result.observed === undefined ? [] : [`  observed: ${JSON.stringify(describeExpected(result.observed))}`];
  return [name, '  ---', `  status: ${result.status}`, `  message: ${JSON.stringify(result.reason ?? 'is listed as known to fail and passes')}`, ...observed, '  ...'];
}

function directive(result: JudgedResult): string {
  const reason = (result.reason ?? '').replace(/\s+/g, ' ');
  if (result.status === 'skip' || result.status === 'blocked') return ` # SKIP ${reason}`;
  return result.status === 'pass' || result.expectation.kind === 'pass' ? '' : ` # ${'TO'}${'DO'} ${result.expectation.reason}`;
}
