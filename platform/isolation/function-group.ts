/**
 * The processes of the function, as opposed to the server's: either a control group, or, where an ordinary user has none,
 * everything in the sandbox's pid namespace but its first two processes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNsOfAll, ownBytesOf, type ControlGroup, type GroupUsage } from './cgroup/control-group.ts';
import type { SandboxLimits } from './backend.ts';
import { isolationError } from './errors.ts';
import { KILL_TIMEOUT_MS } from './limits.ts';
import { allPids, innerPidOf, pidNamespaceOf, readProcessStatus } from './process-table.ts';

export type FunctionGroup = {
  limit(limits: SandboxLimits): void;
  add(hostPid: number): Promise<void>;
  pids(): number[];
  usage(): GroupUsage;
  freeze(): Promise<void>;
  thaw(): void;
  /** Every process of the group is dead on return, frozen or not. */
  kill(): Promise<void>;
};

export function controlledFunctionGroup(group: ControlGroup): FunctionGroup {
  return {
    limit(limits) {
      group.limitMemory(limits.memoryMiB);
      group.limitCpu(limits.memoryMiB);
      group.limitPids(limits.pidsMax);
    },
    add: (hostPid) => group.add(hostPid),
    pids: () => group.pids(),
    usage: () => group.usage(),
    freeze: () => group.freeze(),
    thaw: () => group.thaw(),
    kill: () => group.kill(),
  };
}

/** bubblewrap's own first process and the command, the server. */
const SERVER_INNER_PIDS = [1, 2];

export function uncontrolledFunctionGroup(firstPid: number): FunctionGroup {
  const namespace = pidNamespaceOf(firstPid);
  const pids = (): number[] => pidsInNamespace(namespace).filter((pid) => !SERVER_INNER_PIDS.includes(innerPidOf(readProcessStatus(pid) ?? NOBODY) ?? 0));
  return {
    limit: () => undefined,
    add: () => Promise.resolve(),
    pids,
    usage() {
      const found = pids();
      return { memoryBytes: ownBytesOf(found), cpuNs: cpuNsOfAll(found), pidCount: found.length, oomKills: 0 };
    },
    freeze: () => Promise.resolve(),
    thaw: () => undefined,
    async kill() {
      const deadline = performance.now() + KILL_TIMEOUT_MS;
      for (let left = pids(); left.length > 0; left = pids()) {
        if (performance.now() > deadline) throw isolationError('isolation/kill-failed', `${left.length} processes are left ${KILL_TIMEOUT_MS} ms after the kill`, { detail: { pids: left } });
        for (const pid of left) killQuietly(pid);
        await sleep(1);
      }
    },
  };
}

/** Living processes of one pid namespace, found without control groups. */
export function pidsInNamespace(namespace: string | undefined): number[] {
  if (namespace === undefined) return [];
  return allPids().filter((pid) => pidNamespaceOf(pid) === namespace && readProcessStatus(pid)?.isZombie === false);
}

const NOBODY = { hostPid: 0, pidsByNamespace: [], parentPid: 0, uid: -1, isZombie: true, ownBytes: 0, residentPeakBytes: 0 };

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the listing and the signal.
  }
}
