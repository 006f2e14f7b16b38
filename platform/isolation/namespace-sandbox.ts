/** One sandbox of the namespace backend: made, filled, limited, frozen, emptied, killed, removed. */
import { existsSync } from 'node:fs';
import { chmod, readFile, rmdir, statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox, SandboxContent, SandboxEnd, SandboxPaths, SandboxRequest, SandboxStats } from './backend.ts';
import type { ControlGroup } from './cgroup/control-group.ts';
import { isolationError } from './errors.ts';
import { controlledFunctionGroup, pidsInNamespace, uncontrolledFunctionGroup, type FunctionGroup } from './function-group.ts';
import { bubblewrapArguments } from './launch/bubblewrap-arguments.ts';
import { INFO_DESCRIPTOR, launch, SECCOMP_DESCRIPTOR, type Launched } from './launch/launch-chain.ts';
import { KILL_TIMEOUT_MS, PROCESSES_MAX, SERVER_MEMORY_MIB, SERVER_PIDS_MAX } from './limits.ts';
import type { NamespaceHost } from './namespace-host.ts';
import type { Source } from './mounts/mount-namespace.ts';
import { OutputTail } from './output-tail.ts';
import { innerPidOf, isAlive, pidNamespaceOf, readProcessStatus } from './process-table.ts';
import { checkLimits, checkRequest, checkRootFolders } from './sandbox-request.ts';

const MIB = 1_048_576;
const INSIDE: SandboxPaths = { task: '/var/task', layers: '/opt', tmp: '/tmp', control: '/run/ctl' };
/** bubblewrap's own first process inside; it reaps orphans and holds nothing of the function. */
const REAPER_INNER_PID = 1;
/** Shells report a signal as 128 + its number; so does bubblewrap. */
const SIGNAL_STATUS_BASE = 128;

export async function prepareNamespaceSandbox(host: NamespaceHost, request: SandboxRequest): Promise<NamespaceSandbox> {
  checkRequest(request);
  checkRootFolders(request.rootPath);
  host.groups.warmUp();
  const id = host.nextSandboxId();
  const server = host.groups.group(`${id}-server`);
  const group = host.groups.group(`${id}-function`);
  const output = new OutputTail();
  let mounted: Promise<[Source, Source, void]> | undefined;
  try {
    host.makeBox(id);
    mounted = Promise.all([host.mounts.source(request.rootPath), host.mounts.source(request.platformDir), mountTmp(host, id, request.tmpMiB)]);
    // `launch` reports a failure; this only keeps one that comes before it from ending the worker.
    mounted.catch(() => undefined);
    server.make();
    group.make();
    // Nobody is ever without limits; `bind` gives the function's group its own.
    for (const one of [server, group]) {
      one.limitMemory(SERVER_MEMORY_MIB);
      one.limitPids(SERVER_PIDS_MAX);
    }
    const launched = await launch({
      tools: host.tools,
      groupProcessFiles: server.processFiles,
      enterArguments: host.mounts.enterArguments(),
      outerUid: host.nextOuterUid(),
      seccompPath: host.seccompPath(request.architecture),
      command: commandOf(host, request),
      output,
      bubblewrapArguments: mounted.then(([root, platform]) =>
        bubblewrapArguments({
          rootPath: root.path,
          platformPath: platform.path,
          boxPath: host.mounts.boxPath(id),
          maskedProcFiles: host.maskedProcFiles,
          hasBootId: true,
          hostName: hostNameOf(id),
          environment: request.environment,
          seccompDescriptor: SECCOMP_DESCRIPTOR,
          infoDescriptor: INFO_DESCRIPTOR,
        }),
      ),
    });
    return new NamespaceSandbox({ host, id, server, group, launched, output, rootDigest: request.rootDigest });
  } catch (error) {
    // A mount under way would come back behind the removal.
    await Promise.allSettled([mounted, server.kill(), group.kill()]);
    await host.mounts.request('drop', id).catch(() => undefined);
    server.remove();
    group.remove();
    throw error;
  }
}

/**
 * Without root the limit on processes cannot be set before the user namespace exists: outside it would count the whole
 * login. Inside it counts this sandbox alone. It needs a shell from the platform folder.
 */
