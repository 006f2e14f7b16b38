/**
 * One control group, spread over the hierarchies that a layout has: limits, counters, freezer, kill. File names and
 * their order are those of Linux Documentation/admin-guide/cgroup-v1/*.rst and cgroup-v2.rst (table in isolation.md §5.2).
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isolationError } from '../errors.ts';
import { CPU_DEBT_PATIENCE_MS, CPU_PERIOD_US, CPU_QUOTA_MIN_US, FREEZE_TIMEOUT_MS, KILL_TIMEOUT_MS, MEMORY_MIB_PER_CPU } from '../limits.ts';
import { cpuNsOf, readProcessStatus } from '../process-table.ts';
import type { Controller } from './cgroup-layout.ts';

const MIB = 1_048_576;

/** A group's folder in one hierarchy. */
export type GroupFolder = { version: 1 | 2; path: string; controllers: readonly Controller[] };
export type GroupUsage = { memoryBytes: number; cpuNs: number; pidCount: number; oomKills: number };

export class ControlGroup {
  readonly #folders: readonly GroupFolder[];
  /** The memory size whose share of processor time is in force. */
  #cpuMemoryMiB: number | undefined;

  constructor(folders: readonly GroupFolder[]) {
    this.#folders = folders;
  }

  make(): void {
    for (const folder of this.#folders) mkdirSync(folder.path, { recursive: true });
  }

  /** The files into which a process writes its id to join; one per hierarchy. */
  get processFiles(): string[] {
    return this.#folders.map((folder) => join(folder.path, 'cgroup.procs'));
  }

  /** False where no hierarchy could be used: then nothing is limited, counted or listed here. */
  get exists(): boolean {
    return this.#folders.length > 0;
  }

  async add(pid: number): Promise<void> {
    for (const file of this.processFiles) await writeFile(file, String(pid));
  }

  pids(): number[] {
    const found = new Set<number>();
    for (const file of this.processFiles) {
      for (const line of readOr(file, '').split('\n')) {
        const pid = Number(line);
        // 0 is what the kernel shows for a process of a pid namespace that we cannot see.
        if (Number.isInteger(pid) && pid > 0) found.add(pid);
      }
    }
    return [...found];
  }

  limitMemory(memoryMiB: number): void {
    const folder = this.#serving('memory');
    if (folder === undefined) return;
    const bytes = String(memoryMiB * MIB);
    if (folder.version === 2) {
      writeFileSync(join(folder.path, 'memory.max'), bytes);
      writeIfThere(join(folder.path, 'memory.swap.max'), '0');
      writeIfThere(join(folder.path, 'memory.oom.group'), '1');
      return;
    }
    // Memory and swap together must never be below memory alone, hence this order; the file needs swap accounting.
    const memoryAndSwap = join(folder.path, 'memory.memsw.limit_in_bytes');
    writeIfThere(memoryAndSwap, '-1');
    writeFileSync(join(folder.path, 'memory.limit_in_bytes'), bytes);
    writeIfThere(memoryAndSwap, bytes);
  }

  /** Processor time as Lambda hands it out: proportional to the memory size. */
  limitCpu(memoryMiB: number): void {
    const folder = this.#serving('cpu');
    if (folder === undefined) return;
    this.#cpuMemoryMiB = memoryMiB;
    const quotaUs = cpuQuotaUs(memoryMiB);
    const cpus = memoryMiB / MEMORY_MIB_PER_CPU;
    if (folder.version === 2) {
      writeFileSync(join(folder.path, 'cpu.max'), `${quotaUs} ${CPU_PERIOD_US}`);
      writeIfThere(join(folder.path, 'cpu.weight'), String(Math.min(10_000, Math.max(1, Math.round(100 * cpus)))));
      return;
    }
    writeFileSync(join(folder.path, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    writeFileSync(join(folder.path, 'cpu.cfs_quota_us'), String(quotaUs));
    writeFileSync(join(folder.path, 'cpu.shares'), String(Math.max(2, Math.round(1024 * cpus))));
  }

  limitPids(pidsMax: number): void {
    const folder = this.#serving('pids');
    if (folder !== undefined) writeFileSync(join(folder.path, 'pids.max'), String(pidsMax));
  }

  get canFreeze(): boolean {
    return this.#freezer() !== undefined;
  }

  async freeze(): Promise<void> {
    const freezer = this.#freezer();
    if (freezer === undefined) return;
    writeFileSync(freezer.file, freezer.freeze);
    const start = performance.now();
    for (let isLifted = false; !freezer.isFrozen(); ) {
      const elapsedMs = performance.now() - start;
      if (elapsedMs > CPU_DEBT_PATIENCE_MS && !isLifted) {
        isLifted = true;
        this.#forgiveCpuDebt();
      }
      if (elapsedMs > FREEZE_TIMEOUT_MS) {
        this.thaw();
        throw isolationError('isolation/freeze-failed', `the function's processes did not freeze within ${FREEZE_TIMEOUT_MS} ms and run on`);
      }
      await nextTurn();
    }
  }

  thaw(): void {
    const freezer = this.#freezer();
    if (freezer !== undefined) writeIfThere(freezer.file, freezer.thaw);
  }

  /** Starts the end of every process; frozen ones of the v1 freezer only die once thawed, so that comes second. */
  #signalAll(): void {
    const killFile = this.#folders.filter((folder) => folder.version === 2).map((folder) => join(folder.path, 'cgroup.kill')).find(existsSync);
    if (killFile === undefined) {
      for (const pid of this.pids()) killQuietly(pid);
    } else {
      writeFileSync(killFile, '1');
    }
    this.thaw();
  }

  /**
   * Every process of the group is dead on return. A process that has used up its processor quota dies only at its next
   * turn, which can be half a minute away after an out-of-memory storm (measured on Linux 6.18), so the quota is lifted meanwhile.
   */
  async kill(): Promise<void> {
    this.#liftCpuLimit();
    try {
      await this.#killUnlimited();
    } finally {
      if (this.#cpuMemoryMiB !== undefined && this.#exists()) this.limitCpu(this.#cpuMemoryMiB);
    }
  }

  async #killUnlimited(): Promise<void> {
    const deadline = performance.now() + KILL_TIMEOUT_MS;
    for (let round = 0; this.pids().length > 0 || round === 0; round += 1) {
      if (performance.now() > deadline) {
        throw isolationError('isolation/kill-failed', `${this.pids().length} processes are left ${KILL_TIMEOUT_MS} ms after the kill`, { detail: { pids: this.pids() } });
      }
      this.#signalAll();
      await (round < 4 ? nextTurn() : sleep(1));
    }
  }

  #liftCpuLimit(): void {
    const folder = this.#serving('cpu');
    if (folder === undefined || !this.#exists()) return;
    if (folder.version === 2) writeIfThere(join(folder.path, 'cpu.max'), `max ${CPU_PERIOD_US}`);
    else writeIfThere(join(folder.path, 'cpu.cfs_quota_us'), '-1');
  }

  /** Writing a quota starts a new account. */
  #forgiveCpuDebt(): void {
    this.#liftCpuLimit();
    if (this.#cpuMemoryMiB !== undefined) this.limitCpu(this.#cpuMemoryMiB);
  }

  #exists(): boolean {
    return this.#folders.every((folder) => existsSync(folder.path));
  }

  usage(): GroupUsage {
    return { memoryBytes: this.#memoryBytes(), cpuNs: this.#cpuNs(), pidCount: this.#pidCount(), oomKills: this.oomKills() };
  }

  oomKills(): number {
    const folder = this.#serving('memory');
    if (folder === undefined) return 0;
    return keyedNumber(readOr(join(folder.path, folder.version === 2 ? 'memory.events' : 'memory.oom_control'), ''), 'oom_kill');
  }

  /** Paths that could not be removed. */
  remove(): string[] {
    const left: string[] = [];
    for (const { path } of this.#folders) {
      try {
        rmdirSync(path);
      } catch (error) {
        if (!isMissing(error)) left.push(path);
      }
    }
    return left;
  }

  /** Without page cache: the program files that a function touches first would otherwise be billed to it (isolation.md §10). */
  #memoryBytes(): number {
    const folder = this.#serving('memory');
    if (folder === undefined) return ownBytesOf(this.pids());
    const text = readOr(join(folder.path, 'memory.stat'), '');
    const keys = folder.version === 2 ? ['anon', 'shmem', 'kernel'] : ['total_rss', 'total_shmem'];
    return keys.reduce((sum, key) => sum + keyedNumber(text, key), 0);
  }

  #cpuNs(): number {
    const folder = this.#serving('cpuacct') ?? this.#serving('cpu');
    if (folder === undefined) return cpuNsOfAll(this.pids());
    if (folder.version === 2) return keyedNumber(readOr(join(folder.path, 'cpu.stat'), ''), 'usage_usec') * 1000;
    return Number(readOr(join(folder.path, 'cpuacct.usage'), '0'));
  }

