/** The only way time enters rik; tests use a fake one and never really sleep. */

export type Clock = {
  /** Wall clock, milliseconds since the Unix epoch. Reports and deadlines that leave the process use it. */
  nowEpochMs(): number;
  /** Monotonic clock, milliseconds with fraction from an arbitrary origin. Durations use it. */
  monotonicMs(): number;
  /** Calls `action` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, action: () => void): () => void;
};

export const systemClock: Clock = {
  nowEpochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
