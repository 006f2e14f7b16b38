/** The connections of a front door: which of them have a request under way, and how they come to their end without losing an answer. */
import type { Socket } from 'node:net';

/** Without a request under way for this long a connection is given up; clients that keep one open longer notice and open another. */
const IDLE_MS = 300_000;
/** At the end, for a client to take its last answer: counted from its last sign of life. */
const LINGER_MS = 500;

export class OpenConnections {
  /** With the number of requests under way; a client may send the next before the last is answered. */
  readonly #requests = new Map<Socket, number>();
  #isEnding = false;
  #whenEmpty: () => void = () => {};

  add(socket: Socket): void {
    this.#requests.set(socket, 0);
    socket.setTimeout(IDLE_MS);
    socket.on('timeout', () => {
      // A client that takes nothing of its answer for so long is not waiting for one.
      if (this.#requests.get(socket) === 0 || socket.writableLength > 0) socket.destroy();
    });
    socket.on('close', () => {
      this.#requests.delete(socket);
      if (this.#requests.size === 0) this.#whenEmpty();
    });
    if (this.#isEnding) socket.destroy();
  }

  began(socket: Socket): void {
    const count = this.#requests.get(socket);
    if (count !== undefined) this.#requests.set(socket, count + 1);
  }

  /** The answer has been written, or nobody wants it any more. */
  done(socket: Socket): void {
    const count = this.#requests.get(socket);
    if (count === undefined) return;
    this.#requests.set(socket, count - 1);
    if (this.#isEnding && count <= 1) hangUp(socket);
  }

  /** Ends those that wait for nothing now, the others with their answer, and whatever is left when the time is over. */
  async end(graceMs: number): Promise<void> {
    this.#isEnding = true;
    for (const [socket, count] of this.#requests) {
      if (count > 0) continue;
      if (socket.writableLength > 0) hangUp(socket);
      else socket.destroy();
    }
    if (this.#requests.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    for (const socket of this.#requests.keys()) socket.destroy();
  }
}

/** Closing at once would make the other side's kernel throw away what its program has not read yet. */
function hangUp(socket: Socket): void {
  socket.setTimeout(LINGER_MS);
  socket.end();
}
