/**
 * Platform lines and function output on one stream, in order. A write costs as much as a tenth of a small invocation, so they are
 * gathered. A stream that takes no more holds up the function's output and the next invocation, so nothing piles up here.
 */
import type { Writable } from 'node:stream';
import { LOG_TAIL_BYTES_MAX } from '../protocol/limits.ts';
import { WholeLines } from './whole-lines.ts';

const FLUSH_BYTES = 65_536;
/** Short enough that nobody who watches a terminal sees it. */
const FLUSH_DELAY_MS = 10;

export class LogOutput {
  readonly #stream: Writable;
  readonly #lines: WholeLines | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #tail: Buffer | undefined;
  #isBlocked = false;
  #isBroken = false;
  readonly #flowListeners: (() => void)[] = [];
  readonly #onDrain = (): void => this.#flows();
  readonly #onError = (): void => {
    // Whoever read the log has left; the invocations go on without.
    this.#isBroken = true;
    this.#flows();
  };

  /** With a prefix, also an empty one, only whole lines are written, each behind it: others write to the stream too. */
  constructor(stream: Writable, linePrefix?: string) {
    this.#stream = stream;
    this.#lines = linePrefix === undefined ? undefined : new WholeLines(linePrefix);
    stream.on('drain', this.#onDrain);
    stream.on('error', this.#onError);
  }

  /** True while the stream takes no more. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Calls back once, when the stream takes more again. */
  onceFlowing(listener: () => void): void {
    this.#flowListeners.push(listener);
  }

  /** From here on until `takeTail` the last 4 KiB are kept, for an invoker that asked for the log. */
  beginTail(): void {
    this.#tail = Buffer.alloc(0);
  }

  takeTail(): Buffer | undefined {
    const tail = this.#tail;
    this.#tail = undefined;
    return tail;
  }

  write(output: string | Buffer): void {
    const bytes = typeof output === 'string' ? Buffer.from(output, 'utf8') : output;
    if (this.#tail !== undefined) {
      this.#tail = Buffer.concat([this.#tail, bytes.subarray(-LOG_TAIL_BYTES_MAX)]).subarray(-LOG_TAIL_BYTES_MAX);
    }
    this.#gather(this.#lines === undefined ? bytes : this.#lines.accept(bytes));
  }

  #gather(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (pending.length === 0 || this.#isBroken || this.#stream.destroyed) return;
    if (!this.#stream.write(Buffer.concat(pending))) this.#isBlocked = true;
  }

  /** Hands over the rest; the stream itself is its owner's. */
  close(): void {
    this.#gather(this.#lines?.end() ?? Buffer.alloc(0));
    this.flush();
    this.#stream.off('drain', this.#onDrain).off('error', this.#onError);
  }

  #flows(): void {
    this.#isBlocked = false;
    for (const listener of this.#flowListeners.splice(0)) listener();
  }
}
