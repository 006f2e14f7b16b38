import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeReadableFolder } from '../../../../images/store/readable-folder.ts';

const test = suite('images/store/readable-folder');

test('new folders are passable under any umask, existing ones keep their mode', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-readable-'));
  const before = process.umask(0o077);
  try {
    mkdirSync(join(folder, 'old'));
    chmodSync(join(folder, 'old'), 0o711);
    await makeReadableFolder(join(folder, 'old/a/b'));
    await makeReadableFolder(join(folder, 'old/a/b'));
    assert.equal(['old', 'old/a', 'old/a/b'].map((path) => (statSync(join(folder, path)).mode & 0o777).toString(8)), ['711', '755', '755']);
  } finally {
    process.umask(before);
    rmSync(folder, { recursive: true });
  }
});

test.run();
