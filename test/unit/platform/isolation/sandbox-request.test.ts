import { mkdirSync, symlinkSync, writeFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SandboxRequest } from '../../../../platform/isolation/backend.ts';
import { ROOT_FOLDERS } from '../../../../platform/isolation/launch/bubblewrap-arguments.ts';
import { checkLimits, checkRequest, checkRootFolders } from '../../../../platform/isolation/sandbox-request.ts';
import { caught, withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('platform/isolation/sandbox-request');

const REQUEST: SandboxRequest = { rootPath: '/r', rootDigest: 'd', architecture: 'x86_64', platformDir: '/p', command: ['/x'], tmpMiB: 512, environment: { A: 'b' } };

test('a lawful request passes', () => {
  checkRequest(REQUEST);
  checkRequest({ ...REQUEST, environment: {}, tmpMiB: 4 });
});

for (const [title, changes] of [
  ['an empty command', { command: [] }],
  ['an argument with a zero byte', { command: ['/x', 'a\0b'] }],
  ['a variable without a name', { environment: { '': 'x' } }],
  ['a variable name with a blank', { environment: { 'A B': 'x' } }],
  ['a variable name that starts with a digit', { environment: { '1A': 'x' } }],
  ['a value with a zero byte', { environment: { A: '\0' } }],
  ['a /tmp below the minimum', { tmpMiB: 3 }],
  ['a /tmp above the maximum', { tmpMiB: 65_537 }],
  ['a /tmp of half a MiB more', { tmpMiB: 64.5 }],
  ['a /tmp that is no number', { tmpMiB: Number.NaN }],
] as const) {
  test(`${title} is refused`, async () => {
    const { command, ...others } = { ...REQUEST, ...changes };
    assert.match(JSON.stringify(await caught(() => checkRequest({ ...others, command: [...command] }))), /isolation\/bad-request/);
  });
}

test('limits are taken at both ends and refused one beyond', async () => {
  for (const limits of [{ memoryMiB: 16, pidsMax: 4 }, { memoryMiB: 65_536, pidsMax: 32_768 }]) checkLimits(limits);
  for (const limits of [{ memoryMiB: 15, pidsMax: 4 }, { memoryMiB: 65_537, pidsMax: 4 }, { memoryMiB: 128, pidsMax: 3 }, { memoryMiB: 128, pidsMax: 32_769 }, { memoryMiB: -1, pidsMax: 4 }]) {
    assert.match(String(await caught(() => checkLimits(limits))), /must be a whole number from/);
  }
});

test('a root with real folders passes', () =>
  withTemporaryFolder((folder) => {
    for (const name of ROOT_FOLDERS) mkdirSync(join(folder, name), { recursive: true });
    checkRootFolders(folder);
  }));

for (const name of ROOT_FOLDERS.flatMap((path) => (path.includes('/') ? [path, dirname(path)] : [path]))) {
  test(`a root whose /${name} is a link, a file or missing is refused`, () =>
    withTemporaryFolder(async (folder) => {
      for (const inner of ROOT_FOLDERS) mkdirSync(join(folder, inner), { recursive: true });
      rmSync(join(folder, name), { recursive: true });
      assert.match(String(await caught(() => checkRootFolders(folder))), /no real folder/);
      symlinkSync('/tmp', join(folder, name));
      assert.match(String(await caught(() => checkRootFolders(folder))), /symbolic link/);
      rmSync(join(folder, name));
      writeFileSync(join(folder, name), '');
      assert.match(String(await caught(() => checkRootFolders(folder))), /no real folder/);
    }));
}

test.run();
