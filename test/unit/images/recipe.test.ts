import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { loadRecipes, parseRecipe } from '../../../images/recipe.ts';
import { codeOf } from './error-code.ts';

const test = suite('images/recipe');

const GOOD = {
  schema: 1, identifier: 'nodejs24.x', family: 'nodejs', line: '24', architectures: ['x86_64'],
  base: { provider: 'debian', suite: 'bookworm', profile: 'slim' }, language: { source: 'npm', name: 'node-linux', track: '24' }, env: {}, licenses: 'MIT',
};
const parse = (change: Record<string, unknown>): unknown => parseRecipe('nodejs24.x@debian', JSON.stringify({ ...GOOD, ...change }));

test('every recipe that comes with rik is valid and lies in the folder of its own reference', () => {
  const recipes = loadRecipes();
  for (const wanted of ['nodejs24.x@debian', 'nodejs22.x@debian', 'nodejs20.x@debian', 'java21@debian', 'java25@debian', 'python3.11@debian', 'python3.13@debian', 'java17@debian', 'provided.al2023@debian']) {
    assert.ok(recipes.some(({ reference }) => reference === wanted), wanted);
  }
});

test('the digest depends on what the recipe says, not on how it is written', () => {
  const plain = parseRecipe('nodejs24.x@debian', JSON.stringify(GOOD));
  const spaced = parseRecipe('nodejs24.x@debian', JSON.stringify(Object.fromEntries(Object.entries(GOOD).reverse()), null, 4));
  const other = parseRecipe('nodejs24.x@debian', JSON.stringify({ ...GOOD, env: { A: 'b' } }));
  assert.is(plain.recipeDigest, spaced.recipeDigest);
  assert.is.not(plain.recipeDigest, other.recipeDigest);
});

const BAD: { title: string; change: Record<string, unknown>; pointer: string }[] = [
  { title: 'an unknown field', change: { digest: 'sha256:00' }, pointer: '/' },
  { title: 'a digest in the language', change: { language: { ...GOOD.language, integrity: 'sha512-x' } }, pointer: '/language' },
  { title: 'another schema number', change: { schema: 2 }, pointer: '/schema' },
  { title: 'an identifier with a slash', change: { identifier: '../x' }, pointer: '/identifier' },
  { title: 'an unknown family', change: { family: 'ruby' }, pointer: '/family' },
  { title: 'no architecture', change: { architectures: [] }, pointer: '/architectures' },
  { title: 'an unknown architecture', change: { architectures: ['s390x'] }, pointer: '/architectures/0' },
  { title: 'an unknown suite', change: { base: { ...GOOD.base, suite: 'sid; rm -rf /' } }, pointer: '/base/suite' },
  { title: 'a package that is an option', change: { language: { source: 'deb', packages: ['--simulate'], exclude: [], versionOf: 'base-files', links: {} } }, pointer: '/language/packages/0' },
  { title: 'a package with a comma', change: { language: { source: 'deb', packages: ['a1,b2'], exclude: [], versionOf: 'base-files', links: {} } }, pointer: '/language/packages/0' },
  { title: 'a link that climbs', change: { language: { source: 'deb', packages: ['bash'], exclude: [], versionOf: 'bash', links: { '../x': '/usr/bin/x' } } }, pointer: '/language/links/..~1x' },
  { title: 'a track that is an option', change: { language: { ...GOOD.language, track: '--registry=x' } }, pointer: '/language/track' },
  { title: 'a variable name with an equals sign', change: { env: { 'A=B': 'c' } }, pointer: '/env/A=B' },
  { title: 'an unknown source', change: { language: { source: 'curl' } }, pointer: '/language/source' },
  { title: 'a missing licence', change: { licenses: undefined }, pointer: '/licenses' },
];

for (const { title, change, pointer } of BAD) {
  test(`${title} is refused with its JSON pointer`, () => {
    try {
      parse(change);
      assert.unreachable();
    } catch (error) {
      if (!isCodedError(error)) throw error;
      assert.is(error.code, 'images/recipe-invalid');
      assert.ok(error.message.includes(`${pointer}:`), error.message);
    }
  });
}

test('a recipe in the folder of another reference is refused', async () => {
  assert.is(await codeOf(() => parseRecipe('nodejs22.x@debian', JSON.stringify(GOOD))), 'images/recipe-invalid');
});

test('text that is not JSON is refused', async () => {
  assert.is(await codeOf(() => parseRecipe('nodejs24.x@debian', '{')), 'images/recipe-invalid');
});

test('recipes are loaded in byte order from any folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-recipes-'));
  try {
    for (const identifier of ['nodejs9.x', 'nodejs24.x']) {
      mkdirSync(join(folder, `${identifier}@debian`));
      writeFileSync(join(folder, `${identifier}@debian`, 'recipe.json'), JSON.stringify({ ...GOOD, identifier }));
    }
    assert.equal(loadRecipes(folder).map(({ reference }) => reference), ['nodejs24.x@debian', 'nodejs9.x@debian']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
