/**
 * Finding the processes of a sandbox that nothing contains: descendants by parent id, members of their process groups and
 * sessions, and, where the sandbox has a user id of its own, everything that runs as that user. A process of an ordinary
 * user that starts a session and loses its parent is not found; the backend reports `killTree: no`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { allPids } from './process-table.ts';

export type ProcessEntry = { pid: number; parentPid: number; groupId: number; uid: number; residentBytes: number; isZombie: boolean };

export function listProcesses(): ProcessEntry[] {
  return process.platform === 'linux' ? allPids().flatMap(readEntry) : parsePs(execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,uid=,rss=,stat='], { encoding: 'utf8' }));
}

/** `roots` and all that can be traced to them. */
export function processesOf(options: { roots: readonly number[]; groups: readonly number[]; ownUid: number | undefined; all: readonly ProcessEntry[] }): ProcessEntry[] {
  const groups = new Set(options.groups);
  const found = new Set(options.roots);
  const isOurs = (entry: ProcessEntry): boolean => found.has(entry.pid) || found.has(entry.parentPid) || groups.has(entry.groupId) || (options.ownUid !== undefined && entry.uid === options.ownUid);
  for (let before = -1; before !== found.size + groups.size; ) {
    before = found.size + groups.size;
    for (const entry of options.all) {
      if (!isOurs(entry)) continue;
      found.add(entry.pid);
      // A group that one of ours leads is ours; a group that it merely is in may be the worker's.
      if (entry.groupId === entry.pid) groups.add(entry.pid);
    }
  }
  return options.all.filter((entry) => found.has(entry.pid) && !entry.isZombie);
}

export function parsePs(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const [pid, parentPid, groupId, uid, kibibytes, state] = line.trim().split(/\s+/);
    if (pid === undefined || state === undefined) return [];
    return [{ pid: Number(pid), parentPid: Number(parentPid), groupId: Number(groupId), uid: Number(uid), residentBytes: Number(kibibytes) * 1024, isZombie: state.startsWith('Z') }];
  });
}

function readEntry(pid: number): ProcessEntry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [state, parentPid, groupId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return [{ pid, parentPid: Number(parentPid), groupId: Number(groupId), uid: field('Uid'), residentBytes: field('VmRSS') * 1024, isZombie: state === 'Z' }];
  } catch {
    return [];
  }
}
