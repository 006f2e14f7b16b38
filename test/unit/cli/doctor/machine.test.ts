import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { examineMachine, isDebianLike, readOsRelease } from '../../../../cli/doctor/machine.ts';
import { examineKvm } from '../../../../cli/doctor/virtualisation.ts';
import { temporaryFolder } from '../run-rik.ts';

const test = suite('cli/doctor/machine');

for (const [title, text, isDebian] of [
  ['Debian', 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', true],
  ['a descendant that says so', 'ID=ubuntu\nID_LIKE=debian\n', true],
  ['one of several ancestors', "ID=mint\nID_LIKE='ubuntu debian'\n", true],
  ['another family', 'ID=fedora\nID_LIKE=rhel\n', false],
  ['an empty file', '', false],
  ['a file of nonsense', '====\n\u0000\n#ID=debian', false],
] as const) {
  test(`${title} ${isDebian ? 'takes' : 'does not take'} Debian packages`, () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'os-release');
    writeFileSync(path, text);
    assert.is(isDebianLike(readOsRelease(path)), isDebian);
  });
}

test('a system without the file is unknown', () => {
  assert.is(readOsRelease('/nonexistent/os-release').size, 0);
});

test('another operating system and architecture are missing what is required', () => {
  const findings = examineMachine({ environment: {}, isRoot: false, platform: 'darwin', architecture: 'ppc64' });
  for (const name of ['kernel', 'architecture']) {
    const finding = findings.find((candidate) => candidate.name === name);
    assert.is(`${finding?.status} ${finding?.needed}`, 'missing required');
  }
});

test('a state folder that is not there yet is measured where it will be', () => {
  const finding = examineMachine({ environment: { RIK_HOME: '/tmp/rik-nowhere/deep/er' }, isRoot: false, platform: 'linux', architecture: 'x64' }).find(({ name }) => name === 'disk');
  assert.match(finding?.found ?? '', '/tmp/rik-nowhere/deep/er');
});

test('a device that is not there is missing, one that opens is ok, and neither is required', () => {
  assert.is(examineKvm('/nonexistent/kvm').status, 'missing');
  assert.is(examineKvm('/dev/null').status, 'ok');
  assert.is(examineKvm('/dev/null').needed, 'optional');
});

test.run();
