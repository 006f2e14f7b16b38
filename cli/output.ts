/**
 * Where results and progress go: results to stdout, everything else to stderr, so that a pipe gets results only.
 * With `--json` stdout carries exactly one JSON document.
 */

import { escapeControls } from './printable.ts';

export type Colour = 'red' | 'green' | 'yellow';

export type Output = {
  readonly isJson: boolean;
  /** The result in both forms; only the one that was asked for is made. */
  report(forms: { json: () => unknown; people: () => readonly string[] }): void;
  /** Progress, logs and warnings. */
  progress(line: string): void;
  /** Colours a word of a line for people; unchanged where stdout is no terminal or `NO_COLOR` is set. */
  paint(colour: Colour, text: string): string;
};

export type OutputOptions = {
  isJson: boolean;
  stdout: { write(text: string): unknown; isTTY?: boolean | undefined };
  stderr: { write(text: string): unknown };
  environment: Readonly<Record<string, string | undefined>>;
};

const COLOUR_NUMBERS = { red: 31, green: 32, yellow: 33 } as const satisfies Record<Colour, number>;

export function openOutput(options: OutputOptions): Output {
  // https://no-color.org: any value that is not empty switches colours off.
  const isColoured = options.stdout.isTTY === true && (options.environment.NO_COLOR ?? '') === '' && options.environment.TERM !== 'dumb';
  return {
    isJson: options.isJson,
    report(forms) {
      const text = options.isJson ? JSON.stringify(forms.json(), undefined, 2) : forms.people().join('\n');
      if (text !== '') options.stdout.write(`${text}\n`);
    },
    progress: (line) => void options.stderr.write(`${escapeControls(line)}\n`),
    paint: (colour, text) => (isColoured ? `\u001b[${COLOUR_NUMBERS[colour]}m${text}\u001b[0m` : text),
  };
}

/** Aligned columns under a heading. Cells are made printable; the last column is never padded. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return alignColumns([headings, ...rows]);
}

/** `name  value` lines, aligned. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string[] {
  return alignColumns(fields.map(([name, value]) => [`${name}:`, value]));
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const printable = rows.map((row) => row.map((cell) => escapeControls(cell)));
  const widths: number[] = [];
  for (const row of printable) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return printable.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd());
}

/** `1 byte`, `1.5 KiB`, `20.0 MiB`: for people only, JSON carries bytes. */
export function renderBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let amount = bytes / 1024;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount.toFixed(1)} ${units[unit] ?? ''}`;
}
