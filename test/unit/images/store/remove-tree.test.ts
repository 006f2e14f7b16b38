import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { removeTree } from '../../../../images/store/remove-tree.ts';

const test = suite('images/store/remove-tree');

test('read-only folders go, links are not followed, an absent tree is fine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-remove-'));
  try {
    mkdirSync(join(folder, 'keep'));
    writeFileSync(join(folder, 'keep/x'), '');
    mkdirSync(join(folder, 'gone/a/b'), { recursive: true });
    writeFileSync(join(folder, 'gone/a/b/c'), '');
    symlinkSync(join(folder, 'keep'), join(folder, 'gone/link'));
    for (const path of ['gone/a/b', 'gone/a', 'gone']) chmodSync(join(folder, path), 0o500);
    await removeTree(join(folder, 'gone'));
    await removeTree(join(folder, 'gone'));
    assert.equal([existsSync(join(folder, 'gone')), existsSync(join(folder, 'keep/x'))], [false, true]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
