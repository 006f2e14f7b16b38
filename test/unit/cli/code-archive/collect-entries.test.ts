import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { collectEntries } from '../../../../cli/code-archive/collect-entries.ts';
import { UNPACKED_BYTES_MAX } from '../../../../cli/code-archive/limits.ts';
import { isCodedError } from '../../../../foundation/coded-error.ts';
import { temporaryFolder } from '../run-rik.ts';

const test = suite('cli/code-archive/collect-entries');

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

for (const [target, code] of [
  ['file', 'accepted'],
  ['../file', 'accepted'],
  ['./sub/../file', 'accepted'],
  ['missing-but-inside', 'accepted'],
  ['../../outside', 'cli/code-unusable'],
  ['..//..//outside', 'cli/code-unusable'],
  ['x/../../../outside', 'cli/code-unusable'],
  ['/etc/passwd', 'cli/code-unusable'],
] as const) {
  test(`a link in a sub-folder to "${target}" ends as ${code}`, () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'sub'));
    writeFileSync(join(folder.path, 'file'), '');
    symlinkSync(target, join(folder.path, 'sub', 'link'));
    assert.is(codeOf(() => collectEntries(folder.path)), code);
  });
}

test('a link to a folder stays a link and is not followed', () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'sub'));
  writeFileSync(join(folder.path, 'sub', 'file'), '');
  symlinkSync('sub', join(folder.path, 'same'));
  assert.equal(collectEntries(folder.path).map((entry) => entry.path), ['same', 'sub/', 'sub/file']);
});

test('a folder that holds nothing, or nothing but empty folders, is refused, and empty folders are left out', () => {
  using folder = temporaryFolder();
  assert.is(codeOf(() => collectEntries(folder.path)), 'cli/code-unusable');
  mkdirSync(join(folder.path, 'empty', 'nested'), { recursive: true });
  assert.is(codeOf(() => collectEntries(folder.path)), 'cli/code-unusable');
  writeFileSync(join(folder.path, 'file'), '');
  assert.equal(collectEntries(folder.path).map((entry) => entry.path), ['file']);
});

test('a pipe among the code is refused and not waited for', () => {
  using folder = temporaryFolder();
  const made = spawnSync('mkfifo', [join(folder.path, 'pipe')]);
  assert.is(made.status, 0);
  assert.is(codeOf(() => collectEntries(folder.path)), 'cli/code-unusable');
});

test('a name with a backslash and a name that is not UTF-8 are refused', () => {
  for (const name of [Buffer.from('a\\b'), Buffer.from([0x61, 0xff, 0x62])]) {
    using folder = temporaryFolder();
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), name]), '');
    assert.is(codeOf(() => collectEntries(folder.path)), 'cli/code-unusable');
  }
});

test('code of exactly the largest size unpacked is accepted and one byte more is refused, without being read', () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'sparse'), '');
  truncateSync(join(folder.path, 'sparse'), UNPACKED_BYTES_MAX);
  assert.is(codeOf(() => collectEntries(folder.path)), 'accepted');
  writeFileSync(join(folder.path, 'more'), 'x');
  assert.is(codeOf(() => collectEntries(folder.path)), 'cli/code-too-large');
});

test.run();
