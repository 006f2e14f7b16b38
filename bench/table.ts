/** Prints reports as plain tables: one of figures, one of comparisons, per case. */
import { printMachine } from './machine.ts';
import type { BenchReport, CaseReport, MeasuredCase } from './report.ts';
import type { Spread } from './statistics.ts';

export function printHeading(report: Pick<BenchReport, 'dateIso' | 'machine' | 'settings'>): string {
  const { rounds, seconds, connections, pinned, pipeline, tools } = report.settings;
  const settings = [
    `${rounds} rounds of ${seconds} s each, in turns`,
    `${connections} connection${connections === 1 ? '' : 's'}`,
    pinned ? 'broker on one processor, load and bootstrap on another' : 'processes not bound to processors',
    ...(pipeline ? ['bootstrap pipelines'] : []),
    `load and bootstrap in ${tools === 'native' ? 'C' : 'Node'}`,
  ];
  return `${printMachine(report.machine, report.dateIso)}\n${settings.join(' · ')}\nfigures: median (min–max) over rounds\n`;
}

export function printCase(report: CaseReport, measured: Pick<MeasuredCase, 'metrics' | 'comparisons'>): string {
  const figures = [
    ['', ...measured.metrics.map(({ label }) => label)],
    ...report.contenders.map(({ name, metrics }) => [name, ...measured.metrics.map(({ key, decimals, range }) => printSpread(metrics[key], decimals, range))]),
  ];
  const lines = [`== ${report.title}`, ...printColumns(figures)];
  for (const comparison of measured.comparisons) lines.push(...printComparison(report, measured, comparison));
  for (const note of report.notes) lines.push(`note: ${note}`);
  return `${lines.join('\n')}\n`;
}

function printComparison(report: CaseReport, measured: Pick<MeasuredCase, 'metrics'>, comparison: MeasuredCase['comparisons'][number]): string[] {
  const entries = report.comparisons.filter(({ metric, kind }) => metric === comparison.metric && kind === comparison.kind);
  const references = report.contenders.map(({ name }) => name).filter((name) => entries.some(({ reference }) => reference === name));
  if (references.length === 0) return [];
  const label = measured.metrics.find(({ key }) => key === comparison.metric)?.label ?? comparison.metric;
  const sign = comparison.kind === 'ratio' ? '×' : '−';
  const rows = [
    [`${label}, inside each round`, ...references.map((reference) => `${sign} ${reference}`)],
    ...report.contenders.map(({ name }) => [
      name,
      ...references.map((reference) => printSpread(entries.find((entry) => entry.contender === name && entry.reference === reference), 2)),
    ]),
  ];
  return ['', ...printColumns(rows)];
}

export function printSpread(spread: Spread | undefined, decimals: number, range = true): string {
  if (spread === undefined || Number.isNaN(spread.median)) return '–';
  const print = (value: number): string => value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  if (!range || spread.samples.length === 1) return print(spread.median);
  return `${print(spread.median)} (${print(spread.min)}–${print(spread.max)})`;
}

/** First column to the left, the others to the right, two spaces between. */
export function printColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ').trimEnd());
}
