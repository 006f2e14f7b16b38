/** The ids that the cases answer for. Each is covered by exactly one case, or stands in `notTestable` with the reason. */

export type Catalogue = { refs: readonly string[]; notTestable: Readonly<Record<string, string>> };

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

/** Prefix → first and last number of the runtime's part. */
const RUNTIME_RANGES = { RUN: [1, 46], STR: [1, 9], EXT: [46, 47], SNP: [9, 13], LMI: [16, 19] } as const satisfies Record<string, readonly [number, number]>;

const MANAGED_NOT_TESTABLE: Readonly<Record<string, string>> = {
  'NODE-112': 'which worker thread ran an invocation is not on the wire; concurrent-traces and concurrent-nexts cover the rest',
  'JAVA-063': 'takes a jar in /opt, which is the machine’s; the image tests of a runtime are the place for it',
  'PY-061': 'the socket of the log provider belongs to the vendor’s platform and has no public description',
};

export const SERVER_CATALOGUE: Catalogue = { refs: refsOf(SERVER_RANGES), notTestable: {} };
export const RUNTIME_CATALOGUE: Catalogue = { refs: refsOf(RUNTIME_RANGES), notTestable: {} };

/** Behaviour of the vendor's clients for Node.js, Python and Java; a row that says something about two generations may have a case for each. */
export const MANAGED_CATALOGUE: Catalogue = { refs: refsOf({ NODE: [1, 117], PY: [1, 64], JAVA: [1, 74] }), notTestable: MANAGED_NOT_TESTABLE };

function refsOf(ranges: Readonly<Record<string, readonly [number, number]>>): string[] {
  return Object.entries(ranges).flatMap(([prefix, [first, last]]) => Array.from({ length: last - first + 1 }, (_, index) => `${prefix}-${String(first + index).padStart(3, '0')}`));
}
