/** Sizes and durations in progress lines. */

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Runs a step and returns its result with its duration, for the line that says it is done. */
export async function timed<T>(action: () => Promise<T>): Promise<{ value: T; seconds: string }> {
  const startMs = performance.now();
  const value = await action();
  return { value, seconds: `${((performance.now() - startMs) / 1000).toFixed(1)} s` };
}
