/**
 * The content of one image layer in memory, before it becomes a tar: paths, modes and bytes, nothing of the host.
 * Owners are always root; set-uid, set-gid and sticky bits and root-only modes are normalised on entry
 * (`images-and-layers.md` §2.1), so no later step can forget it.
 */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { imagesError } from '../errors.ts';
import { readBody, type TarEntry } from '../archive/tar-reader.ts';
import type { TarItem } from '../archive/tar-writer.ts';

/** The largest file of any runtime is OpenJDK's module file, 130 MiB. */
const FILE_BYTES_MAX = 1024 * 1024 * 1024;
const LINKS_FOLLOWED_MAX = 40;

export type LayerNode =
  | { type: 'directory'; mode: number }
  | { type: 'file'; mode: number; content: Buffer }
  | { type: 'symlink'; target: string };

export class LayerTree {
  readonly #nodes = new Map<string, LayerNode>();
  readonly #below: LayerTree | undefined;

  /** `below` is the layer that this one goes on top of: its links are followed and its files are seen, not repeated. */
  constructor(below?: LayerTree) {
    this.#below = below;
  }

  get(path: string): LayerNode | undefined {
    return this.#lookUp(this.resolve(path));
  }

  /** Content of a regular file, or `undefined`. */
  readFile(path: string): Buffer | undefined {
    const node = this.get(path);
    return node?.type === 'file' ? node.content : undefined;
  }

  addDirectory(path: string, mode = 0o755): void {
    const where = this.#place(path);
    if (where === '') return;
    // As dpkg does, a folder in a package never replaces a link to a folder (merged /usr).
    if (this.#lookUp(where)?.type === 'symlink') return;
    const node: LayerNode = { type: 'directory', mode: (mode & 0o755) | 0o555 };
    const known = this.#lookUp(where);
    if (known?.type !== 'directory' || known.mode !== node.mode) this.#nodes.set(where, node);
  }

  addFile(path: string, content: Buffer | string, mode = 0o644): void {
    this.#nodes.set(this.#place(path), { type: 'file', mode: (mode & 0o755) | 0o444, content: Buffer.from(content) });
  }

  addSymlink(path: string, target: string): void {
    this.#nodes.set(this.#place(path), { type: 'symlink', target });
  }

  /** The one world-writable folder, `/tmp`. */
  addSharedDirectory(path: string): void {
    this.#nodes.set(this.#place(path), { type: 'directory', mode: 0o1777 });
  }

  /** Removes a path, and everything below it, from this layer. */
  remove(path: string): void {
    const where = this.resolve(path);
    for (const known of this.#nodes.keys()) if (known === where || known.startsWith(`${where}/`)) this.#nodes.delete(known);
  }

  /** Takes one entry of a package's tar; `path` is already cleaned by `cleanPath`. */
  async addTarEntry(path: string, entry: TarEntry): Promise<void> {
    switch (entry.type) {
      case 'directory': return this.addDirectory(path, entry.mode);
      case 'symlink': return this.addSymlink(path, entry.linkPath);
      case 'file': return this.addFile(path, await readBody(entry, FILE_BYTES_MAX), entry.mode);
      case 'hardlink': {
        const node = this.get(cleanPath(entry.linkPath));
        if (node?.type !== 'file') throw imagesError('images/package-malformed', `a package links ${path} to a file that it does not hold`);
        this.#nodes.set(this.#place(path), node);
        return;
      }
      case 'special': throw imagesError('images/package-malformed', `a package holds the device or pipe ${path}`);
    }
  }

  /** Paths in byte order, so a folder comes before its content and equal trees give equal archives. */
  paths(): string[] {
    return [...this.#nodes.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  *items(): Generator<TarItem> {
    for (const path of this.paths()) {
      const node = this.#nodes.get(path);
      if (node !== undefined) yield { path, ...node };
    }
  }

  /** Whether the layer holds nothing of its own. */
  isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  contentBytes(): number {
    let bytes = 0;
    for (const node of this.#nodes.values()) if (node.type === 'file') bytes += node.content.length;
    return bytes;
  }

  /** Follows links inside the tree in all components but the last. */
  resolve(path: string): string {
    const todo = path.split('/').filter((part) => part !== '' && part !== '.');
    const done: string[] = [];
    for (let followed = 0; todo.length > 0;) {
      const part = todo.shift();
      if (part === undefined) break;
      if (part === '..') {
        done.pop();
        continue;
      }
      done.push(part);
      const node = todo.length > 0 ? this.#lookUp(done.join('/')) : undefined;
      if (node?.type !== 'symlink') continue;
      followed += 1;
      if (followed > LINKS_FOLLOWED_MAX) throw imagesError('images/package-malformed', `the links on the way to ${path} go round in a circle`);
      if (node.target.startsWith('/')) done.length = 0;
      else done.pop();
      todo.unshift(...node.target.split('/').filter((step) => step !== '' && step !== '.'));
    }
    return done.join('/');
  }

  #lookUp(where: string): LayerNode | undefined {
    const own = this.#nodes.get(where);
    return own !== undefined || this.#below === undefined ? own : this.#below.#lookUp(where);
  }

  /** Resolves the path and makes the folders above it. */
  #place(path: string): string {
    const where = this.resolve(path);
    const parts = where.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const parent = parts.slice(0, depth).join('/');
      const node = this.#lookUp(parent);
      if (node === undefined) this.#nodes.set(parent, { type: 'directory', mode: 0o755 });
      else if (node.type === 'file') throw imagesError('images/package-malformed', `${where} lies below the file ${parent}`);
    }
    return where;
  }
}

/** Adds a folder of the host, with all below it, under `path`; only folders, files and links are accepted. */
export async function addHostFolder(tree: LayerTree, path: string, hostPath: string): Promise<void> {
  tree.addDirectory(path);
  for (const name of (await readdir(hostPath)).sort()) {
    const from = join(hostPath, name);
    const stat = await lstat(from);
    const to = `${path}/${name}`;
    if (stat.isDirectory()) await addHostFolder(tree, to, from);
    else if (stat.isSymbolicLink()) tree.addSymlink(to, await readlink(from));
    // The owner's execute bit decides: a checkout may have any umask.
    else if (stat.isFile()) tree.addFile(to, await readFile(from), (stat.mode & 0o100) === 0 ? 0o644 : 0o755);
    else throw imagesError('images/tree-unsupported', `${to} is neither a folder nor a file nor a link`);
  }
}

/** `./usr/bin/x` → `usr/bin/x`; the empty string is the root folder itself. Refuses what would leave the tree. */
export function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || path.includes('\0')) {
    throw imagesError('images/archive-hostile', `the path ${JSON.stringify(path)} would leave the tree`);
  }
  return parts.join('/');
}
