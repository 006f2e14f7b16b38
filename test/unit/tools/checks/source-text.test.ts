import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blankCommentsAndTemplates, findExportedNames, findImports } from '../../../../tools/checks/source-text.ts';

const test = suite('tools/checks/source-text');

const specifiers = (source: string): string[] => findImports(source).map(({ specifier }) => specifier);

test('every form of import and re-export is found', () => {
  const source = `
import { a } from './a.ts';
import b, { type c } from "./b.ts";
import type { d } from './d.ts';
import * as e from './e.ts';
import './f.ts';
import {
  g,
} from './g.ts';
export { h } from './h.ts';
export type { i } from './i.ts';
const j = await import('./j.ts');
`;
  assert.equal(specifiers(source).sort(), ['./a.ts', './b.ts', './d.ts', './e.ts', './f.ts', './g.ts', './h.ts', './i.ts', './j.ts']);
});

test('imports of types alone are told from imports of values', () => {
  const typeOnly = (source: string): boolean[] => findImports(source).map((found) => found.isTypeOnly);
  assert.equal(typeOnly("import type { a } from './a.ts';"), [true]);
  assert.equal(typeOnly("import { type a, type b } from './a.ts';"), [true]);
  assert.equal(typeOnly("import { type a, b } from './a.ts';"), [false]);
  assert.equal(typeOnly("import type from './a.ts';"), [false]);
  assert.equal(typeOnly("export type { a } from './a.ts';"), [true]);
});

test('what only looks like an import is not found', () => {
  const source = [
    "// import { a } from './a.ts';",
    "/*\nimport { b } from './b.ts';\n*/",
    "const text = `\nimport { c } from './c.ts';\n${`\nimport './d.ts';\n`}\nimport './e.ts';\n`;",
    "const pattern = /[`'\"/]/g; const half = 4 / 2; const again = '`';",
    "import { real } from './real.ts';",
  ].join('\n');
  assert.equal(specifiers(source), ['./real.ts']);
});

test('blanking keeps the length and the lines', () => {
  const source = "const a = `x${ { b: '}' }.b }y`; // c\n/* d\n */ const e = /\\/`/u;\nreturn /'/;\n";
  const blanked = blankCommentsAndTemplates(source);
  assert.is(blanked.length, source.length);
  assert.equal([...blanked].map((c, at) => (c === '\n') === (source[at] === '\n')).includes(false), false);
  assert.is(blanked.replace(/\s+/g, ' ').trim(), "const a = { b: '}' }.b ; const e = u; return ;");
});

test('exported names are found in declarations and in lists', () => {
  const source = `
export const a = 1;
export async function b() {}
export type C = string;
export class D {}
export { e, type F, g as h } from './x.ts';
const hidden = 2;
// export const commented = 3;
`;
  assert.equal(findExportedNames(source), { names: ['C', 'D', 'F', 'a', 'b', 'e', 'h'], problems: [] });
});

test('a default export and an export of everything are problems', () => {
  assert.equal(findExportedNames('export default 1;\n').problems, ['has a default export']);
  assert.equal(findExportedNames("export * from './x.ts';\n").problems, ['has "export *"']);
});

test.run();
