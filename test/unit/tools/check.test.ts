import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runChecks } from '../../../tools/check.ts';
import { findUnexplained } from '../../../tools/check-docs.ts';

const test = suite('tools/check');

test('each check counts as one, and one that throws has failed', async () => {
  const lines: string[] = [];
  const checks = [
    { name: 'good', run: async () => [] },
    { name: 'bad', run: async () => ['first', 'second'] },
    { name: 'broken', run: async () => Promise.reject(new Error('no')) },
  ];
  assert.equal(await runChecks((line) => lines.push(line), checks), { passed: 1, failed: 2 });
  assert.ok(lines.includes('ok   check good'));
  assert.ok(lines.includes('     first') && lines.includes('FAIL check bad: 2 findings'));
  assert.ok(lines.some((line) => line.includes('Error: no')) && lines.includes('FAIL check broken: 1 findings'));
});

test('a dependency without a reason, and a reason without a dependency, are findings', () => {
  const contributing = '| package | why |\n|---|---|\n| `a`, `b` | They are needed. |\n| `gone` | It was needed. |\n';
  assert.equal(findUnexplained(contributing, ['a', 'b', 'c']), [
    'CONTRIBUTING.md: gives no reason for the dependency c',
    'CONTRIBUTING.md: gives a reason for gone, which is no dependency',
  ]);
});

test.run();
