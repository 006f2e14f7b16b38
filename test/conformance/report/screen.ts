/** The report for a terminal: what did not go as expected, why, and how to run just that again. */
import { describeExpected, rowsFor } from '../accept.ts';
import { LEVELS } from '../case.ts';
import type { RecordedExchange } from '../kit/recorder.ts';
import { countResults, STATUSES } from '../result.ts';
import type { JudgedResult } from '../result.ts';
import type { RunSummary } from './summary.ts';

const OBSERVED_SHOWN = 1_500;

export function renderScreen(summary: RunSummary, options: { showExchanges: boolean }): string {
  const { results } = summary;
  const unexpected = results.filter(({ isUnexpected }) => isUnexpected);
  const blocks = unexpected.map((result) => renderResult(result, summary, options.showExchanges));
  // Asked for explicitly, the exchange of a case that passed is shown too.
  const asked = options.showExchanges && unexpected.length === 0 ? results.map((result) => renderExchanges(result.exchanges)).filter((text) => text !== '') : [];
  return [...blocks, ...asked, renderSkips(results), renderCounts(summary)].filter((text) => text !== '').join('\n');
}

function renderResult(result: JudgedResult, summary: RunSummary, showExchanges: boolean): string {
  const { case: one, status } = result;
  const lines = [`${status.toUpperCase()} ${one.id} (${one.ref}, ${one.level})`, `  ${one.title}`];
  if (result.expectation.kind === 'known-failing' && status === 'pass') {
    lines.push(`  is listed as known to fail (${result.expectation.reason}) and passes: take it from known-failing/${summary.targetName}.txt`);
  } else {
    lines.push(...describeOutcome(result, summary));
  }
  lines.push(`  source    ${one.source}`, `  again     ${againCommand(one.id, summary)}`);
  if (showExchanges) lines.push(renderExchanges(result.exchanges), indent(`--- output of the target\n${result.output}`));
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

function describeOutcome(result: JudgedResult, summary: RunSummary): string[] {
  const { case: one, status, reason, observed } = result;
  const rows = rowsFor(one.accepts, summary.profile);
  const expected = rows.map((row, index) => `  ${index === 0 ? `expected ${rows.length > 1 ? 'any of ' : ' '}` : '      or         '}${describeExpected(row)}`);
  const seen = observed === undefined ? [] : [`  observed  ${describeExpected(observed).slice(0, OBSERVED_SHOWN)}`];
  if (status === 'fail') return [...expected, ...seen, ...(reason?.startsWith('waited') === true ? [`  ${reason}`] : [])];
  return [...(reason === undefined ? [] : [`  ${reason.replaceAll('\n', '\n  ')}`]), ...seen];
}

export function againCommand(id: string, summary: Pick<RunSummary, 'againCommand'>): string {
  return `${summary.againCommand} --case ${id} --exchange`;
}

function renderExchanges(exchanges: readonly RecordedExchange[]): string {
  return exchanges.map((one) => indent(renderExchange(one))).join('\n');
}

function renderExchange(one: RecordedExchange): string {
  const fields = (headers: Record<string, string>): string[] => Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const request = [`--- ${one.atMs} ms, ${one.who}`, `> ${one.request}`, ...fields(one.requestHeaders).map((line) => `> ${line}`)];
  if (one.requestBody !== '') request.push(`> ${one.requestBody.replaceAll('\n', '\n> ')}`);
  if (one.reply === undefined) return [...request, '< (no reply)'].join('\n');
  const { reply } = one;
  const answer = [`--- ${reply.atMs} ms`, `< ${reply.startLine === '' ? '(connection closed without a reply)' : reply.startLine}`, ...fields(reply.headers).map((line) => `< ${line}`)];
  if (reply.body !== '') answer.push(`< ${reply.body.replaceAll('\n', '\n< ')}`);
  if (!reply.isComplete) answer.push('< (cut short)');
  return [...request, ...answer].join('\n');
}

function indent(text: string): string {
  return text === '' ? '' : `    ${text.replaceAll('\n', '\n    ')}`;
}

/** One line per reason: a run that leaves much out should not look like one that does not. */
function renderSkips(results: readonly JudgedResult[]): string {
  const reasons = new Map<string, number>();
  for (const { status, reason } of results) {
    if (status === 'skip' && reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...reasons].sort(([, left], [, right]) => right - left).map(([reason, count]) => `skipped ${String(count).padStart(3)}: ${reason}`).join('\n');
}

function renderCounts(summary: RunSummary): string {
  const { results } = summary;
  const counts = countResults(results);
  const known = results.filter(({ expectation, status }) => expectation.kind === 'known-failing' && status !== 'pass').length;
  const levels = LEVELS.map((level) => {
    const ofLevel = results.filter((result) => result.case.level === level && result.status !== 'skip');
    return `${level} ${ofLevel.filter(({ status }) => status === 'pass').length}/${ofLevel.length}`;
  });
  const parts = STATUSES.map((status) => `${counts[status]} ${status}`);
  return [
    `${summary.targetName} (${summary.profile}): ${counts.total} cases: ${parts.join(', ')}; ${known} known to fail; ${counts.unexpected} unexpected`,
    `passed of those run: ${levels.join(', ')}; ${(summary.durationMs / 1000).toFixed(1)} s`,
  ].join('\n');
}
