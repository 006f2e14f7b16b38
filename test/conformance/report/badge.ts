/** A badge for a README, and the figures behind it, both from a report that a run has written. */
import { at, listAt, numberAt, readJson, textAt } from '../json.ts';

export type BadgeSummary = {
  /** The three members that shields.io reads from an address ("endpoint badge"), beside what they stand for. */
  schemaVersion: 1;
  label: string;
  message: string;
  color: 'brightgreen' | 'yellow' | 'red';
  target: string;
  startedAt: string;
  levels: Record<'required' | 'optional', { passed: number; run: number }>;
  skipped: number;
  unexpected: number;
};

export class ReportUnusable extends Error {}

/** Skipped cases are counted apart: a badge that hides them would say more than was examined. */
export function summariseReport(json: string): BadgeSummary {
  const report = readJson(json);
  const cases = listAt(report, 'cases');
  const target = textAt(report, 'target');
  if (target === undefined || cases.length === 0) throw new ReportUnusable('it is no report of a run in JSON, or one without cases');
  const levels = { required: levelOf(cases, 'required'), optional: levelOf(cases, 'optional') };
  const unexpected = numberAt(report, 'counts', 'unexpected') ?? cases.filter((one) => at(one, 'isUnexpected') === true).length;
  const { required, optional } = levels;
  const isWhole = required.passed === required.run && required.run > 0;
  return {
    schemaVersion: 1,
    label: 'Lambda conformance',
    message: `required ${required.passed}/${required.run}, optional ${optional.passed}/${optional.run}`,
    color: unexpected > 0 || required.run === 0 ? 'red' : isWhole ? 'brightgreen' : 'yellow',
    target,
    startedAt: textAt(report, 'startedAt') ?? '',
    levels,
    skipped: cases.filter((one) => textAt(one, 'status') === 'skip').length,
    unexpected,
  };
}

function levelOf(cases: readonly unknown[], level: string): { passed: number; run: number } {
  const ran = cases.filter((one) => textAt(one, 'level') === level && textAt(one, 'status') !== 'skip');
  return { passed: ran.filter((one) => textAt(one, 'status') === 'pass').length, run: ran.length };
}

const GROUNDS = { brightgreen: '#2c7a1f', yellow: '#8a6100', red: '#b3261e' } as const satisfies Record<BadgeSummary['color'], string>;
/** Of the 11 px sans-serif in which the badge is set; a little too wide is better than cut off. */
const CHARACTER_PX = 6.7;
const PADDING_PX = 8;

export function renderBadge(summary: BadgeSummary): string {
  const label = Math.ceil(summary.label.length * CHARACTER_PX) + 2 * PADDING_PX;
  const message = Math.ceil(summary.message.length * CHARACTER_PX) + 2 * PADDING_PX;
  const width = label + message;
  const title = escapeXml(`${summary.label}: ${summary.message}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${title}"><title>${title}</title>
<rect width="${width}" height="20" rx="3" fill="#444"/><path d="M${label} 0h${message - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${message - 3}z" fill="${GROUNDS[summary.color]}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="${label / 2}" y="14">${escapeXml(summary.label)}</text><text x="${label + message / 2}" y="14">${escapeXml(summary.message)}</text></g></svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