function commandOf(host: NamespaceHost, request: SandboxRequest): string[] {
  if (host.isPrivileged || !existsSync(join(request.platformDir, 'busybox'))) return request.command;
  // What the shell itself adds to the environment.
  const added = ['SHLVL', 'PATH', 'OLDPWD'].filter((name) => !(name in request.environment));
  return ['/var/rapid/busybox', 'sh', '-c', `ulimit -u ${PROCESSES_MAX} && unset ${added.join(' ')} && exec "$@"`, 'limit', ...request.command];
}

/** In the style of a link-local address, from the random id. */
function hostNameOf(id: string): string {
  const bytes = Buffer.from(id, 'hex');
  return `169-254-${bytes[0] ?? 0}-${bytes[1] ?? 0}`;
}

async function mountTmp(host: NamespaceHost, id: string, tmpMiB: number): Promise<void> {
  if (!host.hasDiskImages) return host.mounts.request('memory_disk', String(tmpMiB), id);
  await host.mounts.request('disk', await host.images.create(tmpMiB), id);
  const seen = join(host.mounts.hostView, 'box', id, 'tmp');
  await rmdir(join(seen, 'lost+found'));
  await chmod(seen, 0o1777);
}

type Parts = { host: NamespaceHost; id: string; server: ControlGroup; group: ControlGroup; launched: Launched; output: OutputTail; rootDigest: string };

