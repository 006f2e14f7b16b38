/** The ids that the server's cases answer for. Each is covered by exactly one case, or stands in `NOT_TESTABLE` with the reason. */

/** Prefix → first and last number of the server's part. */
const SERVER_RANGES = {
  RT: [1, 67],
  INI: [1, 31],
  INV: [1, 26],
  STR: [10, 27],
  EXT: [1, 45],
  TEL: [1, 42],
  LOG: [1, 19],
  SHD: [1, 18],
  SNP: [1, 8],
  LMI: [1, 15],
  FD: [1, 15],
} as const satisfies Record<string, readonly [number, number]>;

export const SERVER_REFS: readonly string[] = Object.entries(SERVER_RANGES).flatMap(([prefix, [first, last]]) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${prefix}-${String(first + index).padStart(3, '0')}`),
);

export const NOT_TESTABLE: Readonly<Record<string, string>> = {};
