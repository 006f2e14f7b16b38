/** Milliseconds since the epoch with fractions; probes use the same clock, so their times and the kit's compare. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
