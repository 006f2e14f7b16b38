/**
 * The Runtime API server that runtimes are examined with. It decides nothing: every request becomes a `ServedCall`, in the
 * order in which the heads came, and whoever drives the server says what is replied, in which pieces and when.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { MessageReader } from '../../http/message-reader.ts';
import { nowMs } from '../../kit/now.ts';
import { ServedCall } from './served-call.ts';

export class ReferenceServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #called: (call: ServedCall) => void;
  #connections = 0;

  private constructor(server: Server, called: (call: ServedCall) => void) {
    this.#server = server;
    this.#called = called;
  }

  static async open(options: { host: string; port: number }, called: (call: ServedCall) => void): Promise<ReferenceServer> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    const reference = new ReferenceServer(server, called);
    server.on('connection', (socket) => reference.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options, resolve);
    });
    return reference;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    const connection = (this.#connections += 1);
    this.#sockets.add(socket);
    const reading: { call: ServedCall | undefined; reader: MessageReader } = { call: undefined, reader: newReader() };
    let last: ServedCall | undefined;
    const read = (bytes: Buffer): void => {
      let rest = bytes;
      while (rest.length > 0) {
        reading.reader.push(rest, nowMs());
        if (reading.reader.startLine === '') return;
        if (reading.call === undefined) {
          reading.call = last = new ServedCall({ socket, connection, reader: reading.reader, before: last });
          this.#called(reading.call);
        }
        const { message } = reading.reader;
        reading.call.progressed();
        if (message === undefined) return;
        reading.call.completed(message);
        rest = reading.reader.takeRest();
        reading.reader = newReader();
        reading.call = undefined;
      }
    };
    const ended = (): void => {
      reading.reader.end(nowMs());
      const { message } = reading.reader;
      if (reading.call !== undefined && message !== undefined) reading.call.completed(message);
      reading.call = undefined;
      reading.reader = newReader();
    };
    socket.on('data', read);
    // A broken connection is the runtime's to deal with; what had come of a request is kept.
    socket.on('error', ended);
    socket.on('end', () => {
      ended();
      socket.end();
    });
    socket.on('close', () => {
      ended();
      this.#sockets.delete(socket);
    });
  }
}

function newReader(): MessageReader {
  return new MessageReader({ kind: 'request' });
}
