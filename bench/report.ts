/** From samples to the figures that are printed: medians with their range, and comparisons inside each round. */
import type { Machine } from './machine.ts';
import type { Row } from './rounds.ts';
import { comparePerRound, spreadOf, type Spread } from './statistics.ts';
import type { Role } from './subjects.ts';

/** `range: false` prints the median alone: the table stays readable, JSON has every sample. */
export type Metric = { key: string; label: string; decimals: number; range?: false };

/** A metric that is also set against the others: by division, or by subtraction where the target is "so much more". */
export type Comparison = { metric: string; kind: 'ratio' | 'difference' };

export type MeasuredCase = {
  bench: string;
  /** Stable name of the configuration, e.g. `2B`. */
  name: string;
  title: string;
  metrics: readonly Metric[];
  comparisons: readonly Comparison[];
  rows: readonly Row[];
  notes: readonly string[];
};

export type CaseReport = {
  bench: string;
  name: string;
  title: string;
  rounds: number;
  contenders: { name: string; role: Role; metrics: Record<string, Spread> }[];
  comparisons: ({ contender: string; reference: string } & Comparison & Spread)[];
  notes: readonly string[];
};

/** The JSON document. Its field names are an interface: add, never rename. */
export type BenchReport = {
  schema: 'rik-bench/1';
  dateIso: string;
  machine: Machine;
  settings: { rounds: number; seconds: number; connections: number; pinned: boolean; pipeline: boolean; tools: 'native' | 'portable' };
  cases: CaseReport[];
  notes: string[];
};

export function reportCase(measured: MeasuredCase): CaseReport {
  return {
    bench: measured.bench,
    name: measured.name,
    title: measured.title,
    rounds: Math.max(0, ...measured.rows.map((row) => row.samples.length)),
    contenders: measured.rows.map((row) => ({
      name: row.name,
      role: row.role,
      metrics: Object.fromEntries(measured.metrics.map(({ key }) => [key, spreadOf(column(row, key))])),
    })),
    comparisons: measured.comparisons.flatMap((comparison) => compareRows(measured.rows, comparison)),
    notes: measured.notes,
  };
}

/** Everybody against every peer and floor but itself. */
function compareRows(rows: readonly Row[], comparison: Comparison): CaseReport['comparisons'] {
  return rows.flatMap((own) =>
    rows
      .filter((other) => other.role !== 'subject' && other !== own)
      .map((other) => ({
        contender: own.name,
        reference: other.name,
        ...comparison,
        ...comparePerRound(comparison.kind, column(own, comparison.metric), column(other, comparison.metric)),
      })),
  );
}

function column(row: Row, key: string): number[] {
  return row.samples.map((sample) => sample[key] ?? Number.NaN);
}
