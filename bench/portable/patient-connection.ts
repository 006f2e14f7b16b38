/** A connection without Nagle that waits for a server still starting: up to `attempts` times, 10 ms apart. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export async function connectPatiently(host: string, port: number, attempts: number): Promise<Socket> {
  for (let attempt = 1; ; attempt += 1) {
    const socket = connect({ host, port, noDelay: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      });
      return socket;
    } catch (error) {
      if (attempt >= attempts) throw error;
      await sleep(10);
    }
  }
}
