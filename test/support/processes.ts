/** Looking for processes that a test may have left, by something in their command line or start environment that only they have. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const GONE_LIMIT_MS = 5_000;

/** Living processes (no zombies) whose arguments or start environment contain `marker`, without the caller itself. */
export function processesWith(marker: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0 && pid !== process.pid)
    .filter((pid) => !isZombie(pid) && (readQuietly(`/proc/${pid}/cmdline`).includes(marker) || readQuietly(`/proc/${pid}/environ`).includes(marker)));
}

/** Waits for them to go; resolves to what is left, so that a failure names it. */
export async function processesLeft(marker: string): Promise<number[]> {
  const endMs = performance.now() + GONE_LIMIT_MS;
  for (;;) {
    const left = processesWith(marker);
    if (left.length === 0 || performance.now() > endMs) return left;
    await delay(5);
  }
}

function isZombie(pid: number): boolean {
  return /^State:\s+Z/m.test(readQuietly(`/proc/${pid}/status`));
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It ended while it was looked at.
    return '';
  }
}
