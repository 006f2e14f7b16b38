import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync, appendFileSync, chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readInterpreter } from '../../../../platform/isolation/elf-interpreter.ts';
import { parseLibraryList, platformFolder } from '../../../../platform/isolation/platform-folder.ts';
import { findProgram } from '../../../../platform/isolation/tools.ts';
import { caught, withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('platform/isolation/platform-folder');

test('the loader’s list is read without the kernel’s object and the loader itself', () => {
  const list = '\tlinux-vdso.so.1 (0x00007ffc)\n\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f00)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f01)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f02)\n';
  assert.equal(parseLibraryList(list), [{ name: 'libdl.so.2', path: '/lib/x86_64-linux-gnu/libdl.so.2' }, { name: 'libc.so.6', path: '/lib/x86_64-linux-gnu/libc.so.6' }]);
});

test('a missing library is refused', async () => {
  assert.match(String(await caught(() => parseLibraryList('\tlibx.so.1 => not found\n'))), /not installed/);
});

const busybox = findProgram('busybox');
const isReady = process.platform === 'linux' && busybox !== undefined && (await readInterpreter(busybox)) === undefined && (await readInterpreter(process.execPath)) !== undefined;

if (!isReady) {
  test.skip('the folder starts Node.js with nothing of the system (needs a static busybox)', () => undefined);
  console.log('skip: a static busybox and a dynamic Node.js for Linux are needed');
} else {
  test('the folder starts Node.js through its own loader and libraries, is kept, and is made anew for another server', () =>
    withTemporaryFolder(async (folder) => {
      const serverBundlePath = join(folder, 'bundle.cjs');
      writeFileSync(serverBundlePath, 'console.log(JSON.stringify({ version: process.version, maps: require("fs").readFileSync("/proc/self/maps", "utf8") }))');
      const options = { stateDir: join(folder, 'state'), nodePath: process.execPath, serverBundlePath };
      const first = await platformFolder(options);
      assert.equal(first.command, ['/var/rapid/ld.so', '--inhibit-cache', '--library-path', '/var/rapid/lib', '/var/rapid/node', '/var/rapid/rapid.cjs']);
      const outside = first.command.map((argument) => argument.replace('/var/rapid', first.dir));
      const [program = '', ...rest] = outside;
      const { version, maps } = JSON.parse(execFileSync(program, rest, { encoding: 'utf8', env: {} })) as { version: string; maps: string };
      assert.is(version, process.version);
      // A part may be a hard link, which the kernel shows under its name in the folder.
      for (const path of maps.match(/\/\S+\.so\S*/g) ?? []) assert.ok(path.startsWith(first.dir), path);
      for (const name of ['node', 'ld.so', 'busybox', 'rapid.cjs', 'lib/libc.so.6']) assert.is(statSync(join(first.dir, name)).mode & 0o577, 0o555, name);

      const inode = statSync(join(first.dir, 'rapid.cjs')).ino;
      assert.equal(await platformFolder(options), first);
      assert.is(statSync(join(first.dir, 'rapid.cjs')).ino, inode);

      writeFileSync(serverBundlePath, 'other');
      const other = await platformFolder(options);
      assert.is.not(other.dir, first.dir);
      assert.is(readFileSync(join(other.dir, 'rapid.cjs'), 'utf8'), 'other');
      assert.ok(existsSync(join(first.dir, 'rapid.cjs')));
      assert.equal(readdirSync(join(folder, 'state/rapid')).filter((name) => name.includes('.') && name !== 'digests.json'), []);
    }));

  test('a folder that was damaged or half removed is made again', () =>
    withTemporaryFolder(async (folder) => {
      const serverBundlePath = join(folder, 'bundle.cjs');
      writeFileSync(serverBundlePath, 'server');
      const options = { stateDir: join(folder, 'state'), nodePath: process.execPath, serverBundlePath };
      const { dir } = await platformFolder(options);
      chmodSync(join(dir, 'rapid.cjs'), 0o755);
      appendFileSync(join(dir, 'rapid.cjs'), ' changed');
      await platformFolder(options);
      assert.is(readFileSync(join(dir, 'rapid.cjs'), 'utf8'), 'server');
      rmSync(join(dir, 'lib'), { recursive: true });
      await platformFolder(options);
      assert.ok(existsSync(join(dir, 'lib/libc.so.6')));
    }));

  test('several at once make one folder', () =>
    withTemporaryFolder(async (folder) => {
      const serverBundlePath = join(folder, 'bundle.cjs');
      writeFileSync(serverBundlePath, 'server');
      const options = { stateDir: join(folder, 'state'), nodePath: process.execPath, serverBundlePath };
      const made = await Promise.all([platformFolder(options), platformFolder(options), platformFolder(options)]);
      assert.is(new Set(made.map(({ dir }) => dir)).size, 1);
    }));

  test('a script in the place of the node binary is refused with what to give instead', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'node');
      writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
      assert.match(String(await caught(() => platformFolder({ stateDir: folder, nodePath: path, serverBundlePath: path }))), /not a dynamically linked program/);
    }));

  test('a busybox that is not static is refused', () =>
    withTemporaryFolder(async (folder) => {
      assert.match(String(await caught(() => platformFolder({ stateDir: folder, nodePath: process.execPath, serverBundlePath: process.execPath, busyboxPath: process.execPath }))), /linked dynamically/);
    }));
}

test.run();
