/** The report as one page that needs nothing else: no script, no font, no address. Good to read on a phone. */
import { describeExpected, rowsFor } from '../accept.ts';
import { LEVELS } from '../case.ts';
import type { RecordedExchange } from '../kit/recorder.ts';
import { countResults, STATUSES } from '../result.ts';
import type { JudgedResult, Status } from '../result.ts';
import { againCommand } from './screen.ts';
import type { RunSummary } from './summary.ts';

/** Colours hold on light and dark grounds (contrast at least 4.5 to the ground of their scheme). */
const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --pass: #116329; --fail: #a40e26; --other: #57606a; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #151b23; --pass: #4ac26b; --fail: #ff8182; --other: #9198a1; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--other); }
ul.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 1rem 0; padding: 0; }
ul.counts li { border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .75rem; }
.pass { color: var(--pass); } .fail, .error { color: var(--fail); } .skip, .blocked { color: var(--other); }
article, details { border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0; padding: .75rem; }
summary { cursor: pointer; min-height: 1.5rem; } article h3 { font-size: 1rem; margin: 0; }
dl { margin: .5rem 0; } dt { color: var(--other); font-size: .85rem; } dd { margin: 0 0 .5rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--soft); border-radius: .35rem; margin: .25rem 0; overflow-x: auto; padding: .5rem; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; } td, th { border-top: 1px solid var(--line); padding: .35rem .5rem .35rem 0; text-align: left; vertical-align: top; }
@media (max-width: 40rem) { td.about { display: none; } }
`;

export function renderHtml(summary: RunSummary): string {
  const { results } = summary;
  const unexpected = results.filter(({ isUnexpected }) => isUnexpected);
  const known = results.filter(({ expectation, isUnexpected }) => expectation.kind === 'known-failing' && !isUnexpected);
  const heading = unexpected.length === 0 ? 'All as expected' : `${unexpected.length} unexpected`;
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(`Conformance of ${summary.targetName}: ${heading}`)}</title>`,
    `<style>${STYLE}</style>\n</head>\n<body>`,
    `<h1>Conformance of ${escapeHtml(summary.targetName)}</h1>`,
    `<p>${escapeHtml(summary.targetAbout)}</p>`,
    `<p class="soft">${escapeHtml(summary.startedAt)} · ${(summary.durationMs / 1000).toFixed(1)} s · answers of ${summary.profile === 'aws' ? 'AWS' : 'the classic emulator'}</p>`,
    renderCounts(summary),
    `<h2 class="${unexpected.length === 0 ? 'pass' : 'fail'}">${heading}</h2>`,
    ...unexpected.map((result) => renderUnexpected(result, summary)),
    ...(known.length === 0 ? [] : ['<h2>Known to fail</h2>', ...known.map(renderKnown)]),
    '<h2>All cases</h2>',
    ...STATUSES.map((status) => renderTable(status, results.filter((result) => result.status === status))),
    '</body>\n</html>\n',
  ].join('\n');
}

function renderCounts({ results }: RunSummary): string {
  const counts = countResults(results);
  const statuses = STATUSES.map((status) => `<li class="${status}">${counts[status]} ${status}</li>`);
  const levels = LEVELS.map((level) => {
    const ran = results.filter((result) => result.case.level === level && result.status !== 'skip');
    return `<li>${level} ${ran.filter(({ status }) => status === 'pass').length}/${ran.length}</li>`;
  });
  return `<ul class="counts"><li>${counts.total} cases</li>${statuses.join('')}${levels.join('')}</ul>`;
}

function renderUnexpected(result: JudgedResult, summary: RunSummary): string {
  const { case: one, status, reason, observed, expectation } = result;
  const rows = status === 'fail' ? rowsFor(one.accepts, summary.profile) : [];
  const items: [string, string][] = [];
  if (expectation.kind === 'known-failing' && status === 'pass') items.push(['is listed as known to fail and passes', expectation.reason]);
  for (const [index, row] of rows.entries()) items.push([index > 0 ? 'or' : rows.length > 1 ? 'expected any of' : 'expected', describeExpected(row)]);
  if (observed !== undefined) items.push(['observed', describeExpected(observed)]);
  if (reason !== undefined && (status !== 'fail' || reason.startsWith('waited'))) items.push(['why', reason]);
  items.push(['source', one.source], ['again', againCommand(one.id, summary)]);
  const list = items.map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(text)}</code></dd>`).join('');
  const exchanges = result.exchanges.length === 0 ? '' : `<details><summary>${result.exchanges.length} requests</summary>${result.exchanges.map(renderExchange).join('')}</details>`;
  const output = result.output === '' ? '' : `<details><summary>Output of the target</summary><pre>${escapeHtml(result.output)}</pre></details>`;
  return `<article id="${one.id}"><h3><span class="${status}">${status.toUpperCase()}</span> ${escapeHtml(one.title)}</h3><p class="soft">${one.id} · ${escapeHtml(one.ref)} · ${one.level}</p><dl>${list}</dl>${exchanges}${output}</article>`;
}

function renderKnown({ case: one, expectation }: JudgedResult): string {
  return `<article><h3>${escapeHtml(one.title)}</h3><p class="soft">${one.id} · ${escapeHtml(one.ref)} · ${one.level}</p><p>${escapeHtml(expectation.kind === 'pass' ? '' : expectation.reason)}</p></article>`;
}

function renderExchange(one: RecordedExchange): string {
  const fields = (headers: Record<string, string>): string => Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`).join('');
  const request = `${one.request}\n${fields(one.requestHeaders)}${one.requestBody === '' ? '' : `\n${one.requestBody}\n`}`;
  const { reply } = one;
  const start = reply === undefined ? '(no reply)' : reply.startLine === '' ? '(connection closed without a reply)' : reply.startLine;
  const answer = reply === undefined ? start : `${start}\n${fields(reply.headers)}${reply.body === '' ? '' : `\n${reply.body}\n`}${reply.isComplete ? '' : '(cut short)'}`;
  const times = `${one.atMs} ms, ${one.who}${reply === undefined ? '' : `; answered at ${reply.atMs} ms`}`;
  return `<p class="soft">${escapeHtml(times)}</p><pre>${escapeHtml(request)}</pre><pre>${escapeHtml(answer)}</pre>`;
}

function renderTable(status: Status, results: readonly JudgedResult[]): string {
  if (results.length === 0) return '';
  const rows = results.map(({ case: one, reason }) => {
    const why = status === 'pass' || status === 'fail' ? '' : `<br><span class="soft">${escapeHtml(reason ?? '')}</span>`;
    return `<tr><td>${escapeHtml(one.ref)}</td><td>${escapeHtml(one.title)}${why}</td><td class="about">${one.level}</td></tr>`;
  });
  return `<details><summary><span class="${status}">${results.length} ${status}</span></summary><table><tbody>${rows.join('')}</tbody></table></details>`;
}

/** What a target printed or sent is text here and nothing else. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\ufffd');
}
