/**
 * The folder that appears at /var/rapid in every environment: the packaged Node.js, its dynamic loader and C libraries,
 * a static busybox and the server. It is started through that loader, so nothing of the image is used. One folder per
 * content, so that all environments map the same inodes and share their text in memory.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, link, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { readInterpreter } from './elf-interpreter.ts';
import { isolationError } from './errors.ts';
import { findProgram, TOOL_PATH } from './tools.ts';

const run = promisify(execFile);
const INSIDE = '/var/rapid';

export type PlatformFolderOptions = {
  stateDir: string;
  nodePath: string;
  serverBundlePath: string;
  /** Found on the PATH of the system when not given; must be the static one. */
  busyboxPath?: string;
  /** Options of Node.js before the bundle's name. */
  nodeOptions?: readonly string[];
};
/** `dir` goes into `SandboxRequest.platformDir`, `command` into `SandboxRequest.command`. */
export type PlatformFolder = { dir: string; command: string[] };

type Part = { name: string; source: string };

export async function platformFolder(options: PlatformFolderOptions): Promise<PlatformFolder> {
  const parts = await partsOf(options);
  const digests = new DigestCache(join(options.stateDir, 'rapid', 'digests.json'));
  await mkdir(join(options.stateDir, 'rapid'), { recursive: true, mode: 0o755 });
  await digests.load();
  const lines: string[] = [];
  for (const part of parts) lines.push(`${part.name} ${await digests.of(part.source)}`);
  const dir = join(options.stateDir, 'rapid', createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32));
  if (!(await isComplete(dir, parts, lines, digests))) await build(dir, parts);
  await digests.save();
  return {
    dir,
    command: [`${INSIDE}/ld.so`, '--inhibit-cache', '--library-path', `${INSIDE}/lib`, `${INSIDE}/node`, ...(options.nodeOptions ?? []), `${INSIDE}/rapid.cjs`],
  };
}

async function partsOf(options: PlatformFolderOptions): Promise<Part[]> {
  const nodePath = await realpath(options.nodePath);
  const busyboxPath = options.busyboxPath ?? findProgram('busybox');
  if (busyboxPath === undefined) throw isolationError('isolation/tool-missing', 'busybox is required and was not found', { hint: 'install it (Debian, Ubuntu: apt-get install busybox-static)' });
  if ((await readInterpreter(busyboxPath)) !== undefined) throw isolationError('isolation/platform-folder', `${busyboxPath} is linked dynamically and would not run in another root`, { hint: 'install the static one (Debian, Ubuntu: apt-get install busybox-static)' });
  const loader = await readInterpreter(nodePath);
  if (loader === undefined) throw isolationError('isolation/platform-folder', `${nodePath} is not a dynamically linked program for Linux`, { hint: 'give the path of the node binary itself, not of a script that starts it' });
  const libraries = await librariesOf(loader, nodePath);
  return [
    { name: 'node', source: nodePath },
    { name: 'ld.so', source: await realpath(loader) },
    ...libraries,
    { name: 'busybox', source: await realpath(busyboxPath) },
    { name: 'rapid.cjs', source: await realpath(options.serverBundlePath) },
  ];
}

/** What `ldd` does: the loader lists what it would load. It runs nothing of the program. */
async function librariesOf(loader: string, program: string): Promise<Part[]> {
  try {
    const { stdout } = await run(loader, ['--list', program], { env: { PATH: TOOL_PATH } });
    return await Promise.all(parseLibraryList(stdout).map(async ({ name, path }) => ({ name: `lib/${name}`, source: await realpath(path) })));
  } catch (error) {
    throw isolationError('isolation/platform-folder', `the libraries of ${program} could not be found`, { cause: error });
  }
}

/** Lines `name => path (address)`; the others are the kernel's own object and the loader. */
export function parseLibraryList(text: string): { name: string; path: string }[] {
  const found = [...text.matchAll(/^\s*(\S+) => (\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, name, path]) => ({ name: basename(name ?? ''), path: path ?? '' }));
  if (/=> not found/.test(text)) throw isolationError('isolation/platform-folder', 'a library of the node binary is not installed', { detail: { list: text } });
  return found.filter(({ name }) => name !== '' && !name.startsWith('ld-linux'));
}

async function build(dir: string, parts: readonly Part[]): Promise<void> {
  const unfinished = await mkdtemp(`${dir}.`);
  try {
    await mkdir(join(unfinished, 'lib'));
    for (const part of parts) await place(part.source, join(unfinished, part.name));
    await chmod(join(unfinished, 'lib'), 0o755);
    await chmod(unfinished, 0o755);
    await rm(dir, { recursive: true, force: true });
    await rename(unfinished, dir);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process made the same folder meanwhile; equal names mean equal content.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')) return;
    throw isolationError('isolation/platform-folder', `${dir} could not be made: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A hard link also shares its memory with the worker's own Node.js. Only files that nobody else may write qualify. */
async function place(source: string, target: string): Promise<void> {
  const { mode, uid } = await stat(source);
  if ((mode & 0o555) === 0o555 && (mode & 0o022) === 0 && (uid === 0 || uid === process.getuid?.())) {
    try {
      await link(source, target);
      return;
    } catch {
      // Another file system, or links to others' files are forbidden (fs.protected_hardlinks).
    }
  }
  await copyFile(source, target, constants.COPYFILE_FICLONE);
  await chmod(target, 0o555);
}

/** True when every file has the content that the folder's name promises. */
async function isComplete(dir: string, parts: readonly Part[], lines: readonly string[], digests: DigestCache): Promise<boolean> {
  try {
    for (const [index, part] of parts.entries()) {
      if (`${part.name} ${await digests.of(join(dir, part.name))}` !== lines[index]) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** Hashing 120 MB takes 0.1 s or more; a file whose inode, size and time of writing are the same is the same. */
class DigestCache {
  readonly #path: string;
  #known = new Map<string, string>();
  #used = new Map<string, string>();

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<void> {
    try {
      const parsed: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      if (typeof parsed !== 'object' || parsed === null) return;
      for (const [key, value] of Object.entries(parsed)) if (typeof value === 'string') this.#known.set(key, value);
    } catch {
      // Absent or damaged: everything is hashed anew.
    }
  }

  async of(path: string): Promise<string> {
    const found = await stat(path, { bigint: true });
    const key = `${path}:${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
    const digest = this.#known.get(key) ?? this.#used.get(key) ?? (await sha256Of(path));
    this.#used.set(key, digest);
    return digest;
  }

  async save(): Promise<void> {
    const all = new Map([...this.#known, ...this.#used]);
    // A few parts in a few versions; beyond that only what was used now is kept.
    const kept = all.size > 500 ? this.#used : all;
    // Calls of one process may save at the same time too.
    const unfinished = `${this.#path}.${randomUUID()}`;
    await writeFile(unfinished, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 });
    await rename(unfinished, this.#path);
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) hash.update(chunk);
  return hash.digest('hex');
}
