import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findBootstrap } from '../../../../runtime-api/supervisor/bootstrap-lookup.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/supervisor/bootstrap-lookup');

/** Makes `bootstrap` in a fresh folder and looks it up. */
async function lookUp(make: (path: string) => void): Promise<string> {
  return withTemporaryFolder((folder) => {
    const path = join(folder, 'bootstrap');
    make(path);
    const found = findBootstrap([path]);
    if (found.found) return 'found';
    return found.kind === 'absent' ? 'absent' : found.reason;
  });
}

function program(content: string | Buffer, mode = 0o755): (path: string) => void {
  return (path) => {
    writeFileSync(path, content);
    chmodSync(path, mode);
  };
}

const elf = (machine: number): Buffer => {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
};
const THIS_MACHINE = process.arch === 'arm64' ? 183 : 62;
const OTHER_MACHINE = process.arch === 'arm64' ? 62 : 183;

for (const [title, make, wanted] of [
  ['a script', program('#!/bin/sh\n'), 'found'],
  ['a script whose interpreter has an argument', program('#! /usr/bin/env node\n'), 'found'],
  ['a binary for this machine', (path: string) => copyFileSync(process.execPath, path), 'found'],
  ['the head of a binary for this machine', program(elf(THIS_MACHINE)), 'found'],
  ['a link to a script', (path: string) => { program('#!/bin/sh\n')(`${path}.real`); symlinkSync(`${path}.real`, path); }, 'found'],
  ['nothing', () => {}, 'absent'],
  ['a link that leads nowhere', (path: string) => symlinkSync('/nonexistent', path), 'absent'],
  ['a folder', (path: string) => mkdirSync(path), 'permission denied'],
  ['a file that is not executable', program('#!/bin/sh\n', 0o644), 'permission denied'],
  ['a binary for another machine', program(elf(OTHER_MACHINE)), 'exec format error'],
  ['an empty file', program(''), 'exec format error'],
  ['a script without its first line', program('echo hello\n'), 'exec format error'],
  ['a script whose interpreter is missing', program('#!/nonexistent/sh\n'), 'no such file or directory'],
  ['a script with DOS line ends', program('#!/bin/sh\r\n'), 'no such file or directory'],
  ['a script without interpreter', program('#!\n'), 'no such file or directory'],
  ['a script whose interpreter has a NUL', program('#!/bin/sh\0x\n'), 'invalid argument'],
  ['a script whose interpreter is a loop of links', program('#!/proc/self/fd/../root/nonexistent\n'), 'no such file or directory'],
  ['a loop of links', (path: string) => symlinkSync(path, path), 'too many levels of symbolic links'],
] as const) {
  test(`${title}: ${wanted}`, async () => assert.is(await lookUp(make), wanted));
}

test('the first existing path decides, usable or not', async () => {
  await withTemporaryFolder((folder) => {
    const [absent, bad, good] = ['absent', 'bad', 'good'].map((name) => join(folder, name));
    program('#!/bin/sh\n', 0o644)(bad ?? '');
    program('#!/bin/sh\n')(good ?? '');
    assert.equal(findBootstrap([absent ?? '', good ?? '', bad ?? '']), { found: true, path: good });
    assert.equal(findBootstrap([absent ?? '', bad ?? '', good ?? '']), { found: false, kind: 'unusable', path: bad, reason: 'permission denied' });
  });
});

test('a path below a file is absent', async () => {
  await withTemporaryFolder((folder) => {
    program('x')(join(folder, 'file'));
    assert.equal(findBootstrap([join(folder, 'file', 'bootstrap')]), { found: false, kind: 'absent' });
  });
});

test.run();
