/** An initialisation or a restore under way: how long it has taken, and what happens when it takes too long. */
import type { Clock } from '../foundation/clock.ts';

export class TimedPhase {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #cancelTimer: () => void;

  /** Without a limit where somebody else's deadline holds. */
  constructor(clock: Clock, limit?: { ms: number; onReached(): void }) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#cancelTimer = limit === undefined ? () => {} : clock.schedule(limit.ms, () => limit.onReached());
  }

  /** Lifts the limit; returns the milliseconds until now. */
  end(): number {
    this.#cancelTimer();
    return this.#clock.monotonicMs() - this.#startedMs;
  }
}
