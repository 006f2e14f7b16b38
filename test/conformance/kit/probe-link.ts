/** Where probes report to: one loopback socket for the whole run. A token tells which instance of the target a probe belongs to. */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { at, isObject, numberAt, readJson, textAt } from '../json.ts';
import { readFrame, TO_KIT, writeFrame } from './frames.ts';
import type { Frame, ProbeHello } from './frames.ts';
import { nowMs } from './now.ts';
import { Probe } from './probe.ts';

export class ProbeLink {
  readonly #server: Server;
  readonly #receivers = new Map<string, (probe: Probe) => void>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<ProbeLink> {
    const server = createServer({ noDelay: true });
    const link = new ProbeLink(server);
    server.on('connection', (socket) => link.#accept(socket));
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    return link;
  }

  /** The value of `CONFORMANCE_KIT` for probes of one instance. */
  register(token: string, receive: (probe: Probe) => void): string {
    this.#receivers.set(token, receive);
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return `127.0.0.1:${port}/${token}`;
  }

  unregister(token: string): void {
    this.#receivers.delete(token);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    let received: Buffer = Buffer.alloc(0);
    let probe: Probe | undefined;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      probe?.gone(nowMs());
    });
    socket.on('data', (bytes) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      for (let frame = readFrame(received); frame !== undefined; frame = readFrame(received)) {
        received = received.subarray(frame.byteLength);
        if (probe === undefined) probe = this.#greet(socket, frame);
        else probe.receive(frame);
      }
    });
  }

  #greet(socket: Socket, frame: Frame): Probe | undefined {
    const hello = readJson(frame.payload);
    const receive = this.#receivers.get(textAt(hello, 'token') ?? '');
    if (frame.type !== TO_KIT.hello || receive === undefined) {
      socket.destroy();
      return undefined;
    }
    const probe = new Probe({
      hello: readHello(hello),
      startedAtMs: frame.atMs,
      send: (type, channel, payload) => void socket.write(writeFrame(type, channel, payload)),
      disconnect: () => socket.destroy(),
    });
    receive(probe);
    return probe;
  }
}

function readHello(hello: unknown): ProbeHello {
  const environment = at(hello, 'environment');
  const argv = at(hello, 'argv');
  return {
    place: textAt(hello, 'place') ?? '',
    pid: numberAt(hello, 'pid') ?? 0,
    parentPid: numberAt(hello, 'parentPid') ?? 0,
    workingDirectory: textAt(hello, 'workingDirectory') ?? '',
    argv: Array.isArray(argv) ? argv.map(String) : [],
    environment: isObject(environment) ? Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])) : {},
  };
}
