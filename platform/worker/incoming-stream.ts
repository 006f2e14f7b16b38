/**
 * The streamed response of one invocation, from its environment's server to whoever takes it for the invoker. The server is told to go on
 * only as far as the receiver takes, so a slow invoker costs this process one window; a server that sends more than it was granted has
 * been taken over.
 */
import { pieceCost, STREAM_GRANT_BYTES, STREAM_OVERSHOOT_BYTES_MAX, STREAM_WINDOW_BYTES } from '../../runtime-api/index.ts';
import { STREAMED_RESPONSE_BYTES_MAX } from '../../runtime-api/protocol/limits.ts';

export type StreamReceiver = {
  /** Before the first piece. `resume` is for a receiver that answered a piece with false. */
  begun(beginning: { contentType: string | undefined; resume(): void }): void;
  /** False: no more until `resume` is called, which must not happen inside this call. */
  piece(bytes: Buffer): boolean;
};

const OUTSTANDING_BYTES_MAX = STREAM_WINDOW_BYTES + STREAM_OVERSHOOT_BYTES_MAX;

export class IncomingStream {
  readonly #receiver: StreamReceiver;
  readonly #grant: (bytes: number) => void;
  #totalBytes = 0;
  /** Sent by the server and not yet granted again. */
  #outstandingBytes = 0;
  #takenBytes = 0;
  #isHeldBack = false;

  constructor(receiver: StreamReceiver, grant: (bytes: number) => void) {
    this.#receiver = receiver;
    this.#grant = grant;
  }

  begin(contentType: string | undefined): void {
    this.#receiver.begun({ contentType, resume: () => this.#resume() });
  }

  /** False when the server sent what it must not. */
  accept(bytes: Buffer): boolean {
    this.#totalBytes += bytes.length;
    this.#outstandingBytes += pieceCost(bytes);
    if (bytes.length === 0 || this.#outstandingBytes > OUTSTANDING_BYTES_MAX || this.#totalBytes > STREAMED_RESPONSE_BYTES_MAX) return false;
    this.#takenBytes += pieceCost(bytes);
    if (!this.#receiver.piece(bytes)) this.#isHeldBack = true;
    this.#grantTaken();
    return true;
  }

  #resume(): void {
    this.#isHeldBack = false;
    this.#grantTaken();
  }

  #grantTaken(): void {
    if (this.#isHeldBack || this.#takenBytes < STREAM_GRANT_BYTES) return;
    const bytes = this.#takenBytes;
    this.#takenBytes = 0;
    this.#outstandingBytes -= bytes;
    this.#grant(bytes);
  }
}
