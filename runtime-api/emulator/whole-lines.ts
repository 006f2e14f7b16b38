/** Keeps the lines of one printer whole where several print to one stream, and says whose they are. Pure: bytes in, bytes out. */
import { LOG_LINE_BYTES_MAX } from '../protocol/limits.ts';

const NEWLINE = 0x0a;
const LINE_END = Buffer.from('\n', 'latin1');
const NOTHING = Buffer.alloc(0);

export class WholeLines {
  readonly #prefix: Buffer;
  #begun: Buffer[] = [];
  #begunBytes = 0;

  constructor(prefix: string) {
    this.#prefix = Buffer.from(prefix, 'utf8');
  }

  /** The lines that are now complete, each behind the prefix. A line beyond the limit is broken there. */
  accept(bytes: Buffer): Buffer {
    const done: Buffer[] = [];
    let from = 0;
    while (from < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, from);
      const room = LOG_LINE_BYTES_MAX - this.#begunBytes;
      const end = Math.min(newline === -1 ? bytes.length : newline + 1, from + room);
      const piece = bytes.subarray(from, end);
      from = end;
      if (piece.at(-1) === NEWLINE) {
        done.push(this.#prefix, ...this.#begun, piece);
        this.#forget();
      } else {
        // A copy: what is left of a read must not keep all of it.
        this.#begun.push(Buffer.from(piece));
        this.#begunBytes += piece.length;
        if (this.#begunBytes >= LOG_LINE_BYTES_MAX) done.push(this.end());
      }
    }
    return done.length === 0 ? NOTHING : Buffer.concat(done);
  }

  /** What was begun, as a line of its own. */
  end(): Buffer {
    if (this.#begunBytes === 0) return NOTHING;
    const line = Buffer.concat([this.#prefix, ...this.#begun, LINE_END]);
    this.#forget();
    return line;
  }

  #forget(): void {
    this.#begun = [];
    this.#begunBytes = 0;
  }
}