export class NamespaceSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Duplex;
  readonly rootDigest: string;
  readonly paths = INSIDE;
  readonly died: Promise<SandboxEnd>;
  readonly #parts: Parts;
  readonly #function: FunctionGroup;
  readonly #pidNamespace: string | undefined;
  #state: 'blank' | 'bound' | 'dead' = 'blank';
  #isKillWanted = false;
  #destroyed: Promise<void> | undefined;
  #memoryLimitBytes = Number.POSITIVE_INFINITY;
  #memoryPeakBytes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.id = parts.id;
    this.channel = parts.launched.channel;
    this.rootDigest = parts.rootDigest;
    this.#pidNamespace = pidNamespaceOf(parts.launched.firstPid);
    this.#function = parts.group.exists ? controlledFunctionGroup(parts.group) : uncontrolledFunctionGroup(parts.launched.firstPid);
    this.died = parts.launched.exited.then((exit) => {
      this.#state = 'dead';
      return this.#endOf(exit);
    });
  }

  async bind(content: SandboxContent): Promise<void> {
    checkLimits(content.limits);
    if (this.#state === 'bound') throw isolationError('isolation/already-bound', 'this sandbox already has its code; another function version needs another sandbox');
    this.#requireAlive();
    this.#state = 'bound';
    this.#parts.host.groups.warmUp();
    const { mounts } = this.#parts.host;
    const place = async (path: string, name: 'task' | 'opt'): Promise<void> => mounts.fill(await mounts.source(path), this.id, name);
    this.#function.limit(content.limits);
    this.#memoryLimitBytes = content.limits.memoryMiB * MIB;
    await Promise.all([place(content.codePath, 'task'), ...(content.layersPath === undefined ? [] : [place(content.layersPath, 'opt')])]);
  }

  async admit(innerPid: number): Promise<void> {
    this.#requireAlive();
    const hostPid = this.#hostPidOf(innerPid);
    if (hostPid === undefined) throw noSuchProcess(innerPid);
    await this.#function.add(hostPid);
    // It may have ended meanwhile; the caller must not let go what was not limited.
    if (!this.#isOurs(hostPid, innerPid)) throw noSuchProcess(innerPid);
  }

  async freeze(): Promise<void> {
    this.#requireAlive();
    await this.#function.freeze();
  }

  async thaw(): Promise<void> {
    this.#function.thaw();
  }

  async stats(): Promise<SandboxStats> {
    const usage = this.#function.usage();
    const residentPeakBytes = this.#function.pids().reduce((sum, pid) => sum + (readProcessStatus(pid)?.residentPeakBytes ?? 0), 0);
    const sampleBytes = usage.oomKills > 0 ? this.#memoryLimitBytes : Math.max(usage.memoryBytes, residentPeakBytes);
    this.#memoryPeakBytes = Math.min(this.#memoryLimitBytes, Math.max(this.#memoryPeakBytes, sampleBytes));
    return {
      memoryPeakBytes: this.#memoryPeakBytes,
      memoryCurrentBytes: usage.memoryBytes,
      cpuNs: usage.cpuNs,
      oomKills: usage.oomKills,
      pidsCurrent: usage.pidCount,
      tmpUsedBytes: await this.#tmpUsedBytes(),
    };
  }

  async reset(): Promise<void> {
    this.#requireAlive();
    await this.#function.kill();
    await this.#parts.host.mounts.request('clear_ipc', String(this.#parts.launched.firstPid));
  }

  async kill(): Promise<void> {
    this.#isKillWanted = true;
    const { launched, server, group } = this.#parts;
    if (this.#state !== 'dead') {
      if (pidNamespaceOf(launched.firstPid) === this.#pidNamespace) killQuietly(launched.firstPid);
      launched.process.kill('SIGKILL');
    }
    await Promise.all([group.kill(), server.kill()]);
    await this.died;
    await this.#namespaceEmpty();
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  diagnostics(): string {
    return this.#parts.output.text();
  }

  async #destroy(): Promise<void> {
    const { host, server, group } = this.#parts;
    const left: string[] = [];
    await this.kill().catch((error: unknown) => left.push(String(error)));
    this.channel.destroy();
    await host.mounts.request('drop', this.id).catch((error: unknown) => left.push(String(error)));
    if (host.mounts.isMounted(await readFile(host.mounts.mountInfoPath, 'utf8').catch(() => ''), this.id)) left.push('a mount');
    left.push(...(await removeGroup(group)), ...(await removeGroup(server)));
    if (left.length > 0) throw isolationError('isolation/leftover', `${left.length} things of a destroyed sandbox are left; it is quarantined`, { detail: { left } });
  }

  #endOf(exit: { exitCode: number | undefined; signal: string | undefined }): SandboxEnd {
    if (this.#isKillWanted) return { cause: 'killed' };
    if (exit.signal !== undefined) return { cause: 'signaled', signal: exit.signal };
    const exitCode = exit.exitCode ?? SIGNAL_STATUS_BASE;
    return exitCode > SIGNAL_STATUS_BASE ? { cause: 'signaled', signal: signalName(exitCode - SIGNAL_STATUS_BASE) } : { cause: 'exited', exitCode };
  }

  #requireAlive(): void {
    if (this.#state === 'dead' || this.#isKillWanted) throw isolationError('isolation/sandbox-gone', 'the sandbox is dead', { detail: { output: this.diagnostics() } });
  }

  #hostPidOf(innerPid: number): number | undefined {
    if (!Number.isInteger(innerPid) || innerPid <= REAPER_INNER_PID) return undefined;
    const candidates = this.#parts.server.exists ? this.#parts.server.pids() : pidsInNamespace(this.#pidNamespace);
    return candidates.find((pid) => this.#isOurs(pid, innerPid));
  }

  #isOurs(hostPid: number, innerPid: number): boolean {
    const status = readProcessStatus(hostPid);
    return status !== undefined && innerPidOf(status) === innerPid && pidNamespaceOf(hostPid) === this.#pidNamespace;
  }

  async #tmpUsedBytes(): Promise<number> {
    const { host } = this.#parts;
    try {
      const found = await statfs(join(host.mounts.hostView, 'box', this.id, 'tmp'));
      return (found.blocks - found.bfree) * found.bsize;
    } catch {
      return 0;
    }
  }

  /** Without control groups: the namespace is empty when its first process is gone, whose end waits for all others. */
  async #namespaceEmpty(): Promise<void> {
    const deadline = performance.now() + KILL_TIMEOUT_MS;
    while (pidNamespaceOf(this.#parts.launched.firstPid) === this.#pidNamespace && isAlive(this.#parts.launched.firstPid)) {
      if (performance.now() > deadline) throw isolationError('isolation/kill-failed', `the first process of the sandbox lives ${KILL_TIMEOUT_MS} ms after the kill`);
      await sleep(1);
    }
  }
}

/** A group can stay busy for an instant after its last process is gone from the list. */
async function removeGroup(group: ControlGroup): Promise<string[]> {
  let left = group.remove();
  for (let round = 0; left.length > 0 && round < 100; round += 1) {
    await sleep(2);
    left = group.remove();
  }
  return left;
}

function noSuchProcess(innerPid: number): Error {
  return isolationError('isolation/no-such-process', `there is no process ${innerPid} in the sandbox`, { detail: { innerPid } });
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
