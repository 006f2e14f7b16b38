import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ARCHIVE_BYTES_MAX } from '../../../../cli/code-archive/limits.ts';
import { readCode } from '../../../../cli/code-archive/read-code.ts';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import { temporaryFolder } from '../run-rik.ts';

const test = suite('cli/code-archive/read-code');

async function codeOf(path: string): Promise<string> {
  try {
    await readCode(path);
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

test('a zip file is taken byte for byte', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'index.js'), 'x');
  const packed = await readCode(folder.path);
  writeFileSync(join(folder.path, 'code.zip'), packed);
  assert.ok((await readCode(join(folder.path, 'code.zip'))).equals(packed));
});

test('a file that is no zip file, an empty one, a missing path and a device are refused', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'text'), 'PK but not really, though long enough');
  writeFileSync(join(folder.path, 'empty'), '');
  for (const path of [join(folder.path, 'text'), join(folder.path, 'empty'), join(folder.path, 'missing'), '/dev/null']) assert.is(await codeOf(path), 'cli/code-unusable');
});

test('a zip file one byte above the limit is refused before it is read, one at the limit is read', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'large.zip');
  writeFileSync(path, Buffer.from([0x50, 0x4b, 3, 4]));
  truncateSync(path, ARCHIVE_BYTES_MAX);
  assert.is(await codeOf(path), 'accepted');
  truncateSync(path, ARCHIVE_BYTES_MAX + 1);
  assert.is(await codeOf(path), 'cli/code-too-large');
});

test.run();
