import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram, findTools, isAtLeast, TOOLS } from '../../../../platform/isolation/tools.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('platform/isolation/tools');

function place(folder: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(TOOLS)) {
    writeFileSync(join(folder, name), name === 'bwrap' ? `#!/bin/sh\necho "bubblewrap ${version}"\n` : '#!/bin/sh\n');
    chmodSync(join(folder, name), 0o755);
  }
}

test('every missing tool is named with the package to install', () =>
  withTemporaryFolder((folder) => {
    const { problems, paths } = findTools(folder);
    assert.is(paths, undefined);
    assert.equal(new Set(problems.map(({ code }) => code)), new Set(['isolation/tool-missing']));
    assert.match(String(problems.find(({ message }) => message.startsWith('bwrap'))?.hint), /apt-get install bubblewrap/);
    assert.match(String(problems.find(({ message }) => message.startsWith('busybox'))?.hint), /apt-get install busybox-static/);
  }));

test('mkfs.ext4 may be missing', () =>
  withTemporaryFolder((folder) => {
    assert.not.ok(findTools(folder).problems.some(({ message }) => message.includes('mkfs')));
  }));

for (const [version, isGood] of [['0.8.0', true], ['0.11.0', true], ['1.0', true], ['0.7.1', false], ['', false]] as const) {
  test(`bubblewrap ${version || 'without a version'} is ${isGood ? 'taken' : 'too old'}`, () =>
    withTemporaryFolder((folder) => {
      place(folder, version);
      const { problems, paths } = findTools(folder);
      assert.equal(problems.map(({ code }) => code), isGood ? [] : ['isolation/tool-too-old']);
      assert.is(paths === undefined, !isGood);
      if (isGood) assert.is(paths?.bwrap, join(folder, 'bwrap'));
    }));
}

test('versions compare by number and not by letter', () => {
  assert.equal([isAtLeast('0.10.0', [0, 8, 0]), isAtLeast('0.8', [0, 8, 0]), isAtLeast('0.8.0', [0, 8, 1]), isAtLeast('1', [0, 99])], [true, true, false, true]);
});

test('a file that cannot be run is no program', () =>
  withTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'bwrap'), '');
    assert.is(findProgram('bwrap', folder), undefined);
  }));

test.run();
