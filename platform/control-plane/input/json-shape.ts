/**
 * Looks over a JSON text before it is parsed: how deep it nests and how many values it has. A parser needs memory in
 * proportion to both, many times the length of the text; 70 MB of brackets would end the process, 70 MB in one string
 * would not. Strings are skipped without being looked into, so this costs little on an upload.
 */

/** Real requests nest 4 deep and have fewer than 5,000 values (4 KB of variables, 50 tags, 3,000 image arguments). */
export const JSON_DEPTH_MAX = 32;
export const JSON_VALUES_MAX = 50_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** False for what is too deep or too many. Says nothing about whether the text is JSON at all. */
export function isParseable(text: Buffer, limits = { depthMax: JSON_DEPTH_MAX, valuesMax: JSON_VALUES_MAX }): boolean {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfString(text, at);
    } else if (OPENING.includes(byte)) {
      depth += 1;
      values += 1;
    } else if (CLOSING.includes(byte)) {
      depth -= 1;
    } else if (byte === COMMA) {
      values += 1;
    }
    if (depth > limits.depthMax || values > limits.valuesMax) return false;
  }
  return true;
}

/** Index of the closing quote, or of the end where there is none. A quote after an odd number of backslashes is text. */
function endOfString(text: Buffer, openingQuote: number): number {
  for (let from = openingQuote + 1; ; ) {
    const quote = text.indexOf(QUOTE, from);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    from = quote + 1;
  }
}
