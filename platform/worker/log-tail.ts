/** The last bytes of one invocation's log, for an invoker that asks for them. */
import { LOG_TAIL_BYTES_MAX } from '../../runtime-api/protocol/limits.ts';

export class LogTail {
  #pieces: Buffer[] = [];
  #bytes = 0;

  add(bytes: Buffer): void {
    // A slice would keep the whole frame alive; a tail is small enough to copy.
    const piece = Buffer.from(bytes.subarray(-LOG_TAIL_BYTES_MAX));
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    for (;;) {
      const first = this.#pieces[0];
      if (first === undefined || this.#bytes - first.length < LOG_TAIL_BYTES_MAX) return;
      this.#pieces.shift();
      this.#bytes -= first.length;
    }
  }

  read(): Buffer {
    return Buffer.concat(this.#pieces).subarray(-LOG_TAIL_BYTES_MAX);
  }
}
