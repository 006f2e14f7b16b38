/** One sandbox of the process backend: a child process, real folders, and polling where the kernel would enforce. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox, SandboxContent, SandboxEnd, SandboxPaths, SandboxRequest, SandboxStats } from './backend.ts';
import { isolationError } from './errors.ts';
import { CHANNEL_DESCRIPTOR } from './launch/launch-chain.ts';
import { KILL_TIMEOUT_MS, MEMORY_POLL_MS } from './limits.ts';
import { OutputTail } from './output-tail.ts';
import { listProcesses, processesOf, type ProcessEntry } from './process-groups.ts';
import { cpuNsOf, startTicksOf } from './process-table.ts';
import { checkLimits, checkRequest } from './sandbox-request.ts';

const MIB = 1_048_576;

type Options = { id: string; folder: string; request: SandboxRequest; ownUid: number | undefined };

export async function prepareProcessSandbox(options: Options): Promise<ProcessSandbox> {
  checkRequest(options.request);
  const { folder, request, ownUid } = options;
  const paths: SandboxPaths = { task: join(folder, 'task'), layers: join(folder, 'opt'), tmp: join(folder, 'tmp'), control: join(folder, 'ctl') };
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  for (const path of [paths.tmp, paths.control]) {
    mkdirSync(path, { mode: 0o700 });
    if (ownUid !== undefined) chownSync(path, ownUid, ownUid);
  }
  const [program, ...rest] = request.command;
  const output = new OutputTail();
  const child = spawn(program ?? '', rest, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: paths.tmp,
    env: { TMPDIR: paths.tmp, ...request.environment },
    ...(ownUid === undefined ? {} : { uid: ownUid, gid: ownUid }),
  });
  child.stdout?.on('data', (chunk: Buffer) => output.append(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.append(chunk));
  try {
    await started(child);
    return new ProcessSandbox({ ...options, paths, child, output });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw isolationError('isolation/start-failed', `${program} did not start: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      ...(ownUid === undefined ? {} : { hint: 'as root the command runs as an ordinary user, who must be able to reach it: no folder on its path may be closed to others' }),
    });
  }
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

type Parts = Options & { paths: SandboxPaths; child: ChildProcess; output: OutputTail };

export class ProcessSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Duplex;
  readonly rootDigest: string;
  readonly paths: SandboxPaths;
  readonly died: Promise<SandboxEnd>;
  /** Settles after `destroy`. */
  readonly destroyed: Promise<void>;
  readonly #parts: Parts;
  readonly #serverPid: number;
  /** Roots of the function's processes with their start, so that a reused id is not taken for one of them. */
  readonly #admitted = new Map<number, string | undefined>();
  #resolveDestroyed: () => void = () => undefined;
  #isBound = false;
  #isDead = false;
  #isKillWanted = false;
  #memoryLimitBytes = Number.POSITIVE_INFINITY;
  #memoryPeakBytes = 0;
  #cpuNsMax = 0;
  #oomKills = 0;
  #poll: NodeJS.Timeout | undefined;
  #destroying: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.id = parts.id;
    this.paths = parts.paths;
    this.rootDigest = parts.request.rootDigest;
    this.#serverPid = parts.child.pid ?? 0;
    this.destroyed = new Promise((resolve) => (this.#resolveDestroyed = resolve));
    const channel: unknown = parts.child.stdio[CHANNEL_DESCRIPTOR];
    if (!(channel instanceof Duplex)) throw isolationError('isolation/start-failed', 'the channel could not be made');
    channel.on('error', () => undefined);
    this.channel = channel;
    this.died = new Promise((resolve) => {
      parts.child.once('exit', (code, signal) => {
        this.#isDead = true;
        clearInterval(this.#poll);
        resolve(this.#isKillWanted ? { cause: 'killed' } : signal === null ? { cause: 'exited', exitCode: code ?? 0 } : { cause: 'signaled', signal });
      });
    });
  }

  async bind(content: SandboxContent): Promise<void> {
    checkLimits(content.limits);
    if (this.#isBound) throw isolationError('isolation/already-bound', 'this sandbox already has its code; another function version needs another sandbox');
    this.#requireAlive();
    for (const path of [content.codePath, ...(content.layersPath === undefined ? [] : [content.layersPath])]) {
      if (!existsSync(path) || !statSync(path).isDirectory()) throw isolationError('isolation/bad-request', `${path} is not a folder on this host`);
    }
    this.#isBound = true;
    symlinkSync(content.codePath, this.paths.task);
    if (content.layersPath === undefined) mkdirSync(this.paths.layers, { mode: 0o755 });
    else symlinkSync(content.layersPath, this.paths.layers);
    this.#memoryLimitBytes = content.limits.memoryMiB * MIB;
    this.#poll = setInterval(() => this.#enforceMemory(), MEMORY_POLL_MS);
    this.#poll.unref();
  }

  async admit(pid: number): Promise<void> {
    this.#requireAlive();
    if (pid === this.#serverPid || !this.#everything().some((entry) => entry.pid === pid)) {
      throw isolationError('isolation/no-such-process', `there is no process ${pid} in the sandbox`, { detail: { pid } });
    }
    this.#admitted.set(pid, startTicksOf(pid));
  }

  /** SIGSTOP to the groups: a function can notice it, which is why the capability is reported as missing. */
  async freeze(): Promise<void> {
    this.#requireAlive();
    for (const entry of this.#functionProcesses()) signalQuietly(entry.pid, 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    for (const entry of this.#functionProcesses()) signalQuietly(entry.pid, 'SIGCONT');
  }

  async stats(): Promise<SandboxStats> {
    const found = this.#functionProcesses();
    const memoryBytes = found.reduce((sum, entry) => sum + entry.residentBytes, 0);
    this.#memoryPeakBytes = Math.min(this.#memoryLimitBytes, Math.max(this.#memoryPeakBytes, this.#oomKills > 0 ? this.#memoryLimitBytes : memoryBytes));
    this.#cpuNsMax = Math.max(this.#cpuNsMax, found.reduce((sum, entry) => sum + cpuNsOf(entry.pid), 0));
    return { memoryPeakBytes: this.#memoryPeakBytes, memoryCurrentBytes: memoryBytes, cpuNs: this.#cpuNsMax, oomKills: this.#oomKills, pidsCurrent: found.length, tmpUsedBytes: await folderBytes(this.paths.tmp) };
  }

  async reset(): Promise<void> {
    this.#requireAlive();
    await killAll(() => this.#functionProcesses());
    this.#admitted.clear();
  }

  async kill(): Promise<void> {
    this.#isKillWanted = true;
    await killAll(() => this.#everything());
    await this.died;
  }

  destroy(): Promise<void> {
    this.#destroying ??= this.#destroy();
    return this.#destroying;
  }

  diagnostics(): string {
    return this.#parts.output.text();
  }

  async #destroy(): Promise<void> {
    await this.kill();
    clearInterval(this.#poll);
    this.channel.destroy();
    // Links inside are removed, never followed.
    await rm(this.#parts.folder, { recursive: true, force: true });
    this.#resolveDestroyed();
  }

  /** Server, function and all that can be traced to them. */
  #everything(): ProcessEntry[] {
    const roots = [...(this.#isDead ? [] : [this.#serverPid]), ...this.#admittedPids()];
    return processesOf({ roots, groups: roots, ownUid: this.#parts.ownUid, all: listProcesses() });
  }

  #functionProcesses(): ProcessEntry[] {
    const all = listProcesses().filter((entry) => entry.pid !== this.#serverPid);
    const roots = this.#admittedPids();
    return processesOf({ roots, groups: roots, ownUid: this.#parts.ownUid, all });
  }

  /** Those that are still the same process, or whose group lives on without them. */
  #admittedPids(): number[] {
    return [...this.#admitted].flatMap(([pid, start]) => {
      const now = startTicksOf(pid);
      return now === undefined || now === start ? [pid] : [];
    });
  }

  #enforceMemory(): void {
    const found = this.#functionProcesses();
    const memoryBytes = found.reduce((sum, entry) => sum + entry.residentBytes, 0);
    this.#memoryPeakBytes = Math.min(this.#memoryLimitBytes, Math.max(this.#memoryPeakBytes, memoryBytes));
    if (memoryBytes <= this.#memoryLimitBytes) return;
    this.#oomKills += 1;
    for (const entry of found) signalQuietly(entry.pid, 'SIGKILL');
  }

  #requireAlive(): void {
    if (this.#isDead || this.#isKillWanted) throw isolationError('isolation/sandbox-gone', 'the sandbox is dead', { detail: { output: this.diagnostics() } });
  }
}

async function killAll(find: () => ProcessEntry[]): Promise<void> {
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  for (let left = find(); left.length > 0; left = find()) {
    if (performance.now() > deadline) throw isolationError('isolation/kill-failed', `${left.length} processes are left ${KILL_TIMEOUT_MS} ms after the kill`, { detail: { pids: left.map((entry) => entry.pid) } });
    for (const entry of left) signalQuietly(entry.pid, 'SIGKILL');
    await sleep(1);
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the listing and the signal.
  }
}

async function folderBytes(path: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    const inner = join(path, entry.name);
    sum += entry.isDirectory() ? await folderBytes(inner) : entry.isFile() ? (await stat(inner).catch(() => ({ size: 0 }))).size : 0;
  }
  return sum;
}
