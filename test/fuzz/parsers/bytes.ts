/** Texts that a parser half knows, and what mutation makes of them. */
import fc from 'fast-check';

export const JSON_PIECES: readonly string[] = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u12', '\\ud800', '-', '0', '01', '1e', '.5', 'true', 'nul', ' ', '\n', '\x00', '\x1f', '\x7f', '\xef\xbb\xbf', '\xc3', '\xed\xa0\x80', '//', "'", 'NaN'];

export type Mutation = { at: number; remove: number; insert: string };

/** Inserts are Latin-1 texts: each character is a byte. */
export function mutations(pieces: readonly string[]): fc.Arbitrary<Mutation[]> {
  const insert = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('', ...pieces) }, { weight: 1, arbitrary: fc.nat(255).map((code) => String.fromCharCode(code)) });
  return fc.array(fc.record({ at: fc.nat(100_000), remove: fc.nat(3), insert }), { maxLength: 3 });
}

export function mutate(bytes: Buffer, changes: readonly Mutation[]): Buffer {
  let result = bytes;
  for (const { at, remove, insert } of changes) {
    const place = at % (result.length + 1);
    result = Buffer.concat([result.subarray(0, place), Buffer.from(insert, 'latin1'), result.subarray(place + remove)]);
  }
  return result;
}

/** `bytes` in pieces that end at the cuts. */
export function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
  return [...places, bytes.length].map((place, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], place));
}
