/** What the runtime or an extension said before it exits: it, and not the exit, is then what went wrong first. */
import type { Clock } from '../foundation/clock.ts';
import type { Failure } from './failures.ts';

/**
 * Whoever has reported a failure has this long to exit by itself, so that it can print what it still has to say. Without source: the
 * guide only says that it must exit. A first initialisation or an invocation may run out of time before.
 */
const EXIT_MS = 1_000;

export class ReportedFailure {
  readonly #clock: Clock;
  readonly #onOverdue: (failure: Failure) => void;
  #reported: { failure: Failure; by: string; cancelTimer: () => void } | undefined;

  /** `onOverdue` when whoever said so has not exited in time. */
  constructor(clock: Clock, onOverdue: (failure: Failure) => void) {
    this.#clock = clock;
    this.#onOverdue = onOverdue;
  }

  /** The first one counts. */
  report(failure: Failure, by: string): void {
    if (this.#reported !== undefined) return;
    this.#reported = { failure, by, cancelTimer: this.#clock.schedule(EXIT_MS, () => this.#onOverdue(failure)) };
  }

  take(): Failure | undefined {
    const reported = this.#reported;
    this.#reported = undefined;
    reported?.cancelTimer();
    return reported?.failure;
  }

  /** Somebody who has announced its end says more by how it ends. */
  forget(by: string): void {
    if (this.#reported?.by === by) this.take();
  }
}
