import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportCase, type MeasuredCase } from '../../../bench/report.ts';
import { spreadOf } from '../../../bench/statistics.ts';
import { printCase, printColumns, printHeading, printSpread } from '../../../bench/table.ts';

const test = suite('bench/table');

test('a spread is the median with its range', () => {
  assert.is(printSpread(spreadOf([1_200, 1_000, 1_500]), 0), '1,200 (1,000–1,500)');
});

test('a single sample has no range, and a metric may go without one', () => {
  assert.is(printSpread(spreadOf([1.25]), 1), '1.3');
  assert.is(printSpread(spreadOf([1, 3]), 0, false), '2');
});

test('what was not measured is a dash', () => {
  assert.is(printSpread(undefined, 0), '–');
  assert.is(printSpread(spreadOf([Number.NaN]), 0), '–');
});

test('columns line up, the first to the left and the others to the right', () => {
  assert.equal(printColumns([['', 'long'], ['name', '1']]), ['      long', 'name     1']);
});

test('a case prints each contender with its figures, then the comparisons, then the notes', () => {
  const measured: MeasuredCase = {
    bench: 'start-up',
    name: 'listen',
    title: 'the title',
    metrics: [{ key: 'ms', label: 'ms', decimals: 1 }],
    comparisons: [{ metric: 'ms', kind: 'ratio' }, { metric: 'ms', kind: 'difference' }],
    rows: [
      { name: 'own', role: 'subject', samples: [{ ms: 4 }] },
      { name: 'peer', role: 'peer', samples: [{ ms: 2 }] },
    ],
    notes: ['remember'],
  };
  const lines = printCase(reportCase(measured), measured).split('\n');
  assert.equal(lines, [
    '== the title',
    '       ms',
    'own   4.0',
    'peer  2.0',
    '',
    'ms, inside each round  × peer',
    'own                      2.00',
    'peer                        –',
    '',
    'ms, inside each round  − peer',
    'own                      2.00',
    'peer                        –',
    'note: remember',
    '',
  ]);
});

test('the heading tells the date, the machine and how it was measured', () => {
  const machine = { cores: 2, processor: 'CPU', memoryMiB: 1, kernel: 'Linux', node: 'v24', loadAverage: 0 };
  const settings = { rounds: 5, seconds: 1, connections: 1, pinned: true, pipeline: true, tools: 'portable' } as const;
  const text = printHeading({ dateIso: '2026-01-02T00:00:00Z', machine, settings });
  for (const part of ['2026-01-02', '2 cores', 'Linux', 'Node v24', '5 rounds of 1 s each', '1 connection ·', 'on another', 'pipelines', 'in Node']) assert.ok(text.includes(part), part);
});

test.run();
