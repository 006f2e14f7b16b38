import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newestPackageEpochS } from '../../../../images/build/build-lock.ts';
import { upstreamVersion } from '../../../../images/build/language-layer.ts';
import { hasMoved, languagePackages } from '../../../../images/build/resolve-recipe.ts';
import type { LockedPackage } from '../../../../images/debian/resolve-packages.ts';
import { loadRecipes, type Recipe } from '../../../../images/recipe.ts';

const test = suite('images/build/resolve-recipe');
const locked = (name: string, sha256 = name, builtAtEpochS = 1): LockedPackage => ({ name, version: '1', architecture: 'all', source: name, sourceVersion: '1', sha256, sizeBytes: 1, builtAtEpochS });
function recipe(reference: string): Recipe {
  const found = loadRecipes().find((one) => one.reference === reference);
  if (found === undefined) throw new Error(reference);
  return found;
}

test('the language layer holds what is new, but not what the recipe leaves out', () => {
  const resolved = ['bash', 'dpkg', 'libc6', 'libssl3'].map((name) => locked(name));
  assert.equal(languagePackages(recipe('provided.al2023@debian'), [locked('libc6')], resolved).map(({ name }) => name), ['bash', 'libssl3']);
});

test('jlink works on the named packages only, and Node on none', () => {
  const resolved = ['fontconfig-config', 'openjdk-17-jdk-headless', 'openjdk-17-jre-headless'].map((name) => locked(name));
  assert.equal(languagePackages(recipe('java17@debian'), [], resolved).map(({ name }) => name), ['openjdk-17-jdk-headless', 'openjdk-17-jre-headless']);
  assert.equal(languagePackages(recipe('nodejs24.x@debian'), [], resolved), []);
});

test('a base has moved when one of its packages has other bytes', () => {
  assert.not.ok(hasMoved([locked('a'), locked('b')], [locked('a'), locked('c', 'other')]));
  assert.ok(hasMoved([locked('a'), locked('b')], [locked('a'), locked('b', 'other')]));
});

test('the epoch is the newest build time of what goes in', () => {
  assert.is(newestPackageEpochS({ base: [locked('a', 'a', 5), locked('b', 'b', 9)], language: [] }), 9);
  assert.is(newestPackageEpochS({ base: [locked('a', 'a', 5)], language: [locked('c', 'c', 11)] }), 11);
});

test('the language version is the upstream part of the package version', () => {
  assert.equal(['3.11.2-6+deb12u9', '1:17.0.21+1-1', '12.4+deb12u15', '1:2.3-4-5'].map(upstreamVersion), ['3.11.2', '17.0.21+1', '12.4+deb12u15', '2.3-4']);
});

test.run();
