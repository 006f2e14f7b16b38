/**
 * The worker's side of the mount helper. The worker itself stays where it was started; the sandboxes are launched into
 * the helper's mount namespace (`enterArguments`), and the worker reaches files there through /proc/<helper>/root.
 *
 * Started by an ordinary user the helper is root of a user namespace of its own: then it may mount all but disk images, and its mounts
 * propagate into the sandboxes' nested namespaces exactly as they do for root.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { isolationError } from '../errors.ts';
import { CACHED_SOURCES_MAX, MOUNT_HELPER_START_TIMEOUT_MS, MOUNT_ROOT_MIB } from '../limits.ts';
import { OutputTail } from '../output-tail.ts';
import { TOOL_PATH, type ToolPaths } from '../tools.ts';
import { MOUNT_HELPER_SCRIPT } from './mount-helper-script.ts';

export type MountNamespaceOptions = {
  tools: ToolPaths;
  /** An empty folder of the host; nothing appears in it outside the namespace. */
  rootDir: string;
  /** Removed when the helper ends. */
  imageDir: string;
  workerGroupPaths: readonly string[];
  isPrivileged: boolean;
};

/** A mounted read-only source; `path` is valid inside the namespace. */
export type Source = { name: string; path: string };

type CachedSource = { source: Promise<Source>; identity: string };

export class MountNamespace {
  readonly #helper: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #options: MountNamespaceOptions;
  readonly #waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void; operation: string }>();
  readonly #messages = new OutputTail();
  readonly #ended: Promise<unknown>;
  /** In order of last use. */
  readonly #sources = new Map<string, CachedSource>();
  #lastRequest = 0;
  #lastSource = 0;

  static async open(options: MountNamespaceOptions): Promise<MountNamespace> {
    const opened = new MountNamespace(options);
    await opened.#started();
    return opened;
  }

