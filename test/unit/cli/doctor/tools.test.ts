import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding, Host } from '../../../../cli/doctor/finding.ts';
import { findProgram, runProgram } from '../../../../cli/doctor/run-program.ts';
import { examineTools, isStaticProgram } from '../../../../cli/doctor/tools.ts';
import { temporaryFolder } from '../run-rik.ts';

const test = suite('cli/doctor/tools');

function hostWith(folder: string, isRoot = true): Host {
  return { environment: { PATH: folder }, isRoot, platform: 'linux', architecture: 'x64' };
}

function plantProgram(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

async function findingOf(name: string, host: Host): Promise<Finding | undefined> {
  return (await examineTools(host)).find((finding) => finding.name === name);
}

test('a tool that is there is reported with its version and place', async () => {
  using folder = temporaryFolder();
  plantProgram(folder.path, 'bwrap', 'echo bubblewrap 0.12.0');
  assert.equal(await findingOf('bwrap', hostWith(folder.path)), { name: 'bwrap', status: 'ok', needed: 'required', found: `0.12.0 (${join(folder.path, 'bwrap')})` });
});

for (const [title, script, found, debianPackage] of [
  ['too old', 'echo bubblewrap 0.7.9', '0.7.9, but 0.8.0 or later is required', 'bubblewrap'],
  ['that fails', 'echo no libcap >&2; exit 127', 'does not run: no libcap', undefined],
  ['that prints no version', 'echo hello', 'does not run', undefined],
] as const) {
  test(`a tool ${title} counts as missing, with its package where a newer one helps`, async () => {
    using folder = temporaryFolder();
    plantProgram(folder.path, 'bwrap', script);
    const finding = await findingOf('bwrap', hostWith(folder.path));
    assert.is(finding?.status, 'missing');
    assert.match(finding?.found ?? '', found);
    assert.is(finding?.debianPackage, debianPackage);
  });
}

test('a file that is not executable, a folder and a relative PATH are no tools', () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'bwrap'), '');
  mkdirSync(join(folder.path, 'buildah'));
  for (const name of ['bwrap', 'buildah']) assert.is(findProgram(name, { PATH: folder.path }), undefined);
  for (const path of ['', ':', '.', 'bin:.']) assert.is(findProgram('sh', { PATH: path }), undefined);
});

test('a program in the sbin beside a bin of PATH is found', () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'sbin'));
  plantProgram(join(folder.path, 'sbin'), 'mkfs.ext4', 'true');
  assert.is(findProgram('mkfs.ext4', { PATH: join(folder.path, 'bin') }), join(folder.path, 'sbin', 'mkfs.ext4'));
});

test('newuidmap is required of ordinary users only', async () => {
  using folder = temporaryFolder();
  assert.is((await findingOf('newuidmap', hostWith(folder.path, true)))?.needed, 'optional');
  assert.is((await findingOf('newuidmap', hostWith(folder.path, false)))?.needed, 'required');
});

test('a script and a damaged program are not static programs', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'file');
  for (const content of [Buffer.from('#!/bin/sh\n'), Buffer.alloc(0), Buffer.from('\u007fELF'), Buffer.concat([Buffer.from('\u007fELF\u0002', 'latin1'), Buffer.alloc(4000, 0xff)])]) {
    writeFileSync(path, content);
    assert.not(isStaticProgram(path));
  }
  // Node itself is linked dynamically on every system it is packaged for.
  assert.not(isStaticProgram(process.execPath));
});

test('a program that cannot be started ends without exit code and with the reason', async () => {
  const end = await runProgram('/nonexistent/program', [], { environment: {} });
  assert.is(end.exitCode, undefined);
  assert.match(end.stderr, 'ENOENT');
});

test('a program that hangs is given up, even when what it started holds its pipes', async () => {
  using folder = temporaryFolder();
  plantProgram(folder.path, 'hang', 'sleep 3 & exec sleep 3');
  const end = await runProgram(join(folder.path, 'hang'), [], { environment: { PATH: process.env.PATH }, timeoutMs: 50 });
  assert.is(end.exitCode, undefined);
  assert.match(end.stderr, 'did not end within 50 ms');
});

test('a program that floods its output is not kept in memory', async () => {
  using folder = temporaryFolder();
  plantProgram(folder.path, 'flood', 'i=0; while [ $i -lt 3000 ]; do echo "0123456789012345678901234567890123456789012345678901234567890123456789"; i=$((i+1)); done');
  const end = await runProgram(join(folder.path, 'flood'), [], { environment: {} });
  assert.is(end.exitCode, 0);
  assert.is(end.stdout.length, 65_536);
});

test.run();
