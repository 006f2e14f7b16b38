import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseMirrors, configuredMirrors, DEFAULT_MIRRORS, parseDeb822Sources, parseSourcesList } from '../../../../images/debian/apt-mirror.ts';

const test = suite('images/debian/apt-mirror');

test('one-line sources are read with and without options, comments and source packages left out', () => {
  const text = '# deb http://old.example/debian bookworm main\ndeb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main\n  deb http://b.example/sec bookworm-security main # x\ndeb-src http://c.example/debian bookworm main\nnonsense\n';
  assert.equal(parseSourcesList(text), [{ uri: 'http://a.example/debian', suite: 'bookworm' }, { uri: 'http://b.example/sec', suite: 'bookworm-security' }]);
});

test('deb822 sources give every pair of address and suite, unless disabled', () => {
  const text = 'Types: deb deb-src\n# a comment\nURIs: http://a.example/debian\n http://b.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\nTypes: deb\nEnabled: no\nURIs: http://off.example/\nSuites: bookworm\n\nTypes: deb-src\nURIs: http://src.example/\nSuites: bookworm\n';
  assert.equal(parseDeb822Sources(text).map(({ uri, suite }) => `${suite} ${uri}`), [
    'bookworm http://a.example/debian', 'bookworm-updates http://a.example/debian', 'bookworm http://b.example/debian', 'bookworm-updates http://b.example/debian',
  ]);
});

test('sources of other vendors are never taken for Debian', () => {
  assert.equal(chooseMirrors([{ uri: 'http://vendor.example/apt', suite: 'cloud-sdk-bookworm' }, { uri: 'http://other.example/', suite: 'nodistro' }, { uri: 'http://ubuntu.example', suite: 'noble' }]), DEFAULT_MIRRORS);
});

test('main and security may come from different places', () => {
  assert.equal(chooseMirrors([{ uri: 'https://s.example/sec', suite: 'bookworm-security' }, { uri: 'file:/srv/debian', suite: 'bookworm' }]), { main: 'file:/srv/debian', security: 'https://s.example/sec' });
});

test('an address that would break out of its source line is not used', () => {
  assert.equal(chooseMirrors([{ uri: 'http://a.example/x] trusted=yes', suite: 'bookworm' }, { uri: 'copy:/x', suite: 'bookworm' }]), DEFAULT_MIRRORS);
});

test('files are read from both places, others are ignored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-apt-'));
  try {
    assert.equal(await configuredMirrors(folder), DEFAULT_MIRRORS);
    mkdirSync(join(folder, 'sources.list.d'));
    writeFileSync(join(folder, 'sources.list.d/x.list.disabled'), 'deb http://wrong.example/ bookworm main\n');
    writeFileSync(join(folder, 'sources.list.d/debian.sources'), 'Types: deb\nURIs: http://m.example/debian\nSuites: trixie\n');
    writeFileSync(join(folder, 'sources.list'), 'deb http://n.example/security bookworm-security main\n');
    assert.equal(await configuredMirrors(folder), { main: 'http://m.example/debian', security: 'http://n.example/security' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
