/**
 * Is it JSON? Decided over the bytes, without making the value: for a large event `JSON.parse` costs several times as much and
 * leaves all of it as garbage. Accepts exactly what `JSON.parse` accepts. Source: RFC 8259.
 *
 * Bytes above 0x7f can stand inside strings only; that they are UTF-8 is for the caller to check.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const ARRAY_BEGIN = 0x5b;
const BACKSLASH = 0x5c;
const ARRAY_END = 0x5d;
const OBJECT_BEGIN = 0x7b;
const OBJECT_END = 0x7d;

const NO_VALUE = -1;
/** Not 0 for what ends a run of plain bytes in a string: quote, backslash, control characters. */
const SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0));
/** Strings in shorter texts are not worth a view of words. */
const WORDS_FROM_BYTES = 128;
/** After so many plain bytes the string may be a long one. */
const WORDS_AFTER_BYTES = 12;
const WORDS_AT_ONCE = 256;
const WORD_BYTES = 4;

/** The text, and the same memory in words of four bytes for long strings. Word `i` begins at byte `4 * i + shift`. */
type Text = { bytes: Uint8Array; words: Int32Array; shift: number };

export function isJson(bytes: Uint8Array): boolean {
  const text = textOf(bytes);
  const containers = new Containers();
  let at = skipBlanks(bytes, 0);
  for (;;) {
    const first = bytes[at];
    if (first === OBJECT_BEGIN || first === ARRAY_BEGIN) {
      const inside = skipBlanks(bytes, at + 1);
      if (bytes[inside] !== first + 2) {
        containers.enter(first);
        at = first === OBJECT_BEGIN ? skipKey(text, inside) : inside;
        if (at === NO_VALUE) return false;
        continue;
      }
      at = inside + 1;
    } else {
      at = skipScalar(text, at, first);
      if (at === NO_VALUE) return false;
    }
    // Behind a value: the ends of what it stands in, then a comma, or the end of everything.
    at = skipBlanks(bytes, at);
    while (containers.inside !== 0 && bytes[at] === containers.inside + 2) {
      containers.leave();
      at = skipBlanks(bytes, at + 1);
    }
    if (containers.inside === 0) return at === bytes.length;
    if (bytes[at] !== COMMA) return false;
    at = skipBlanks(bytes, at + 1);
    if (containers.inside === OBJECT_BEGIN) at = skipKey(text, at);
    if (at === NO_VALUE) return false;
  }
}

/** The brackets that are open, as their first characters; the closing one is always two code points further. */
class Containers {
  #open = new Uint8Array(32);
  #depth = 0;
  /** The innermost one; 0 outside of all. */
  inside = 0;

  enter(bracket: number): void {
    if (this.#depth === this.#open.length) {
      const larger = new Uint8Array(this.#depth * 2);
      larger.set(this.#open);
      this.#open = larger;
    }
    this.#open[this.#depth] = this.inside;
    this.#depth += 1;
    this.inside = bracket;
  }

  leave(): void {
    this.#depth -= 1;
    this.inside = this.#open[this.#depth] ?? 0;
  }
}

function textOf(bytes: Uint8Array): Text {
  if (bytes.length < WORDS_FROM_BYTES) return { bytes, words: new Int32Array(0), shift: 0 };
  const shift = (WORD_BYTES - (bytes.byteOffset % WORD_BYTES)) % WORD_BYTES;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + shift, Math.floor((bytes.length - shift) / WORD_BYTES));
  return { bytes, words, shift };
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at += 1;
  }
  return at;
}

/** A member's name and its colon; where its value begins. */
function skipKey(text: Text, from: number): number {
  if (text.bytes[from] !== QUOTE) return NO_VALUE;
  const end = skipString(text, from + 1);
  if (end === NO_VALUE) return NO_VALUE;
  const colon = skipBlanks(text.bytes, end);
  return text.bytes[colon] === COLON ? skipBlanks(text.bytes, colon + 1) : NO_VALUE;
}

