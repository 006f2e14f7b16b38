import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageFacts, parseControl, releaseFacts } from '../../../../images/debian/control-file.ts';
import { codeOf } from '../error-code.ts';

const test = suite('images/debian/control-file');
const CONTROL = 'Package: libc6\nSource: glibc (2.36-9)\nVersion: 2.36-9+deb12u14\nArchitecture: amd64\nMulti-Arch: same\nDescription: short\n long\n .\n more\n';

test('facts of a package come from its control file', () => {
  assert.equal(packageFacts(CONTROL), { name: 'libc6', version: '2.36-9+deb12u14', architecture: 'amd64', source: 'glibc', sourceVersion: '2.36-9', isMultiArchSame: true });
});

test('without a source field the package is its own source', () => {
  const { source, sourceVersion, isMultiArchSame } = packageFacts('Package: dash\nVersion: 0.5\nArchitecture: all\n');
  assert.equal([source, sourceVersion, isMultiArchSame], ['dash', '0.5', false]);
});

test('continuation lines belong to the field before', () => {
  assert.is(parseControl(CONTROL).get('description'), 'short\n long\n .\n more');
});

const BAD: Record<string, string> = {
  'a missing package name': 'Version: 1\nArchitecture: all\n',
  'a name with a slash': 'Package: ../x\nVersion: 1\nArchitecture: all\n',
  'a version with a slash': 'Package: ab\nVersion: 1/../2\nArchitecture: all\n',
  'an architecture with a line break': 'Package: ab\nVersion: 1\nArchitecture: a b\n',
  'a field twice': 'Package: ab\nPackage: cd\nVersion: 1\nArchitecture: all\n',
  'a line without a field': 'Package: ab\nnonsense\nVersion: 1\nArchitecture: all\n',
  'a second paragraph': 'Package: ab\nVersion: 1\nArchitecture: all\n\nPackage: evil\n',
  'a source that is not a name': 'Package: ab\nSource: a b c\nVersion: 1\nArchitecture: all\n',
  'nothing': '',
};
for (const [what, text] of Object.entries(BAD)) {
  test(`${what} is refused`, async () => {
    assert.is(await codeOf(() => packageFacts(text)), 'images/package-malformed');
  });
}

test('a signed release file gives suite and dates', () => {
  const text = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nSuite: oldstable\nCodename: bookworm\nDate: Sat, 14 Nov 2026 09:00:00 UTC\nSHA256:\n aa 1 main/x\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n';
  assert.equal(releaseFacts(text), { suite: 'oldstable', codename: 'bookworm', dateEpochS: Date.UTC(2026, 10, 14, 9) / 1000, validUntilEpochS: null });
});

test('a release file without a date is refused', async () => {
  assert.is(await codeOf(() => releaseFacts('Suite: x\n')), 'images/package-malformed');
});

test('random text is read or refused, nothing else', async () => {
  await fc.assert(fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
    assert.ok(['nothing was thrown', 'images/package-malformed'].includes(await codeOf(() => packageFacts(`Package: ab\n${text}\nVersion: 1\nArchitecture: all\n`))));
  }));
});

test.run();
