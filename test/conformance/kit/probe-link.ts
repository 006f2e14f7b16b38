/** Where probes report to: one loopback socket for the whole run. A token tells which instance of the target a probe belongs to. */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { at, isObject, numberAt, readJson, textAt } from '../json.ts';
import { nowMs } from './now.ts';
import { Probe } from './probe.ts';

/** Frame: length of what follows it, type, channel, milliseconds since the epoch, payload. The probe has the same numbers. */
const HEADER_BYTES = 17;
export const TO_PROBE = { open: 1, data: 2, end: 3, destroy: 4, command: 5 } as const;
export const TO_KIT = { opened: 1, data: 2, end: 3, closed: 4, result: 5, hello: 6, event: 7, accepted: 8 } as const;

export type Frame = { type: number; channel: number; atMs: number; payload: Buffer };
export type SendFrame = (type: number, channel: number, payload: Buffer) => void;

/** What a probe says about itself when it starts. */
export type ProbeHello = {
  place: string;
  pid: number;
  parentPid: number;
  workingDirectory: string;
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
};

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
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
        const frame = readFrame(received);
        received = received.subarray(4 + received.readUInt32BE(0));
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

function readFrame(bytes: Buffer): Frame {
  return {
    type: bytes.readUInt8(4),
    channel: bytes.readUInt32BE(5),
    atMs: bytes.readDoubleBE(9),
    payload: bytes.subarray(HEADER_BYTES, 4 + bytes.readUInt32BE(0)),
  };
}

function writeFrame(type: number, channel: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES - 4 + payload.length, 0);
  header.writeUInt8(type, 4);
  header.writeUInt32BE(channel, 5);
  header.writeDoubleBE(nowMs(), 9);
  return Buffer.concat([header, payload]);
}
