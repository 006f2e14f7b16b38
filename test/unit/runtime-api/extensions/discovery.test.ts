import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findExtensions } from '../../../../runtime-api/extensions/discovery.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/extensions/discovery');
const NONE = { isDisabled: false, files: [] };

test('without a folder there are no extensions', async () => {
  await withTemporaryFolder(async (folder) => {
    assert.equal(findExtensions(undefined), NONE);
    assert.equal(findExtensions(join(folder, 'absent')), NONE);
    assert.equal(findExtensions(folder), NONE);
  });
});

test('a file in the place of the folder is no extension', async () => {
  await withTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'extensions'), '');
    assert.equal(findExtensions(folder), NONE);
  });
});

test('everything that is no folder counts, links too, in the order of bytes', async () => {
  await withTemporaryFolder(async (folder) => {
    const extensions = join(folder, 'extensions');
    mkdirSync(join(extensions, 'a-folder'), { recursive: true });
    for (const name of ['b', 'Z', '.hidden', 'ä']) writeFileSync(join(extensions, name), '');
    symlinkSync('nowhere', join(extensions, 'link'));
    const names = ['.hidden', 'Z', 'b', 'link', 'ä'];
    assert.equal(findExtensions(folder), { isDisabled: false, files: names.map((name) => ({ name, path: join(extensions, name) })) });
  });
});

test('one file switches all of them off', async () => {
  await withTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, 'extensions'));
    writeFileSync(join(folder, 'extensions', 'a'), '');
    writeFileSync(join(folder, 'disable-extensions-jwigqn8j'), '');
    assert.equal(findExtensions(folder), { isDisabled: true, files: [] });
  });
});

test.run();
