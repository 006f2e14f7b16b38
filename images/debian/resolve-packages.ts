/**
 * Asks mmdebstrap (apt inside an empty root) which packages a set needs, and fetches them. apt checks every index
 * against Debian's own keyring and every archive against the index. The `extract` variant runs no maintainer script;
 * here it extracts nothing either (`path-exclude=/*`), because `base-layer.ts` composes the layers from the archives:
 * so the same archives, kept in the package store, give the same layers without mmdebstrap and without a network.
 */
import { createHash } from 'node:crypto';
import { access, copyFile, link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../archive/measure-tree.ts';
import { runTool } from '../build/run-tool.ts';
import { imagesError } from '../errors.ts';
import type { ContentStore } from '../store/content-store.ts';
import { configuredMirrors } from './apt-mirror.ts';
import { releaseFacts } from './control-file.ts';
import { debControl } from './deb-package.ts';

export type LockedPackage = {
  name: string;
  version: string;
  architecture: string;
  source: string;
  sourceVersion: string;
  sha256: string;
  sizeBytes: number;
  /** When the package was built, by its own control archive. */
  builtAtEpochS: number;
};

export type LockedIndex = { suite: string; codename: string; dateEpochS: number; validUntilEpochS: number | null; sha256: string };
export type ResolvedPackages = { packages: LockedPackage[]; indexes: LockedIndex[] };

export type ResolveRequest = {
  suite: string;
  /** Debian's architecture name. */
  architecture: string;
  packages: readonly string[];
  isUsrMerged: boolean;
  /** An own, existing folder; emptied by the caller. */
  workFolder: string;
  store: ContentStore;
  /** Packages of an earlier resolution: those that are still current need not be fetched again. */
  known: readonly LockedPackage[];
  /** Keep these packages only, where the others were fetched for their dependencies' sake alone. */
  keepOnly?: readonly string[];
  purpose: string;
};

/** Archives that are looked into at the same time; each needs a `dpkg-deb`. */
const READERS = 4;

const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];
const MERGED_USR_HOOKS = '/usr/share/mmdebstrap/hooks/merged-usr';

// Run by mmdebstrap's own shell with the root folder as "$1". Both texts are constants.
const PREPARE_CACHE_HOOK = 'mkdir -p "$1/var/cache/apt/archives"';
const COLLECT_HOOK = 'mkdir "$1/rik" && cp "$1"/var/lib/apt/lists/*InRelease "$1/rik/" && mv "$1"/var/cache/apt/archives/*.deb "$1/rik/"';

export async function resolvePackages(request: ResolveRequest): Promise<ResolvedPackages> {
  const cached = join(request.workFolder, 'cached');
  await mkdir(cached, { mode: 0o755 });
  for (const known of request.known) await offerToApt(known, request.store, cached);
  await runTool({
    tool: 'mmdebstrap',
    args: await mmdebstrapArguments(request),
    // The hooks name the work folder's content by relative paths, so no path of ours is parsed by a shell.
    cwd: request.workFolder,
    environment: { TMPDIR: '/tmp' },
    timeoutMs: 30 * 60_000,
    purpose: request.purpose,
  });
  const collected = join(request.workFolder, 'rik');
  const packages: LockedPackage[] = [];
  const indexes: LockedIndex[] = [];
  const names = await readdir(collected);
  for (const name of names) if (!name.endsWith('.deb')) indexes.push(await lockIndex(join(collected, name)));
  const archives = names.filter((name) => name.endsWith('.deb')).values();
  const lockThem = async (): Promise<void> => {
    for (const name of archives) packages.push(...(await lockPackage(join(collected, name), request)));
  };
  await Promise.all(Array.from({ length: READERS }, lockThem));
  await rm(cached, { recursive: true, force: true });
  await rm(collected, { recursive: true, force: true });
  packages.sort((a, b) => Buffer.compare(Buffer.from(archiveName(a)), Buffer.from(archiveName(b))));
  indexes.sort((a, b) => Buffer.compare(Buffer.from(`${a.codename}/${a.suite}`), Buffer.from(`${b.codename}/${b.suite}`)));
  return { packages, indexes };
}

async function mmdebstrapArguments(request: ResolveRequest): Promise<string[]> {
  const mirrors = await configuredMirrors();
  const keyring = await findKeyring();
  const source = (uri: string, suite: string): string => `deb [signed-by=${keyring}] ${uri} ${suite} main`;
  return [
    process.getuid?.() === 0 ? '--mode=root' : '--mode=unshare',
    '--variant=extract',
    '--format=null',
    `--architectures=${request.architecture}`,
    `--include=${request.packages.join(',')}`,
    '--dpkgopt=path-exclude=/*',
    '--aptopt=Acquire::Languages "none"',
    ...(request.isUsrMerged ? [`--hook-dir=${MERGED_USR_HOOKS}`] : []),
    `--setup-hook=${PREPARE_CACHE_HOOK}`,
    '--setup-hook=sync-in cached /var/cache/apt/archives',
    `--extract-hook=${COLLECT_HOOK}`,
    '--extract-hook=copy-out /rik .',
    request.suite,
    '/dev/null',
    source(mirrors.main, request.suite),
    source(mirrors.main, `${request.suite}-updates`),
    source(mirrors.security, `${request.suite}-security`),
  ];
}

async function findKeyring(): Promise<string> {
  for (const path of KEYRINGS) if (await access(path).then(() => true, () => false)) return path;
  throw imagesError('images/tool-missing', 'the keys that Debian signs its packages with are not installed', { hint: 'install the Debian package debian-archive-keyring' });
}

async function offerToApt(known: LockedPackage, store: ContentStore, cached: string): Promise<void> {
  if (!(await store.has(known.sha256))) return;
  const offered = join(cached, archiveName(known));
  // apt compares the archive with the signed index before it uses it, so an altered copy is fetched anew.
  await link(store.pathOf(known.sha256), offered).catch(() => copyFile(store.pathOf(known.sha256), offered));
}

/** The name that apt gives an archive in its cache. */
function archiveName({ name, version, architecture }: LockedPackage): string {
  return `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
}

async function lockPackage(filePath: string, { store, keepOnly, known }: ResolveRequest): Promise<LockedPackage[]> {
  const sha256 = await sha256OfFile(filePath);
  const same = known.find((one) => one.sha256 === sha256);
  if (same !== undefined && (await store.has(sha256))) return [same];
  const { facts, builtAtEpochS } = await debControl(filePath);
  const { name, version, architecture, source, sourceVersion } = facts;
  if (keepOnly !== undefined && !keepOnly.includes(name)) return [];
  const sizeBytes = (await stat(filePath)).size;
  if (!(await store.has(sha256))) await store.adopt(filePath, sha256);
  return [{ name, version, architecture, source, sourceVersion, sha256, sizeBytes, builtAtEpochS }];
}

async function lockIndex(filePath: string): Promise<LockedIndex> {
  const bytes = await readFile(filePath);
  return { ...releaseFacts(bytes.toString('utf8')), sha256: createHash('sha256').update(bytes).digest('hex') };
}
