/** Versions as tools print them: numbers with dots. Anything after the numbers (a build, a distribution's suffix) is left out. */

export function firstVersionIn(text: string): string | undefined {
  // `javac 21` has no dot; a number with dots is preferred, because names may hold a bare one.
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? /\b\d+\b/.exec(text)?.[0];
}

export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split('.').map(Number);
  const want = minimum.split('.').map(Number);
  for (let index = 0; index < want.length; index += 1) {
    const difference = (have[index] ?? 0) - (want[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
