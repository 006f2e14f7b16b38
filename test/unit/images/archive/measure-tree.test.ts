import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureTree } from '../../../../images/archive/measure-tree.ts';
import { codeOf } from '../error-code.ts';

const test = suite('images/archive/measure-tree');
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-measure-'));
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd/f'), 'content');
  chmodSync(join(folder, 'd/f'), 0o644);
  symlinkSync('d/f', join(folder, 'l'));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const digest = async (): Promise<string> => (await measureTree(folder)).rootDigest;

test('the digest does not depend on times', async () => {
  const before = await digest();
  utimesSync(join(folder, 'd/f'), 1, 1);
  assert.is(await digest(), before);
  assert.match(before, /^sha256:[0-9a-f]{64}$/);
});

const CHANGES: Record<string, () => void> = {
  'content of the same length': () => writeFileSync(join(folder, 'd/f'), 'CONTENT'),
  mode: () => chmodSync(join(folder, 'd/f'), 0o755),
  'mode of a folder': () => chmodSync(join(folder, 'd'), 0o700),
  'link target': () => { rmSync(join(folder, 'l')); symlinkSync('d', join(folder, 'l')); },
  'an added empty folder': () => mkdirSync(join(folder, 'e')),
  'a removed link': () => rmSync(join(folder, 'l')),
  'a large file': () => { writeFileSync(join(folder, 'large'), ''); truncateSync(join(folder, 'large'), 3 * 1024 * 1024); },
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`the digest changes with ${what}`, async () => {
    const before = await digest();
    change();
    assert.is.not(await digest(), before);
  });
}

test('a name with a line break cannot imitate two entries', async () => {
  const before = await digest();
  writeFileSync(join(folder, 'x\nf 0644 0 - "y" ""'), '');
  const one = await digest();
  assert.is.not(one, before);
});

test('counts are those of the tree', async () => {
  const { files, contentBytes } = await measureTree(folder);
  assert.equal([files, contentBytes], [3, 7]);
});

test('a pipe is refused instead of read for ever', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assert.is(await codeOf(() => measureTree(folder)), 'images/tree-unsupported');
});

test.run();
