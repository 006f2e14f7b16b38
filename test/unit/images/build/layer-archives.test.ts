import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LayerArchives, readLayerTree, type MadeLayer } from '../../../../images/build/layer-archives.ts';
import { LayerTree } from '../../../../images/build/layer-tree.ts';
import { codeOf } from '../error-code.ts';

const test = suite('images/build/layer-archives');
let folder: string;
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'rik-archives-')); });
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
async function make(): Promise<MadeLayer> {
  made += 1;
  const tree = new LayerTree();
  tree.addFile('etc/a', 'x', 0o755);
  tree.addSymlink('l', 'etc/a');
  tree.addSharedDirectory('tmp');
  return { tree, facts: { languageVersion: '1' } };
}

test('the same inputs are made once, other inputs or times anew, equal content shares its archive', async () => {
  made = 0;
  const archives = new LayerArchives(folder);
  const first = await archives.get('base', { a: 1, b: 2 }, 0, make);
  const again = await new LayerArchives(folder).get('base', { b: 2, a: 1 }, 0, make);
  assert.equal([made, first.isReused, again.isReused, again.sha256], [1, false, true, first.sha256]);
  assert.equal(again.facts, { languageVersion: '1' });
  const other = await archives.get('base', { a: 2 }, 0, make);
  assert.equal([made, other.sha256], [2, first.sha256]);
  assert.is.not((await archives.get('base', { a: 1, b: 2 }, 5, make)).sha256, first.sha256);
});

test('an archive reads back as the tree it was made from', async () => {
  const { tarPath } = await new LayerArchives(folder).get('base', {}, 0, make);
  assert.equal([...(await readLayerTree(tarPath)).items()], [...(await make()).tree.items()]);
});

test('an altered archive is refused, not used', async () => {
  const archives = new LayerArchives(folder);
  const { tarPath } = await archives.get('base', {}, 0, make);
  writeFileSync(tarPath, 'altered');
  assert.is(await codeOf(() => archives.get('base', {}, 0, make)), 'images/package-altered');
});

test('a failed make leaves no archive and no record', async () => {
  const archives = new LayerArchives(folder);
  await archives.get('base', {}, 0, async () => { throw new Error('stop'); }).catch(() => {});
  assert.not.ok((await archives.get('base', {}, 0, make)).isReused);
});

test.run();
