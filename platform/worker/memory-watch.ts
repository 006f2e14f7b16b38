/**
 * The most memory that a function has used, and whether the kernel had to kill for it. Sampled while an invocation runs and at its end;
 * the figure never decreases within an environment. Source: isolation specification, accounting and out of memory.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { Sandbox } from '../isolation/index.ts';

const SAMPLE_INTERVAL_MS = 100;
const MIB = 1_048_576;

export class MemoryWatch {
  readonly #sandbox: Sandbox;
  readonly #clock: Clock;
  #limitMiB = 0;
  #sampledMs = Number.NEGATIVE_INFINITY;
  #oomKills = 0;
  #oomKillsAtBegin = 0;
  #maxUsedMiB = 0;
  #cancelTimer: () => void = () => {};

  constructor(sandbox: Sandbox, clock: Clock) {
    this.#sandbox = sandbox;
    this.#clock = clock;
  }

  get maxUsedMiB(): number {
    return this.#maxUsedMiB;
  }

  begin(limitMiB: number): void {
    this.#limitMiB = limitMiB;
    this.#oomKillsAtBegin = this.#oomKills;
    this.#schedule();
  }

  /** A warm function that answers in microseconds is not looked at each time. */
  async end(options: { mustSample: boolean }): Promise<{ maxUsedMiB: number; wasOutOfMemory: boolean }> {
    this.#cancelTimer();
    const isDue = this.#clock.monotonicMs() - this.#sampledMs >= SAMPLE_INTERVAL_MS;
    if (options.mustSample || isDue) await this.#sample();
    return { maxUsedMiB: this.#maxUsedMiB, wasOutOfMemory: this.#oomKills > this.#oomKillsAtBegin };
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.schedule(SAMPLE_INTERVAL_MS, () => {
      this.#schedule();
      void this.#sample();
    });
  }

  async #sample(): Promise<void> {
    this.#sampledMs = this.#clock.monotonicMs();
    const stats = await this.#sandbox.stats().catch(() => undefined);
    if (stats === undefined) return;
    const usedMiB = Math.min(this.#limitMiB, Math.ceil(stats.memoryPeakBytes / MIB));
    this.#maxUsedMiB = Math.max(this.#maxUsedMiB, stats.oomKills > this.#oomKills ? this.#limitMiB : usedMiB);
    this.#oomKills = Math.max(this.#oomKills, stats.oomKills);
  }
}
