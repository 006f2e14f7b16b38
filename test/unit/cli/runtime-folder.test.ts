import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildRuntime, packRuntime, readRuntimeFolder } from '../../../cli/runtime-folder.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { caught, withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('cli/runtime-folder');
const quiet = (): void => undefined;

function makeRuntime(folder: string, runtimeFile: unknown): string {
  for (const [name, mode] of [['bootstrap', 0o755], ['function.sh', 0o644], ['notes.txt', 0o644]] as const) {
    writeFileSync(join(folder, name), name);
    chmodSync(join(folder, name), mode);
  }
  if (runtimeFile !== undefined) writeFileSync(join(folder, 'runtime.json'), typeof runtimeFile === 'string' ? runtimeFile : JSON.stringify(runtimeFile));
  return folder;
}

async function codeOf(act: () => unknown): Promise<string | undefined> {
  const error = await caught(act);
  return isCodedError(error) ? error.code : undefined;
}

test('only the files that runtime.json names are packed, for a layer those without the function', () =>
  withTemporaryFolder(async (folder) => {
    const runtime = readRuntimeFolder(makeRuntime(folder, { files: ['bootstrap', 'function.sh'], layer: ['bootstrap'] }));
    const [code, layer] = [await packRuntime(runtime, 'code'), await packRuntime(runtime, 'layer')];
    assert.equal(['bootstrap', 'function.sh', 'notes.txt'].map((name) => [code.includes(name), layer.includes(name)]), [[true, true], [true, false], [false, false]]);
  }));

test('without runtime.json everything is packed', () =>
  withTemporaryFolder(async (folder) => {
    assert.ok((await packRuntime(readRuntimeFolder(makeRuntime(folder, undefined)), 'code')).includes('notes.txt'));
  }));

test('a build runs in the folder and may make the bootstrap', () =>
  withTemporaryFolder(async (folder) => {
    makeRuntime(folder, { build: 'build.sh' });
    writeFileSync(join(folder, 'build.sh'), '#!/bin/sh\nrm bootstrap\necho made > bootstrap\nchmod +x bootstrap\n', { mode: 0o755 });
    await buildRuntime(readRuntimeFolder(folder), quiet);
  }));

/** runtime.json and what is wrong with it. */
const WRONG: { title: string; runtimeFile: unknown }[] = [
  { title: 'no JSON', runtimeFile: '{' },
  { title: 'an unknown member', runtimeFile: { file: ['bootstrap'] } },
  { title: 'a path above the folder', runtimeFile: { files: ['../secret'] } },
  { title: 'an absolute path', runtimeFile: { build: '/bin/true' } },
  { title: 'a list of nothing', runtimeFile: { files: [] } },
];
for (const { title, runtimeFile } of WRONG) {
  test(`${title} in runtime.json is refused`, () =>
    withTemporaryFolder(async (folder) => {
      assert.is(await codeOf(() => readRuntimeFolder(makeRuntime(folder, runtimeFile))), 'cli/runtime-file-invalid');
    }));
}

test('a file that is not there is named', () =>
  withTemporaryFolder(async (folder) => {
    const error = await caught(() => packRuntime(readRuntimeFolder(makeRuntime(folder, { files: ['bootstrap', 'missing'] })), 'code'));
    assert.match(String(error), /names missing, which cannot be packed/);
  }));

test('a build that fails, one that cannot be started and one that makes no bootstrap are failures', () =>
  withTemporaryFolder(async (parent) => {
    for (const [name, script, mode] of [['fails', '#!/bin/sh\nexit 3\n', 0o755], ['locked', '#!/bin/sh\n', 0o644], ['lazy', '#!/bin/sh\nrm bootstrap\n', 0o755]] as const) {
      const folder = join(parent, name);
      mkdirSync(folder);
      makeRuntime(folder, { build: 'build.sh' });
      writeFileSync(join(folder, 'build.sh'), script);
      chmodSync(join(folder, 'build.sh'), mode);
      assert.is(await codeOf(() => buildRuntime(readRuntimeFolder(folder), quiet)), 'cli/runtime-build-failed', name);
    }
  }));

test('a bootstrap that is not executable is a failure, and a word that is no folder a wrong call', () =>
  withTemporaryFolder(async (folder) => {
    chmodSync(join(makeRuntime(folder, undefined), 'bootstrap'), 0o644);
    assert.is(await codeOf(() => buildRuntime(readRuntimeFolder(folder), quiet)), 'cli/runtime-build-failed');
    assert.is(await codeOf(() => readRuntimeFolder(join(folder, 'nowhere'))), 'cli/usage');
  }));

test.run();
