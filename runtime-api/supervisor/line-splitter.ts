/** Output into lines, however it arrives. A line without end is cut, so that no more than one record of it is ever held. */
import { LOG_LINE_BYTES_MAX } from '../protocol/limits.ts';

const LINE_FEED = 0x0a;
/** A line that arrives byte by byte must not cost an object for each. */
const PIECES_MAX = 64;

export class LineSplitter {
  readonly #onLine: (line: Buffer, isEnded: boolean) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** `isEnded` is false where the output broke off or the line was cut. A line has no line feed; other controls stay. */
  constructor(onLine: (line: Buffer, isEnded: boolean) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, from);
      if (end === -1) break;
      this.#hold(bytes.subarray(from, end));
      this.#emit(true);
      from = end + 1;
    }
    this.#hold(bytes.subarray(from));
  }

  /** Whatever there is of a line, is one now. */
  flush(): void {
    if (this.#bytes > 0) this.#emit(false);
  }

  #hold(bytes: Buffer): void {
    let rest = bytes;
    while (this.#bytes + rest.length > LOG_LINE_BYTES_MAX) {
      const line = Buffer.concat([...this.#pieces, rest.subarray(0, LOG_LINE_BYTES_MAX - this.#bytes)]);
      const cut = characterBoundary(line);
      rest = Buffer.concat([line.subarray(cut), rest.subarray(LOG_LINE_BYTES_MAX - this.#bytes)]);
      this.#clear();
      this.#onLine(line.subarray(0, cut), false);
    }
    if (rest.length === 0) return;
    this.#pieces.push(rest);
    this.#bytes += rest.length;
    if (this.#pieces.length >= PIECES_MAX) this.#pieces = [Buffer.concat(this.#pieces)];
  }

  #emit(isEnded: boolean): void {
    const line = this.#pieces.length === 1 && this.#pieces[0] !== undefined ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#clear();
    this.#onLine(line, isEnded);
  }

  #clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}

/** Where a full line may be cut without dividing a character of UTF-8; output that is no UTF-8 is cut anywhere. */
function characterBoundary(line: Buffer): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = line[line.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? line.length - back : line.length;
  }
  return line.length;
}
