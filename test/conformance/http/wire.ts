/** A connection as the HTTP client sees it: a socket of the kit's own, or one that a probe holds and relays. */
import { connect } from 'node:net';
import { NothingHappened } from '../kit/nothing-happened.ts';
import { nowMs } from '../kit/now.ts';

export type WireListener = {
  data(bytes: Buffer, atMs: number): void;
  /** Nothing more will come. `reason` is set when the connection broke. */
  ended(atMs: number, reason?: string): void;
};

export type Wire = {
  write(bytes: Buffer): void;
  /** Closes the sending half. */
  end(): void;
  /** Drops the connection at once. */
  destroy(): void;
  listen(listener: WireListener): void;
};

export async function openWire(address: { host: string; port: number }): Promise<Wire> {
  const socket = connect({ ...address, noDelay: true, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(new NothingHappened(`a connection to ${address.host}:${address.port}: ${error.message}`)));
  });
  return {
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    listen(listener) {
      let reason: string | undefined;
      socket.on('data', (bytes) => listener.data(bytes, nowMs()));
      socket.on('error', (error) => (reason = error.message));
      socket.once('end', () => listener.ended(nowMs()));
      socket.once('close', () => listener.ended(nowMs(), reason ?? 'closed'));
    },
  };
}
