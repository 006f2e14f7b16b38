/**
 * The most memory that a process and its descendants have held at once, from `/proc`: for the emulator's REPORT line, where no
 * control group counts. Peaks of single processes are added, so short-lived overlap is estimated high, never low.
 */
import { existsSync, readFileSync } from 'node:fs';

/** Reading `/proc` costs tens of microseconds; a warm loop is sampled now and then, a first invocation always. */
const SAMPLE_INTERVAL_MS = 100;
const DESCENDANTS_MAX = 1_024;

export class MemorySampler {
  readonly #isMeasurable = existsSync('/proc/self/status');
  #peakKiB = 0;
  #sampledMs = Number.NEGATIVE_INFINITY;

  /** The peak until now in MiB, rounded up; 0 before anything could be measured, undefined where the system does not tell. */
  sample(processId: number | undefined, nowMs: number): number | undefined {
    if (processId !== undefined && nowMs - this.#sampledMs >= SAMPLE_INTERVAL_MS) {
      this.#sampledMs = nowMs;
      this.#peakKiB = Math.max(this.#peakKiB, treePeakKiB(processId));
    }
    return this.#isMeasurable ? Math.ceil(this.#peakKiB / 1024) : undefined;
  }
}

function treePeakKiB(rootProcessId: number): number {
  let totalKiB = 0;
  const pending = [rootProcessId];
  for (let visited = 0; visited < DESCENDANTS_MAX; visited += 1) {
    const processId = pending.pop();
    if (processId === undefined) break;
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readOrEmpty(`/proc/${processId}/status`));
    totalKiB += Number(peak?.[1] ?? 0);
    const children = readOrEmpty(`/proc/${processId}/task/${processId}/children`).trim();
    if (children !== '') pending.push(...children.split(' ').map(Number));
  }
  return totalKiB;
}

/** A process may end while it is looked at. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
