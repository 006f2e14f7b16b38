/**
 * One streamed response on its way from the runtime to whoever listens: counted, paced, and held back for as long as either the
 * listener or the pacing wants no more.
 */
import type { Clock } from '../foundation/clock.ts';
import type { StreamPacing } from './environment-contract.ts';
import { STREAMED_RESPONSE_BYTES_MAX } from './protocol/limits.ts';
import { StreamPacer } from './stream-pacer.ts';

export type StreamedResponseParts = {
  clock: Clock;
  pacing: StreamPacing | undefined;
  /** False: no more until `resume`. */
  deliver(piece: Buffer): boolean;
  /** Lets the runtime go on. */
  resume(): void;
  /** Once, in place of the piece that goes beyond the limit. What comes afterwards is thrown away. */
  onTooLarge(bytes: number): void;
};

export class StreamedResponse {
  readonly #parts: StreamedResponseParts;
  readonly #pacer: StreamPacer | undefined;
  #totalBytes = 0;
  #isEnded = false;
  #isListenerFull = false;
  #isPaced = false;
  #cancelPause: () => void = () => {};

  constructor(parts: StreamedResponseParts) {
    this.#parts = parts;
    this.#pacer = parts.pacing === undefined ? undefined : new StreamPacer(parts.pacing);
  }

  /** False: hold the runtime back. */
  accept(piece: Buffer): boolean {
    if (this.#isEnded) return true;
    this.#totalBytes += piece.length;
    if (this.#totalBytes > STREAMED_RESPONSE_BYTES_MAX) {
      this.end();
      this.#parts.onTooLarge(this.#totalBytes);
      return true;
    }
    this.#isListenerFull = !this.#parts.deliver(piece);
    this.#pace(piece.length);
    return !this.#isListenerFull && !this.#isPaced;
  }

  /** The listener takes more. */
  resume(): void {
    this.#isListenerFull = false;
    this.#flow();
  }

  /** Nothing more is delivered; a runtime that still sends is let go on. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelPause();
    // Not at once: this may be inside the runtime's own piece.
    if (this.#isListenerFull || this.#isPaced) queueMicrotask(() => this.#parts.resume());
  }

  #pace(bytes: number): void {
    const waitMs = this.#pacer?.take(bytes, this.#parts.clock.monotonicMs()) ?? 0;
    if (waitMs === 0) return;
    this.#isPaced = true;
    this.#cancelPause();
    this.#cancelPause = this.#parts.clock.schedule(waitMs, () => {
      this.#isPaced = false;
      this.#flow();
    });
  }

  #flow(): void {
    if (!this.#isListenerFull && !this.#isPaced) this.#parts.resume();
  }
}
