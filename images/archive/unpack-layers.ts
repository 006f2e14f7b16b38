/**
 * Unpacks OCI layers, in order, into a fresh folder, treating them as hostile: no entry may leave the folder, be
 * written through a link, or be anything but a folder, file or link. Whiteouts as in the OCI image specification,
 * "Image Layer Filesystem Changeset". Owners are not set (an ordinary user could not); set-uid and set-gid bits go.
 *
 * The small calls are synchronous on purpose: an image has thousands of small files, and a round trip through the
 * thread pool for each call made unpacking ten times slower. Between two chunks of the archive others get their turn.
 */
import { chmodSync, closeSync, fchmodSync, futimesSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync, utimesSync, writeSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { imagesError } from '../errors.ts';
import { readTar, type TarEntry } from './tar-reader.ts';

export type UnpackLimits = { entriesMax: number; contentBytesMax: number; depthMax: number };

/** Lambda accepts images of up to 10 GB unpacked (AWS developer guide, "Lambda quotas"); the rest are ours. */
export const UNPACK_LIMITS: UnpackLimits = { entriesMax: 1_000_000, contentBytesMax: 10 * 1024 ** 3, depthMax: 128 };

const WHITEOUT_PREFIX = '.wh.';
const OPAQUE_NAME = '.wh..wh..opq';

export class LayerUnpacker {
  readonly #rootPath: string;
  readonly #limits: UnpackLimits;
  /** Modes and times are set last: a read-only folder could not be filled, and filling changes its time. */
  readonly #folders = new Map<string, { mode: number; mtimeEpochS: number }>();
  /** Parents that are known to be real folders, so that each is looked at once per layer. */
  #knownFolders = new Set<string>(['']);
  /** What this layer wrote, with the folders above it, for the whiteouts of the same layer. */
  #writtenInLayer = new Set<string>();
  #entries = 0;
  #contentBytes = 0;

  /** `rootPath` must be an empty folder that nobody else writes to. */
  constructor(rootPath: string, limits: Partial<UnpackLimits> = {}) {
    this.#rootPath = rootPath;
    this.#limits = { ...UNPACK_LIMITS, ...limits };
  }

  /** Applies one uncompressed layer on top of what is there. */
  async apply(tar: AsyncIterable<Uint8Array>): Promise<void> {
    this.#writtenInLayer = new Set();
    for await (const entry of readTar(tar)) {
      this.#entries += 1;
      if (this.#entries > this.#limits.entriesMax) throw tooLarge(`more than ${this.#limits.entriesMax} entries`);
      const path = safePath(entry.path, this.#limits.depthMax);
      if (path === '') continue;
      await this.#applyEntry(path, entry);
    }
  }

  /** Sets modes and times of the folders; call once, after the last layer. */
  finish(): void {
    // The root itself, which layers rarely name; sandboxes of other users must be able to enter it.
    chmodSync(this.#rootPath, 0o755);
    for (const [path, { mode, mtimeEpochS }] of [...this.#folders].sort(([a], [b]) => b.length - a.length)) {
      chmodSync(this.#hostPath(path), mode);
      utimesSync(this.#hostPath(path), mtimeEpochS, mtimeEpochS);
    }
  }

  async #applyEntry(path: string, entry: TarEntry): Promise<void> {
    const parent = parentOf(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name.startsWith(WHITEOUT_PREFIX)) return this.#applyWhiteout(parent, name);
    this.#makeParents(parent);
    const found = this.#lstat(path);
    if (found !== undefined && !(entry.type === 'directory' && found.isDirectory())) this.#removePath(path, found);
    switch (entry.type) {
      case 'directory':
        if (found?.isDirectory() !== true) mkdirSync(this.#hostPath(path), 0o755);
        this.#folders.set(path, { mode: entry.mode & 0o1777, mtimeEpochS: entry.mtimeEpochS });
        break;
      case 'file': await this.#writeFile(path, entry); break;
      case 'symlink':
        if (entry.linkPath === '' || entry.linkPath.includes('\0')) throw hostile(path, 'is a link without a target');
        symlinkSync(entry.linkPath, this.#hostPath(path));
        break;
      case 'hardlink': this.#hardLink(path, entry.linkPath); break;
      case 'special': throw hostile(path, 'is a device or a pipe');
    }
    for (let written = path; written !== '' && !this.#writtenInLayer.has(written); written = parentOf(written)) this.#writtenInLayer.add(written);
  }

  async #writeFile(path: string, entry: TarEntry): Promise<void> {
    this.#contentBytes += entry.sizeBytes;
    if (this.#contentBytes > this.#limits.contentBytesMax) throw tooLarge(`more than ${this.#limits.contentBytesMax} bytes`);
    // `wx`: the path was removed before, so anything that is there now came from somewhere else.
    const file = openSync(this.#hostPath(path), 'wx', 0o600);
    try {
      for await (const part of entry.body) for (let done = 0; done < part.length;) done += writeSync(file, part, done);
      fchmodSync(file, entry.mode & 0o777);
      futimesSync(file, entry.mtimeEpochS, entry.mtimeEpochS);
    } finally {
      closeSync(file);
    }
  }

  #hardLink(path: string, linkPath: string): void {
    const target = safePath(linkPath, this.#limits.depthMax);
    if (!this.#isRealFolder(parentOf(target))) throw hostile(path, 'is a hard link through a link');
    if (this.#lstat(target)?.isFile() !== true) throw hostile(path, 'is a hard link to something that is not a file of the image');
    linkSync(this.#hostPath(target), this.#hostPath(path));
  }

  /** A whiteout hides what lower layers brought, never what its own layer brings. */
  #applyWhiteout(parent: string, name: string): void {
    if (!this.#isRealFolder(parent)) return;
    const hidden = name.slice(WHITEOUT_PREFIX.length);
    if (name !== OPAQUE_NAME && (hidden === '' || hidden === '.' || hidden === '..')) throw hostile(`${parent}/${name}`, 'is a whiteout of no name');
    const children = name === OPAQUE_NAME ? readdirSync(this.#hostPath(parent)) : [hidden];
    for (const child of children) {
      const path = parent === '' ? child : `${parent}/${child}`;
      const found = this.#lstat(path);
      if (found !== undefined && !this.#writtenInLayer.has(path)) this.#removePath(path, found);
    }
  }

  /** Removes a path of the image; a link itself is removed, never what it points to. */
  #removePath(path: string, found: Stats): void {
    rmSync(this.#hostPath(path), { recursive: true });
    if (!found.isDirectory()) return;
    for (const known of [...this.#folders.keys()]) if (known === path || known.startsWith(`${path}/`)) this.#folders.delete(known);
    for (const known of [...this.#knownFolders]) if (known === path || known.startsWith(`${path}/`)) this.#knownFolders.delete(known);
  }

  #makeParents(parent: string): void {
    if (this.#knownFolders.has(parent)) return;
    const parts = parent.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const path = parts.slice(0, depth).join('/');
      if (this.#knownFolders.has(path)) continue;
      const found = this.#lstat(path);
      if (found === undefined) {
        mkdirSync(this.#hostPath(path), 0o755);
        // A layer that names no mode for a folder gets the usual one, whatever this process's umask is.
        this.#folders.set(path, { mode: 0o755, mtimeEpochS: 0 });
      } else if (!found.isDirectory()) throw hostile(parent, 'lies behind a link or a file');
      this.#knownFolders.add(path);
    }
  }

  #isRealFolder(path: string): boolean {
    const parts = path === '' ? [] : path.split('/');
    return parts.every((_, depth) => this.#lstat(parts.slice(0, depth + 1).join('/'))?.isDirectory() === true);
  }

  #lstat(path: string): Stats | undefined {
    return lstatSync(this.#hostPath(path), { throwIfNoEntry: false });
  }

  #hostPath(path: string): string {
    return join(this.#rootPath, path);
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function safePath(path: string, depthMax: number): string {
  if (path.includes('\0')) throw hostile(path, 'has a zero byte in its name');
  if (path.startsWith('/')) throw hostile(path, 'has an absolute name');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw hostile(path, 'would leave the image');
  if (parts.length > depthMax) throw hostile(path, `lies more than ${depthMax} folders deep`);
  return parts.join('/');
}

function hostile(path: string, what: string): Error {
  return imagesError('images/archive-hostile', `the layer's entry ${JSON.stringify(path.slice(0, 200))} ${what}`);
}

function tooLarge(what: string): Error {
  return imagesError('images/archive-too-large', `the layers unpack to ${what}`);
}
