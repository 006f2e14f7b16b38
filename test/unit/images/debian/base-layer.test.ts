import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LayerTree } from '../../../../images/build/layer-tree.ts';
import { finishBase } from '../../../../images/debian/base-layer.ts';
import { isWanted } from '../../../../images/debian/deb-package.ts';
import { debianProfile } from '../../../../images/debian/profile.ts';
import { codeOf } from '../error-code.ts';

const test = suite('images/debian/base-layer');

function unpacked(): LayerTree {
  const tree = new LayerTree();
  tree.addFile('usr/share/base-passwd/passwd.master', 'root:*:0:0:root:/root:/bin/bash\ndaemon:*:1:1:daemon:/:/usr/sbin/nologin\n');
  tree.addFile('usr/share/base-passwd/group.master', 'root:*:0:\n');
  tree.addFile('usr/share/ca-certificates/mozilla/B.crt', 'B\n');
  tree.addFile('usr/share/ca-certificates/mozilla/A.crt', 'A');
  tree.addFile('bin/dash', '', 0o755);
  tree.addFile('etc/apt/sources.list', 'deb http://mirror.example/ x main\n');
  tree.addFile('etc/hostname', 'builder\n');
  tree.addFile('etc/resolv.conf', 'nameserver 10.0.0.1\n');
  tree.addFile('var/lib/apt/lists/x', '');
  tree.addFile('var/log/apt.log', '');
  finishBase(tree);
  return tree;
}

test('the sandbox user is in the user table, and nobody has a star for a password', () => {
  const passwd = unpacked().readFile('etc/passwd')?.toString() ?? '';
  assert.ok(passwd.includes('\nsbx_user1051:x:993:990:'));
  assert.ok(passwd.startsWith('root:x:0:0:'));
  assert.not.ok(passwd.includes(':*:'));
});

test('certificates are bundled in sorted order, each ending in a line break', () => {
  const tree = unpacked();
  assert.is(tree.readFile('etc/ssl/certs/ca-certificates.crt')?.toString(), 'A\nB\n');
  assert.equal(tree.get('usr/lib/ssl/cert.pem'), { type: 'symlink', target: '/etc/ssl/certs/ca-certificates.crt' });
});

test('every mount point is a real folder and only /tmp is writable for all', () => {
  const tree = unpacked();
  for (const path of ['proc', 'dev', 'sys', 'run/ctl', 'var/rapid', 'var/task', 'opt', 'var/runtime', 'var/lang']) assert.is(tree.get(path)?.type, 'directory', path);
  const writable = [...tree.items()].filter((item) => item.type !== 'symlink' && (item.mode & 0o022) !== 0).map(({ path }) => path);
  assert.equal(writable, ['tmp']);
});

test('nothing of the building machine stays', () => {
  const paths = unpacked().paths();
  for (const leak of ['etc/apt', 'etc/hostname', 'etc/resolv.conf', 'var/lib/apt', 'var/log']) assert.not.ok(paths.some((path) => path === leak || path.startsWith(`${leak}/`)), leak);
});

test('/bin/sh is dash and the time zone is UTC', () => {
  const tree = unpacked();
  assert.equal(tree.get('bin/sh'), { type: 'symlink', target: 'dash' });
  assert.equal(tree.get('etc/localtime'), { type: 'symlink', target: '/usr/share/zoneinfo/Etc/UTC' });
});

test('a base without user tables or certificates is refused', async () => {
  assert.is(await codeOf(() => finishBase(new LayerTree())), 'images/package-malformed');
  const tree = new LayerTree();
  for (const name of ['passwd', 'group']) tree.addFile(`usr/share/base-passwd/${name}.master`, 'root:*:0:0:::\n');
  assert.is(await codeOf(() => finishBase(tree)), 'images/package-malformed');
});

test('documentation is left out and licences stay', () => {
  for (const path of ['usr/share/doc/bash/README', 'usr/share/man/man1/x.1.gz', 'usr/share/locale/de/x.mo', 'usr/share/info/x', 'usr/share/bug/x/y', 'usr/share/lintian', 'usr/share/doc/a/b/copyright']) assert.not.ok(isWanted(path), path);
  for (const path of ['usr/share/doc/bash/copyright', 'usr/share/doc-base/x', 'usr/share/manual', 'usr/bin/man', 'usr/share/common-licenses/GPL-3']) assert.ok(isWanted(path), path);
});

test('an unknown suite has no profile', async () => {
  assert.is(await codeOf(() => debianProfile('sarge')), 'images/recipe-invalid');
});

test.run();
