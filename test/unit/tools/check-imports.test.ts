import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findCircles, findImportFaults } from '../../../tools/check-imports.ts';

const test = suite('tools/check-imports');

const faults = (files: Record<string, string>): string[] =>
  findImportFaults(Object.entries(files).map(([path, source]) => ({ path, source })), (path) => path in files);

test('files that follow the arrows have no finding', () => {
  assert.equal(faults({ 'layers/a.ts': "import { b } from './b.ts';\nimport fs from 'node:fs';\n", 'layers/b.ts': 'export const b = 1;\n' }), []);
});

const wrong: [title: string, files: Record<string, string>, finding: RegExp][] = [
  ['an import against the arrows', { 'layers/a.ts': "import '../cli/b.ts';\n", 'cli/b.ts': '' }, /nothing imports cli/],
  ['an import that does not exist', { 'layers/a.ts': "import './gone.ts';\n" }, /does not exist/],
  ['an import without extension', { 'layers/a.ts': "import './b';\n", 'layers/b.ts': '' }, /no file extension/],
  ['a vague folder', { 'layers/utils/a.ts': '' }, /says what is in it/],
  ['a default export', { 'layers/a.ts': 'export default 1;\n' }, /default export/],
  ['a circle', { 'layers/a.ts': "import './b.ts';\n", 'layers/b.ts': "import './a.ts';\n" }, /layers\/a\.ts: imports itself through layers\/b\.ts/],
];
for (const [title, files, finding] of wrong) test(`${title} is a finding`, () => assert.match(faults(files).join('\n'), finding));

test('a circle of types alone is none', () => {
  assert.equal(faults({ 'layers/a.ts': "import type { b } from './b.ts';\n", 'layers/b.ts': "import { a } from './a.ts';\n" }), []);
});

test('each circle is reported once', () => {
  const imports = new Map([['a', ['b']], ['b', ['c']], ['c', ['a', 'd']], ['d', ['d']]]);
  assert.equal(findCircles(imports), [['a', 'b', 'c'], ['d']]);
});

test.run();
