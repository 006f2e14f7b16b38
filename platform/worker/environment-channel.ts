/** The worker's end of the connection to one environment's server: messages out, checked messages in. */
import type { Duplex } from 'node:stream';
import { decodeServerMessage, encodeWorkerMessage, FrameDecoder } from '../../runtime-api/index.ts';
import type { ServerMessage, WorkerMessage } from '../../runtime-api/index.ts';

export type ChannelHandlers = {
  onMessage(message: ServerMessage): void;
  /** Called once, for the first thing that is no message; nothing is read after it. */
  onViolation(error: unknown): void;
  /** The other side has hung up, by itself or because its process is gone. */
  onEnd(): void;
};

export class EnvironmentChannel {
  readonly #stream: Duplex;
  readonly #handlers: ChannelHandlers;
  readonly #decoder = new FrameDecoder();
  readonly #read = (piece: Buffer): void => this.#decode(piece);
  #isStopped = false;

  constructor(stream: Duplex, handlers: ChannelHandlers) {
    this.#stream = stream;
    this.#handlers = handlers;
    stream.on('data', this.#read);
    stream.on('end', () => handlers.onEnd());
    stream.on('close', () => handlers.onEnd());
    stream.on('error', () => {
      // 'close' follows.
    });
  }

  send(message: WorkerMessage): void {
    if (!this.#stream.writable || this.#isStopped) return;
    this.#stream.cork();
    for (const bytes of encodeWorkerMessage(message)) this.#stream.write(bytes);
    this.#stream.uncork();
  }

  /** Back-pressure: what the server goes on writing stays in its own buffers, and then stops it. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#isStopped) this.#stream.resume();
  }

  /** Nothing is read or sent any more. The rest is thrown away, so that the end of the stream is still seen. */
  stop(): void {
    this.#isStopped = true;
    this.#stream.off('data', this.#read);
    this.#stream.resume();
  }

  #decode(piece: Buffer): void {
    try {
      this.#decoder.push(piece, (frame) => {
        // A message before this one in the same piece may have ended everything.
        if (!this.#isStopped) this.#handlers.onMessage(decodeServerMessage(frame));
      });
    } catch (error) {
      this.stop();
      this.#handlers.onViolation(error);
    }
  }
}