function skipScalar(text: Text, at: number, first: number | undefined): number {
  if (first === QUOTE) return skipString(text, at + 1);
  if (first === MINUS || isDigit(first)) return skipNumber(text.bytes, at);
  if (first === 0x74) return skipWord(text.bytes, at, 0x72, 0x75, 0x65);
  if (first === 0x6e) return skipWord(text.bytes, at, 0x75, 0x6c, 0x6c);
  return first === 0x66 && text.bytes[at + 1] === 0x61 ? skipWord(text.bytes, at + 1, 0x6c, 0x73, 0x65) : NO_VALUE;
}

function skipWord(bytes: Uint8Array, at: number, second: number, third: number, fourth: number): number {
  return bytes[at + 1] === second && bytes[at + 2] === third && bytes[at + 3] === fourth ? at + 4 : NO_VALUE;
}

/** From behind the opening quote to behind the closing one. */
function skipString(text: Text, from: number): number {
  let at = from;
  for (;;) {
    at = skipPlainBytes(text, at);
    const byte = text.bytes[at];
    if (byte === undefined) return NO_VALUE;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at = skipEscape(text.bytes, at + 1);
    else if (SPECIAL[byte] === 0) at = skipPlainWords(text, at);
    else return NO_VALUE;
    if (at === NO_VALUE) return NO_VALUE;
  }
}

/** Stops at a byte that is special, or, after some that are not, where a word begins. */
function skipPlainBytes({ bytes, shift }: Text, from: number): number {
  const wordsFrom = from + WORDS_AFTER_BYTES;
  let at = from;
  while (at < bytes.length && SPECIAL[bytes[at] ?? 0] === 0 && (at < wordsFrom || ((at - shift) & 3) !== 0)) at += 1;
  return at;
}

/**
 * Words without quote, backslash and control character, eight at a time. A block at a time, too: a function with a long loop is
 * replaced while it runs, leaves the replacement at its end and begins anew, slowly, at the next call; a short one is simply optimised.
 */
function skipPlainWords({ words, shift }: Text, from: number): number {
  let index = (from - shift) >>> 2;
  const end = Math.min(words.length, index + WORDS_AT_ONCE) - 7;
  while (index < end) {
    const first = specialBits(words[index]) | specialBits(words[index + 1]) | specialBits(words[index + 2]) | specialBits(words[index + 3]);
    const second = specialBits(words[index + 4]) | specialBits(words[index + 5]) | specialBits(words[index + 6]) | specialBits(words[index + 7]);
    if ((first | second) & 0x80808080) break;
    index += 8;
  }
  return index * WORD_BYTES + shift;
}

/**
 * The high bits of bytes tell of something special in the word: "has a byte less than", "has a zero byte" (twice, after making
 * quotes or backslashes zero). `(x - 0x01010101) & ~x & 0x80808080` is exact as a question about the whole word.
 */
function specialBits(word: number | undefined): number {
  const value = word ?? 0;
  const quote = value ^ 0x22222222;
  const slash = value ^ 0x5c5c5c5c;
  return ((value - 0x20202020) & ~value) | ((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash);
}

/** From behind the backslash to behind the escape. */
function skipEscape(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 1;
    case 0x75:
      return isHex(bytes[at + 1]) && isHex(bytes[at + 2]) && isHex(bytes[at + 3]) && isHex(bytes[at + 4]) ? at + 5 : NO_VALUE;
    default:
      return NO_VALUE;
  }
}

function skipNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  if (!isDigit(bytes[at])) return NO_VALUE;
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === POINT) {
    if (!isDigit(bytes[at + 1])) return NO_VALUE;
    at = skipDigits(bytes, at + 1);
  }
  if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return at;
  const signed = bytes[at + 1] === 0x2b || bytes[at + 1] === MINUS ? at + 2 : at + 1;
  return isDigit(bytes[signed]) ? skipDigits(bytes, signed) : NO_VALUE;
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isDigit(bytes[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && (isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66));
}
