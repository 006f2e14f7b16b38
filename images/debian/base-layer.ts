/**
 * Composes layers from Debian archives and does what the packages' maintainer scripts would have done
 * (`images-and-layers.md` §3.1, table). Pure in its inputs: the same archives give the same layer on every machine.
 */
import { LayerTree } from '../build/layer-tree.ts';
import { imagesError } from '../errors.ts';
import { unpackDeb } from './deb-package.ts';
import { dpkgInfoFiles, dpkgStatus, type UnpackedPackage } from './dpkg-database.ts';
import type { DebianProfile } from './profile.ts';

/** Folders that the sandbox mounts on and cannot create in a read-only root (`images-and-layers.md` §2.1). */
const MOUNT_POINTS = ['proc', 'dev', 'sys', 'run/ctl', 'var/rapid', 'var/task', 'opt', 'var/runtime', 'var/lang/bin', 'var/lang/lib'];

/** What depends on the building machine or belongs to a package manager's work (§5.4). */
const LEAKS = ['etc/apt', 'etc/hostname', 'etc/machine-id', 'etc/resolv.conf', 'var/lib/apt', 'var/cache', 'var/log', 'var/backups', 'var/lib/dpkg/lock', 'etc/ld.so.cache'];

export const SANDBOX_USER = { name: 'sbx_user1051', uid: 993, gid: 990 };

const STATUS_PATH = 'var/lib/dpkg/status';

/** The base root file system. */
export async function composeBaseLayer(profile: DebianProfile, debPaths: string[]): Promise<LayerTree> {
  const tree = new LayerTree();
  if (profile.isUsrMerged) {
    for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
      tree.addDirectory(`usr/${name}`);
      tree.addSymlink(name, `usr/${name}`);
    }
  }
  await addPackages(tree, debPaths);
  finishBase(tree);
  return tree;
}

/** Packages that go on top of a base, in a layer of their own. */
export async function composePackageLayer(base: LayerTree, debPaths: string[]): Promise<LayerTree> {
  const tree = new LayerTree(base);
  await addPackages(tree, debPaths);
  for (const leak of LEAKS) tree.remove(leak);
  addUsualLinks(tree);
  return tree;
}

async function addPackages(tree: LayerTree, debPaths: string[]): Promise<void> {
  const before = tree.readFile(STATUS_PATH)?.toString('utf8') ?? '';
  const unpacked: UnpackedPackage[] = [];
  for (const debPath of debPaths) unpacked.push(await unpackDeb(debPath, tree));
  if (unpacked.length === 0) return;
  tree.addFile(STATUS_PATH, before + dpkgStatus(unpacked));
  // Format 1 is the one whose file names carry the architecture (dpkg, `pkg_infodb_get_format`).
  tree.addFile('var/lib/dpkg/info/format', '1\n');
  for (const one of unpacked) for (const [path, content] of dpkgInfoFiles(one)) tree.addFile(`var/lib/dpkg/${path}`, content);
}

/** Exported for its test: everything after unpacking, on a tree alone. */
export function finishBase(tree: LayerTree): void {
  addUsers(tree);
  addCertificateBundle(tree);
  tree.addSymlink('etc/localtime', '/usr/share/zoneinfo/Etc/UTC');
  tree.addFile('etc/hosts', '127.0.0.1\tlocalhost sandbox.localdomain\n::1\tlocalhost ip6-localhost ip6-loopback\n');
  tree.addFile('etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\n');
  addUsualLinks(tree);
  for (const leak of LEAKS) tree.remove(leak);
  for (const path of MOUNT_POINTS) tree.addDirectory(path);
  tree.addSharedDirectory('tmp');
}

function addUsers(tree: LayerTree): void {
  const master = (name: string): string => {
    const text = tree.readFile(`usr/share/base-passwd/${name}.master`)?.toString('utf8');
    if (text === undefined) throw imagesError('images/package-malformed', `the package base-passwd holds no ${name}.master`);
    return text.endsWith('\n') ? text : `${text}\n`;
  };
  const { name, uid, gid } = SANDBOX_USER;
  tree.addFile('etc/passwd', `${master('passwd').replace(/^([^:]+):\*:/gm, '$1:x:')}${name}:x:${uid}:${gid}::/home/${name}:/sbin/nologin\n`);
  tree.addFile('etc/group', `${master('group').replace(/^([^:]+):\*:/gm, '$1:x:')}${name}:x:${gid}:\n`);
}

/** One bundle in sorted order; the hash links that `update-ca-certificates` makes are not needed (§3.1). */
function addCertificateBundle(tree: LayerTree): void {
  const certificates = tree.paths().filter((path) => path.startsWith('usr/share/ca-certificates/') && path.endsWith('.crt'));
  const bundle = certificates.map((path) => `${tree.readFile(path)?.toString('latin1').trimEnd() ?? ''}\n`).join('');
  if (bundle === '') throw imagesError('images/package-malformed', 'the package ca-certificates holds no certificates');
  tree.addFile('etc/ssl/certs/ca-certificates.crt', Buffer.from(bundle, 'latin1'));
  // The single certificates have served their purpose; programs read the bundle.
  tree.remove('usr/share/ca-certificates');
  // Where OpenSSL looks first; Debian's links are in the package openssl, which is left out.
  tree.addSymlink('usr/lib/ssl/cert.pem', '/etc/ssl/certs/ca-certificates.crt');
  tree.addSymlink('usr/lib/ssl/certs', '/etc/ssl/certs');
}

/** Links that Debian makes through alternatives and diversions. */
function addUsualLinks(tree: LayerTree): void {
  const usual = [
    { path: 'bin/sh', target: 'dash', needs: 'bin/dash' },
    { path: 'usr/bin/awk', target: 'mawk', needs: 'usr/bin/mawk' },
  ];
  for (const { path, target, needs } of usual) {
    if (tree.get(needs) !== undefined && tree.get(path) === undefined) tree.addSymlink(path, target);
  }
}
