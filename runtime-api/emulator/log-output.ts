/** Platform lines and function output on one stream, in order. A write costs as much as a tenth of a small invocation, so they are gathered. */
import type { Writable } from 'node:stream';

const FLUSH_BYTES = 65_536;
/** Short enough that nobody who watches a terminal sees it. */
const FLUSH_DELAY_MS = 10;

export class LogOutput {
  readonly #stream: Writable;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #isScheduled = false;
  #tail: Buffer[] | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** From here on until `takeTail` everything is kept as well, for an invoker that asked for the log. */
  beginTail(): void {
    this.#tail = [];
  }

  takeTail(): Buffer | undefined {
    const tail = this.#tail;
    this.#tail = undefined;
    return tail === undefined ? undefined : Buffer.concat(tail);
  }

  write(output: string | Buffer): void {
    const bytes = typeof output === 'string' ? Buffer.from(output, 'utf8') : output;
    this.#tail?.push(bytes);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setTimeout(() => this.flush(), FLUSH_DELAY_MS);
    }
  }

  flush(): void {
    this.#isScheduled = false;
    if (this.#pending.length === 0) return;
    this.#stream.write(Buffer.concat(this.#pending));
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
