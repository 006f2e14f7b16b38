import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reportCase, type MeasuredCase } from '../../../bench/report.ts';

const test = suite('bench/report');

const MEASURED: MeasuredCase = {
  bench: 'front-door',
  name: '2B',
  title: 'a title',
  metrics: [{ key: 'rate', label: 'rate', decimals: 0 }],
  comparisons: [{ metric: 'rate', kind: 'ratio' }],
  rows: [
    { name: 'own', role: 'subject', samples: [{ rate: 30 }, { rate: 300 }] },
    { name: 'other', role: 'subject', samples: [{ rate: 10 }, { rate: 100 }] },
    { name: 'peer', role: 'peer', samples: [{ rate: 10 }, { rate: 150 }] },
  ],
  notes: ['a note'],
};

test('everybody is compared with each peer, nobody with a subject or with itself', () => {
  const { comparisons } = reportCase(MEASURED);
  assert.equal(comparisons.map(({ contender, reference }) => `${contender}/${reference}`), ['own/peer', 'other/peer']);
  assert.equal(comparisons[0]?.samples, [3, 2]);
  assert.is(comparisons[0]?.median, 2.5);
});

test('figures keep every sample beside the median', () => {
  const report = reportCase(MEASURED);
  assert.is(report.rounds, 2);
  assert.equal(report.contenders[0]?.metrics['rate'], { median: 165, min: 30, max: 300, samples: [30, 300] });
  assert.equal(report.notes, ['a note']);
});

test('the field names of the JSON document stay', () => {
  assert.equal(Object.keys(reportCase(MEASURED)), ['bench', 'name', 'title', 'rounds', 'contenders', 'comparisons', 'notes']);
  assert.equal(Object.keys(reportCase(MEASURED).comparisons[0] ?? {}), ['contender', 'reference', 'metric', 'kind', 'median', 'min', 'max', 'samples']);
});

test('a figure that a contender lacks is not a number, and the case still reports', () => {
  const report = reportCase({ ...MEASURED, metrics: [{ key: 'absent', label: 'absent', decimals: 0 }], comparisons: [] });
  assert.ok(Number.isNaN(report.contenders[0]?.metrics['absent']?.median));
});

test('a case without rows reports nothing but its notes', () => {
  assert.equal(reportCase({ ...MEASURED, rows: [] }).comparisons, []);
  assert.is(reportCase({ ...MEASURED, rows: [] }).rounds, 0);
});

test.run();
