import type { Clock } from '../../foundation/clock.ts';

export type FakeClock = Clock & {
  advance(byMs: number): void;
  /** Scheduled and neither done nor cancelled. */
  readonly pendingCount: number;
};

/** A clock that stands still until `advance`; scheduled actions run in order of their time. */
export function fakeClock(startEpochMs = 1_700_000_000_000): FakeClock {
  let elapsedMs = 0;
  let pending: { atMs: number; action: () => void }[] = [];
  return {
    nowEpochMs: () => startEpochMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    schedule(delayMs, action) {
      const entry = { atMs: elapsedMs + delayMs, action };
      pending.push(entry);
      return () => {
        pending = pending.filter((other) => other !== entry);
      };
    },
    get pendingCount() {
      return pending.length;
    },
    advance(byMs) {
      const untilMs = elapsedMs + byMs;
      for (;;) {
        const next = pending.filter((entry) => entry.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        pending = pending.filter((entry) => entry !== next);
        elapsedMs = Math.max(elapsedMs, next.atMs);
        next.action();
      }
      elapsedMs = untilMs;
    },
  };
}
