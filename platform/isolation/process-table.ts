/** What /proc tells about processes: identity that survives the reuse of a process id, ids inside namespaces, memory. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export type ProcessStatus = {
  hostPid: number;
  /** From the pid namespace of this /proc down to the process's own; one entry for a process of our own namespace. */
  pidsByNamespace: number[];
  parentPid: number;
  /** The real user id. */
  uid: number;
  isZombie: boolean;
  /** Anonymous and shared memory now, and the highest resident size ever. */
  ownBytes: number;
  residentPeakBytes: number;
};

export function readProcessStatus(pid: number): ProcessStatus | undefined {
  try {
    return parseProcessStatus(pid, readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

export function parseProcessStatus(hostPid: number, text: string): ProcessStatus {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  const numbers = (name: string): number[] => (fields.get(name) ?? '').split(/\s+/).map(Number).filter(Number.isFinite);
  const kibibytes = (name: string): number => (Number.parseInt(fields.get(name) ?? '0', 10) || 0) * 1024;
  return {
    hostPid,
    pidsByNamespace: fields.has('NSpid') ? numbers('NSpid') : [hostPid],
    parentPid: numbers('PPid')[0] ?? 0,
    uid: numbers('Uid')[0] ?? -1,
    isZombie: (fields.get('State') ?? '').startsWith('Z'),
    ownBytes: kibibytes('RssAnon') + kibibytes('RssShmem'),
    residentPeakBytes: kibibytes('VmHWM'),
  };
}

/** The id inside the innermost namespace; undefined for a process that is in no namespace below ours. */
export function innerPidOf(status: ProcessStatus): number | undefined {
  return status.pidsByNamespace.length > 1 ? status.pidsByNamespace.at(-1) : undefined;
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot: with the pid it names one process for ever. */
export function startTicksOf(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** User and system time of the process and of the children it has waited for. */
export function cpuNsOf(pid: number): number {
  const fields = statFields(pid);
  if (fields === undefined) return 0;
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (Number(fields[index]) || 0), 0);
  // USER_HZ is 100 on every architecture that Node runs on.
  return ticks * 10_000_000;
}

export function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** `pid:[4026531836]`: equal for two processes exactly when they share the namespace. */
export function pidNamespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  const status = readProcessStatus(pid);
  return status !== undefined && !status.isZombie;
}

/** The fields behind the command name, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
