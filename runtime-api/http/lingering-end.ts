/**
 * The end of a connection after its last answer. Destroying at once would throw away, at the peer, an answer that crosses with what it
 * is still sending; so it may finish, within limits, and is then cut off. Source: RFC 9112 section 9.6.
 */
import type { Socket } from 'node:net';

const LINGER_IDLE_MS = 2_000;
const LINGER_BYTES_MAX = 67_108_864;

export class LingeringEnd {
  readonly #socket: Socket;
  #discardedBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  begin(): void {
    const socket = this.#socket;
    socket.end(() => socket.setTimeout(LINGER_IDLE_MS, () => socket.destroy()));
    if (socket.isPaused()) socket.resume();
  }

  /** What still arrives is read and thrown away. */
  discard(bytes: number): void {
    this.#discardedBytes += bytes;
    if (this.#discardedBytes > LINGER_BYTES_MAX) this.#socket.destroy();
  }
}
