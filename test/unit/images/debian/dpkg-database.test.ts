import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dpkgInfoFiles, dpkgStatus, type UnpackedPackage } from '../../../../images/debian/dpkg-database.ts';

const test = suite('images/debian/dpkg-database');
const control = (name: string, extra = ''): string => `Package: ${name}\nVersion: 1:2.0-3\nArchitecture: amd64\n${extra}Maintainer: Somebody <s@example.org>\nDescription: short\n long text\n\n`;
const DASH: UnpackedPackage = { control: control('dash'), md5sums: undefined, paths: ['./', './bin/', './bin/dash'] };
const LIBC: UnpackedPackage = { control: control('libc6', 'Multi-Arch: same\n'), md5sums: '0cc175b9c0f1b6a831c399e269772661  lib/libc.so\n', paths: ['./', './lib/', './lib/libc.so'] };

test('each paragraph gets its state directly after the name, in the order given', () => {
  assert.is(dpkgStatus([LIBC, DASH]).split('\n').filter((line) => /^(Package|Status)/.test(line)).join('|'), 'Package: libc6|Status: install ok installed|Package: dash|Status: install ok installed');
  assert.ok(dpkgStatus([DASH]).endsWith(' long text\n\n'));
});

test('a state that the archive claims for itself is dropped', () => {
  const text = dpkgStatus([{ ...DASH, control: control('dash', 'Status: deinstall ok config-files\n') }]);
  assert.equal(text.match(/^Status:.*$/gm), ['Status: install ok installed']);
});

test('files of co-installable packages carry the architecture', () => {
  assert.equal([...dpkgInfoFiles(DASH)], [['info/dash.list', '/.\n/bin\n/bin/dash\n']]);
  assert.equal([...dpkgInfoFiles(LIBC).keys()], ['info/libc6:amd64.list', 'info/libc6:amd64.md5sums']);
});

test('dpkg itself reads the database back', () => {
  if (spawnSync('dpkg-query', ['--version']).status !== 0) return console.log('skip: dpkg-query is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'rik-dpkg-'));
  try {
    const files = new Map([['status', dpkgStatus([DASH, LIBC])], ['info/format', '1\n'], ...dpkgInfoFiles(DASH), ...dpkgInfoFiles(LIBC)]);
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const query = (...args: string[]): string => execFileSync('dpkg-query', [`--admindir=${folder}`, ...args], { encoding: 'utf8' });
    assert.is(query('--show', '--showformat=${db:Status-Abbrev} ${binary:Package} ${Version}\\n'), 'ii  dash 1:2.0-3\nii  libc6:amd64 1:2.0-3\n');
    assert.is(query('--listfiles', 'libc6:amd64'), '/.\n/lib\n/lib/libc.so\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
