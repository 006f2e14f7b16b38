/** The worker's end of the connection to one environment's server: messages out, checked messages in. */
import type { Duplex } from 'node:stream';
import { decodeServerMessage, encodeWorkerMessage, FrameDecoder } from '../../runtime-api/index.ts';
import type { ServerMessage, WorkerMessage } from '../../runtime-api/index.ts';

export class EnvironmentChannel {
  readonly #stream: Duplex;

  /** `onViolation` is called once, for the first thing that is not a message; nothing is read after it. */
  constructor(stream: Duplex, handlers: { onMessage(message: ServerMessage): void; onViolation(error: unknown): void }) {
    this.#stream = stream;
    const decoder = new FrameDecoder();
    const read = (piece: Buffer): void => {
      try {
        decoder.push(piece, (frame) => handlers.onMessage(decodeServerMessage(frame)));
      } catch (error) {
        stream.off('data', read);
        stream.pause();
        handlers.onViolation(error);
      }
    };
    stream.on('data', read);
    stream.on('error', () => {
      // The sandbox's end is what tells (`died`); a reset connection adds nothing to it.
    });
  }

  send(message: WorkerMessage): void {
    if (!this.#stream.writable) return;
    this.#stream.cork();
    for (const bytes of encodeWorkerMessage(message)) this.#stream.write(bytes);
    this.#stream.uncork();
  }
}
