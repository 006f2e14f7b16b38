/** The few statistics of a bench. Pure: numbers in, numbers out. */

export type Spread = { median: number; min: number; max: number; samples: number[] };

/** One bucket of a latency histogram: its upper edge in nanoseconds and how many exchanges fell into it. */
export type HistogramBucket = readonly [upperNs: number, count: number];

/** The middle value; the mean of the two middle ones for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? Number.NaN : (lower + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  const samples = [...values];
  return {
    median: median(samples),
    min: samples.length === 0 ? Number.NaN : Math.min(...samples),
    max: samples.length === 0 ? Number.NaN : Math.max(...samples),
    samples,
  };
}

/**
 * Divides (or subtracts) round by round: the machine is the same within a round and another one in the next, so the
 * ratio of two medians would compare different machines. Both sides must have the same rounds.
 */
export function comparePerRound(kind: 'ratio' | 'difference', own: readonly number[], other: readonly number[]): Spread {
  if (own.length !== other.length) throw new RangeError(`rounds do not pair up: ${own.length} and ${other.length}`);
  return spreadOf(own.map((value, round) => (kind === 'ratio' ? value / (other[round] ?? Number.NaN) : value - (other[round] ?? Number.NaN))));
}

/** The smallest bucket edge below which at least `fraction` of all exchanges lie; NaN for an empty histogram. */
export function percentileNs(histogram: readonly HistogramBucket[], fraction: number): number {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  const wanted = Math.max(1, Math.ceil(total * fraction));
  let seen = 0;
  for (const [upperNs, count] of histogram.toSorted((a, b) => a[0] - b[0])) {
    seen += count;
    if (seen >= wanted) return upperNs;
  }
  return Number.NaN;
}
