/** A client that is nothing but a socket: it can send what no honest client would, in any pieces, and sees the bytes that come back. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';

export type RawAnswer = { status: number; headers: Map<string, string>; body: Buffer };

export class RawPeer {
  readonly socket: Socket;
  /** Settles when the other side has closed, or reset, the connection. */
  readonly closed: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('error', () => {
      // 'close' follows.
    });
    this.closed = new Promise((resolve) => {
      const end = (): void => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      };
      socket.on('end', end);
      socket.on('close', end);
    });
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    const peer = new RawPeer(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return peer;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Ends the sending side only. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Sends piece by piece, each in a turn of its own so that it is a segment of its own where the kernel agrees. */
  async sendInPieces(pieces: Iterable<Buffer>): Promise<void> {
    for (const piece of pieces) {
      this.send(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The next whole answer; undefined when the connection closes before there is one. */
  async answer(options: { toHead?: boolean } = {}): Promise<RawAnswer | undefined> {
    for (;;) {
      const answer = this.#take(options.toHead === true);
      if (answer !== undefined) return answer;
      if (this.#isClosed) return undefined;
      await this.#more();
    }
  }

  /** Everything until the other side closes. */
  async all(): Promise<Buffer> {
    await this.closed;
    return this.#received;
  }

  /** The next answer if it is whole already. */
  takeAnswer(): RawAnswer | undefined {
    return this.#take(false);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get pending(): Buffer {
    return this.#received;
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #take(isToHead: boolean): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const bodyBytes = isToHead ? 0 : Number(headers.get('content-length') ?? '0');
    if (this.#received.length < end + 4 + bodyBytes) return undefined;
    const body = this.#received.subarray(end + 4, end + 4 + bodyBytes);
    this.#received = this.#received.subarray(end + 4 + bodyBytes);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }
}