  private constructor(options: MountNamespaceOptions) {
    this.#options = options;
    const { tools } = options;
    const asUser = options.isPrivileged ? [] : ['--user', '--map-root-user'];
    this.#helper = spawn(
      tools.unshare,
      [
        ...[...asUser, '--mount', '--propagation', 'private', '--', tools.busybox, 'sh', '-c', MOUNT_HELPER_SCRIPT, 'rik-mounts'],
        ...[tools.busybox, tools.mount, tools.nsenter, tools.ipcrm, options.rootDir, options.imageDir, ...options.workerGroupPaths],
      ],
      // A session of its own: an interrupt at the terminal must not end it before its worker.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, cwd: '/', env: { PATH: TOOL_PATH, MOUNT_ROOT_MIB: String(MOUNT_ROOT_MIB) } },
    );
    this.#helper.stderr.on('data', (chunk: Buffer) => this.#messages.append(chunk));
    this.#helper.stdin.on('error', () => undefined);
    createInterface({ input: this.#helper.stdout }).on('line', (line) => this.#settle(line));
    this.#ended = new Promise((resolve) => {
      this.#helper.on('error', (error) => {
        this.#messages.append(Buffer.from(error.message));
        resolve(error);
      });
      this.#helper.on('exit', resolve);
    });
    void this.#ended.then(() => this.#failAll());
  }

  /** Where the worker sees the namespace's files. */
  get hostView(): string {
    return `/proc/${this.#helper.pid}/root${this.#options.rootDir}`;
  }

  /** Folder of a sandbox as seen inside the namespace. */
  boxPath(id: string): string {
    return `${this.#options.rootDir}/box/${id}`;
  }

  /** Arguments of `nsenter` that lead into this namespace. */
  enterArguments(): string[] {
    const mount = `--mount=/proc/${this.#helper.pid}/ns/mnt`;
    return this.#options.isPrivileged ? [mount] : [`--user=/proc/${this.#helper.pid}/ns/user`, '--preserve-credentials', mount];
  }

  /** Mounts a host folder read-only, once for all who ask for the same folder. */
  async source(hostPath: string): Promise<Source> {
    const identity = identityOf(hostPath);
    const cached = this.#sources.get(hostPath);
    if (cached?.identity === identity) {
      this.#sources.delete(hostPath);
      this.#sources.set(hostPath, cached);
      return cached.source;
    }
    if (cached !== undefined) this.#dropSource(hostPath, cached);
    const name = String((this.#lastSource += 1));
    const source = this.request('source_mount', hostPath, name).then(() => ({ name, path: `${this.#options.rootDir}/source/${name}` }));
    this.#sources.set(hostPath, { source, identity });
    source.catch(() => this.#sources.delete(hostPath));
    const oldest = [...this.#sources].slice(0, Math.max(0, this.#sources.size - CACHED_SOURCES_MAX));
    for (const [path, entry] of oldest) this.#dropSource(path, entry);
    return source;
  }

  fill(source: Source, id: string, place: 'task' | 'opt'): Promise<void> {
    return this.request('fill', source.name, `${id}/${place}`);
  }

  request(operation: string, ...operands: string[]): Promise<void> {
    for (const operand of operands) {
      if (/[\t\n\0]/.test(operand) || operand === '') throw isolationError('isolation/bad-request', 'a path with a tab, a line break or nothing in it cannot be mounted; move the folder', { detail: { operand } });
    }
    if (this.#helper.exitCode !== null || this.#helper.signalCode !== null) return Promise.reject(this.#deathError(operation));
    const id = String((this.#lastRequest += 1));
    const answered = this.#answer(id, operation);
    this.#helper.stdin.write(`${[id, operation, ...operands].join('\t')}\n`);
    return answered;
  }

  /** Mount points of a sandbox that are still there. */
  isMounted(mountInfo: string, id: string): boolean {
    return mountInfo.includes(` ${this.boxPath(id)}/`);
  }

  get mountInfoPath(): string {
    return `/proc/${this.#helper.pid}/mountinfo`;
  }

  /** After this the namespace, its mounts, the image folder and the worker's control groups are gone. */
  async close(): Promise<void> {
    this.#helper.stdin.end();
    await this.#ended;
  }

  async #started(): Promise<void> {
    const timer = setTimeout(() => this.#helper.kill('SIGKILL'), MOUNT_HELPER_START_TIMEOUT_MS);
    try {
      await this.#answer('0', 'start');
    } catch (error) {
      this.#helper.stdin.end();
      await this.#ended;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #answer(id: string, operation: string): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, operation }));
  }

  #settle(line: string): void {
    const [id, verdict, text] = line.split('\t');
    const waiting = this.#waiting.get(id ?? '');
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (verdict === 'ok') waiting.resolve();
    else waiting.reject(isolationError('isolation/mount-failed', `${waiting.operation} failed: ${text || this.#messages.text() || 'no message'}`, { detail: { operation: waiting.operation } }));
  }

  #failAll(): void {
    for (const [id, waiting] of this.#waiting) {
      this.#waiting.delete(id);
      waiting.reject(this.#deathError(waiting.operation));
    }
  }

  #deathError(operation: string): Error {
    return isolationError('isolation/mount-failed', `the mount helper ended before ${operation}: ${this.#messages.text() || 'no message'}`);
  }

  #dropSource(hostPath: string, entry: CachedSource): void {
    this.#sources.delete(hostPath);
    // What was copied from it stays mounted; only the cached mount goes.
    void entry.source.then((source) => this.request('source_drop', source.name)).catch(() => undefined);
  }
}

/** A folder that was removed and made again under the same name is another source. */
function identityOf(hostPath: string): string {
  const found = statSync(hostPath, { throwIfNoEntry: false });
  if (found === undefined || !found.isDirectory()) throw isolationError('isolation/bad-request', `${hostPath} is not a folder on this host`);
  return `${found.dev}:${found.ino}`;
}
