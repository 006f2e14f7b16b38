/** Killing a process group and knowing when it is gone. On Windows, which has none: the process and what descends from it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A killed group is gone within a millisecond or two. */
const GONE_POLL_MS = 1;
/** A process in an uninterruptible call must not hold up the environment for ever. */
const GONE_LIMIT_MS = 2_000;

/** False when the group has no process any more; true too when it has only ones that nobody has waited for yet. */
export function killGroup(group: number): boolean {
  return signalGroup(group, 'SIGKILL');
}

export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    if (process.platform === 'win32') endTree(group);
    else process.kill(-group, signal);
    return true;
  } catch {
    // ESRCH, or EPERM: a process that changed its user is not ours to kill.
    return false;
  }
}

/** Throws when there is no such process. A process that is asked to end gets no time there: no signal can be caught. */
function endTree(processId: number): void {
  execFileSync('taskkill', ['/pid', String(processId), '/T', '/F'], { stdio: 'ignore' });
}

export async function killGroupAndWait(group: number): Promise<void> {
  const endMs = performance.now() + GONE_LIMIT_MS;
  while (killGroup(group) && hasLivingMember(group) && performance.now() < endMs) await delay(GONE_POLL_MS);
}

/** Orphans of a container whose first process waits for nobody stay as zombies for ever; they run nothing and hold nothing. */
function hasLivingMember(group: number): boolean {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    // No such file system here: whoever can be signalled counts as living.
    return true;
  }
  return names.some((name) => /^\d+$/.test(name) && isLivingMember(name, group));
}

/** Source: proc(5), `/proc/pid/stat`: the command in parentheses, then state, parent, group. */
function isLivingMember(name: string, group: number): boolean {
  try {
    const status = readFileSync(`/proc/${name}/stat`, 'latin1');
    const [state, , memberOf] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return Number(memberOf) === group && state !== 'Z' && state !== 'X';
  } catch {
    // It ended while it was looked at.
    return false;
  }
}
