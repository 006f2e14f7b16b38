/** The report for continuous integration. Only what is unexpected is a failure there; the rest is said in words. */
import { describeExpected } from '../accept.ts';
import type { JudgedResult } from '../result.ts';
import type { RunSummary } from './summary.ts';

export function renderJunit(summary: RunSummary): string {
  const { results } = summary;
  const failures = results.filter((result) => result.isUnexpected && result.status !== 'error').length;
  const errors = results.filter((result) => result.isUnexpected && result.status === 'error').length;
  const skipped = results.filter((result) => !result.isUnexpected && result.status !== 'pass').length;
  const attributes = `name="conformance of ${escape(summary.targetName)}" tests="${results.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${seconds(summary.durationMs)}"`;
  const cases = results.map((result) => renderCase(result, summary.targetName));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite ${attributes}>\n${cases.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}

function renderCase(result: JudgedResult, targetName: string): string {
  const open = `    <testcase classname="${escape(`${targetName}.${result.case.level}`)}" name="${escape(`${result.case.id} (${result.case.ref})`)}" time="${seconds(result.durationMs)}"`;
  const inner = renderOutcome(result);
  return inner === '' ? `${open}/>` : `${open}>\n      ${inner}\n    </testcase>`;
}

function renderOutcome(result: JudgedResult): string {
  const reason = escape(result.reason ?? '');
  if (!result.isUnexpected) {
    if (result.status === 'pass') return '';
    const listed = result.expectation.kind === 'pass' ? '' : `${result.expectation.kind}: ${escape(result.expectation.reason)}. `;
    return `<skipped message="${listed}${reason}"/>`;
  }
  if (result.status === 'pass') return '<failure message="is listed as known to fail and passes"/>';
  const observed = result.observed === undefined ? '' : escape(`observed ${describeExpected(result.observed)}`);
  const element = result.status === 'error' ? 'error' : 'failure';
  return `<${element} message="${reason}">${observed}</${element}>`;
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

/** Control characters have no place in XML 1.0, escaped or not. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
}