  #pidCount(): number {
    const folder = this.#serving('pids');
    return folder === undefined ? this.pids().length : Number(readOr(join(folder.path, 'pids.current'), '0'));
  }

  #serving(controller: Controller): GroupFolder | undefined {
    return this.#folders.find((folder) => folder.controllers.includes(controller));
  }

  #freezer(): { file: string; freeze: string; thaw: string; isFrozen: () => boolean } | undefined {
    for (const folder of this.#folders) {
      const file = join(folder.path, 'cgroup.freeze');
      if (folder.version === 2 && existsSync(file)) {
        return { file, freeze: '1', thaw: '0', isFrozen: () => keyedNumber(readOr(join(folder.path, 'cgroup.events'), ''), 'frozen') === 1 };
      }
    }
    const folder = this.#serving('freezer');
    if (folder === undefined) return undefined;
    const file = join(folder.path, 'freezer.state');
    return { file, freeze: 'FROZEN', thaw: 'THAWED', isFrozen: () => readOr(file, '').trim() === 'FROZEN' };
  }
}

/** Where no controller counts: what the processes that live now report; forked pages count once per process. */
export function ownBytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readProcessStatus(pid)?.ownBytes ?? 0), 0);
}

export function cpuNsOfAll(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuNsOf(pid), 0);
}

export function cpuQuotaUs(memoryMiB: number): number {
  return Math.max(CPU_QUOTA_MIN_US, Math.round((CPU_PERIOD_US * memoryMiB) / MEMORY_MIB_PER_CPU));
}

function keyedNumber(text: string, key: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  return line === undefined ? 0 : Number(line.slice(key.length + 1));
}

function writeIfThere(path: string, text: string): void {
  if (existsSync(path)) writeFileSync(path, text);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the listing and the signal.
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
