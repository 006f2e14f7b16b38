/**
 * The most memory that a function has used, and whether the kernel had to kill for it. Sampled while an invocation runs and at its end;
 * the figure never decreases within an environment. Source: isolation specification, accounting and out of memory.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { Sandbox } from '../isolation/index.ts';

const SAMPLE_INTERVAL_MS = 100;
/**
 * A sample takes the worker a few tenths of a millisecond. An invocation shorter than this has not had the time to have the smallest
 * limit's pages given to it (128 MiB are 32,768 page faults), so a recent sample stands for it too.
 */
const BRIEF_MS = 10;
const MIB = 1_048_576;

export class MemoryWatch {
  readonly #sandbox: Pick<Sandbox, 'stats'>;
  readonly #clock: Clock;
  #limitMiB = 0;
  #beganMs = 0;
  #sampledMs = Number.NEGATIVE_INFINITY;
  #oomKills = 0;
  #oomKillsAtBegin = 0;
  #maxUsedMiB = 0;
  /** The invocation that is watched. */
  #watch: object | undefined;
  #cancelTimer: () => void = () => {};

  constructor(sandbox: Pick<Sandbox, 'stats'>, clock: Clock) {
    this.#sandbox = sandbox;
    this.#clock = clock;
  }

  get maxUsedMiB(): number {
    return this.#maxUsedMiB;
  }

  begin(limitMiB: number): void {
    this.stop();
    this.#limitMiB = limitMiB;
    this.#beganMs = this.#clock.monotonicMs();
    this.#oomKillsAtBegin = this.#oomKills;
    this.#watch = {};
    this.#schedule(this.#watch);
  }

  async end(options: { mustSample: boolean }): Promise<{ maxUsedMiB: number; wasOutOfMemory: boolean }> {
    this.stop();
    const nowMs = this.#clock.monotonicMs();
    const isDue = nowMs - this.#sampledMs >= SAMPLE_INTERVAL_MS || nowMs - this.#beganMs >= BRIEF_MS;
    if (options.mustSample || isDue) await this.#sample();
    return { maxUsedMiB: this.#maxUsedMiB, wasOutOfMemory: this.#oomKills > this.#oomKillsAtBegin };
  }

  /** No more samples; the figures stay. */
  stop(): void {
    this.#watch = undefined;
    this.#cancelTimer();
  }

  /** The next interval begins when a sample is there: where samples are slow they must not pile up. */
  #schedule(watch: object): void {
    this.#cancelTimer = this.#clock.schedule(SAMPLE_INTERVAL_MS, () => {
      void this.#sample().then(() => {
        if (this.#watch === watch) this.#schedule(watch);
      });
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
