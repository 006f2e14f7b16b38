/**
 * The name under which a worker owns control groups and files: `<pid>-<start ticks>-<pid namespace>-<serial>`. It tells a
 * dead worker from a live one with the same pid, and keeps workers in other containers, which we cannot see, alone.
 */
import { pidNamespaceOf, startTicksOf } from './process-table.ts';

let serial = 0;

/** A new name each time: several backends of one process share nothing. */
export function newWorkerId(): string {
  return `${process.pid}-${startTicksOf(process.pid) ?? '0'}-${namespaceNumber()}-${(serial += 1)}`;
}

/** True for a name that says: made by a worker of this pid namespace that no longer runs. */
export function isNameOfDeadWorker(name: string): boolean {
  const [, pid, startTicks, namespace] = /^(\d+)-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
  if (pid === undefined || namespace !== namespaceNumber()) return false;
  return startTicksOf(Number(pid)) !== startTicks;
}

function namespaceNumber(): string {
  return /\d+/.exec(pidNamespaceOf('self') ?? '')?.[0] ?? '0';
}
