import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientDigest, composeClientLayer, entryPoint, MARKER_PATH } from '../../../../images/build/client-layer.ts';
import { LayerTree } from '../../../../images/build/layer-tree.ts';
import { loadRecipes, type Recipe } from '../../../../images/recipe.ts';

const test = suite('images/build/client-layer');
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-client-'));
  mkdirSync(join(folder, 'nodejs/lib'), { recursive: true });
  writeFileSync(join(folder, 'nodejs/bootstrap'), '#!/bin/sh\n');
  chmodSync(join(folder, 'nodejs/bootstrap'), 0o755);
  writeFileSync(join(folder, 'nodejs/lib/a.mjs'), 'export {}');
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

function recipe(reference: string): Recipe {
  const found = loadRecipes().find((one) => one.reference === reference);
  if (found === undefined) throw new Error(reference);
  return found;
}
const MARKER = { identifier: 'nodejs24.x', line: '24', languageVersion: '24.1.0', base: 'debian:bookworm', baseRelease: '12', glibc: '2.36', recipeDigest: 'sha256:x', epochS: 7 };

test('the digest changes with content, names and execute bits and with nothing else', async () => {
  const digest = (): Promise<string> => clientDigest(recipe('nodejs24.x@debian'), folder);
  const before = await digest();
  chmodSync(join(folder, 'nodejs/lib/a.mjs'), 0o600);
  assert.is(await digest(), before);
  chmodSync(join(folder, 'nodejs/lib/a.mjs'), 0o755);
  assert.is.not(await digest(), before);
  chmodSync(join(folder, 'nodejs/lib/a.mjs'), 0o644);
  writeFileSync(join(folder, 'nodejs/lib/b.mjs'), '');
  assert.is.not(await digest(), before);
});

test('a provided runtime needs no client', async () => {
  assert.match(await clientDigest(recipe('provided.al2023@debian'), folder), /^sha256:/);
  const tree = await composeClientLayer(recipe('provided.al2023@debian'), new LayerTree(), folder, MARKER);
  assert.not.ok(tree.paths().includes('var/runtime/bootstrap'));
});

test('the layer holds client, entry point and marker, and the marker no version number', async () => {
  const tree = await composeClientLayer(recipe('nodejs24.x@debian'), new LayerTree(), folder, MARKER);
  for (const path of ['var/runtime/bootstrap', 'var/runtime/lib/a.mjs', 'lambda-entrypoint.sh', MARKER_PATH]) assert.ok(tree.paths().includes(path), path);
  assert.equal(JSON.parse(tree.readFile(MARKER_PATH)?.toString() ?? ''), { schema: 1, ...MARKER });
});

test('the entry point asks for exactly one argument and for a platform', () => {
  const path = join(folder, 'entry.sh');
  writeFileSync(path, entryPoint('nodejs'));
  const run = (args: string[], environment: Record<string, string>): { status: number | null; stderr: string } => spawnSync('sh', [path, ...args], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...environment } });
  for (const args of [[], ['a', 'b']]) {
    const { status, stderr } = run(args, {});
    assert.is(status, 142);
    assert.match(stderr, 'usage:');
  }
  const alone = run(['app.handler'], {});
  assert.is(alone.status, 1);
  assert.match(alone.stderr, 'AWS_LAMBDA_RUNTIME_API');
});

test('provided runtimes look in the function first, managed ones in the image only', () => {
  assert.match(entryPoint('provided'), 'in /var/task/bootstrap /opt/bootstrap /var/runtime/bootstrap;');
  assert.match(entryPoint('python'), 'in /var/runtime/bootstrap;');
});

test.run();
