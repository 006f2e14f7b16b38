/** Events as lines on one connection. A batch counts as taken when the kernel has all of it; a connection that breaks is made anew. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LOOPBACK_HOST } from './delivery.ts';
import type { Delivery } from './delivery.ts';

export class TcpDestination implements Delivery {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  send(events: readonly string[]): Promise<void> {
    const socket = this.#connected();
    return new Promise((resolve, reject) => {
      const settle = (error?: Error | null): void => {
        socket.off('close', broken);
        if (error === undefined || error === null) resolve();
        else reject(error);
      };
      const broken = (): void => settle(new Error('the connection broke'));
      socket.on('close', broken);
      socket.write(`${events.join('\n')}\n`, 'utf8', settle);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connected(): Socket {
    const current = this.#socket;
    if (current !== undefined && !current.destroyed && current.writable) return current;
    current?.destroy();
    const socket = connect({ host: LOOPBACK_HOST, port: this.#port, noDelay: true });
    // Whatever it has to say is thrown away; who waits for a batch hears of an error by 'close'.
    socket.resume();
    socket.on('error', () => {});
    this.#socket = socket;
    return socket;
  }
}
