/**
 * Batches as JSON arrays in POST requests, one at a time, on one connection that is kept. Only 2xx is an acknowledgement; a redirect
 * is none and is not followed. There is no time limit: a receiver may be frozen with its environment for hours, and one that never
 * answers keeps nobody waiting but itself.
 */
import type { Agent, IncomingMessage } from 'node:http';
import { getBuiltinModule } from 'node:process';
import { LOOPBACK_HOST } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import type { Destination } from './subscription.ts';

/** What an answer may say; nobody reads it. Beyond it the connection is not worth keeping. */
const ANSWER_BYTES_MAX = 65_536;

export class HttpDestination implements Delivery {
  readonly #destination: Extract<Destination, { protocol: 'HTTP' }>;
  /** Loaded with the first subscription: most environments have none, and it would cost each of them memory and time at its start. */
  readonly #http = getBuiltinModule('node:http');
  readonly #agent: Agent = new this.#http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(destination: Extract<Destination, { protocol: 'HTTP' }>) {
    this.#destination = destination;
  }

  send(events: readonly string[]): Promise<void> {
    const body = Buffer.from(`[${events.join(',')}]`, 'utf8');
    const { port, path, method, hostHeader } = this.#destination;
    return new Promise((resolve, reject) => {
      const call = this.#http.request({
        agent: this.#agent,
        host: LOOPBACK_HOST,
        port,
        path,
        method,
        headers: { Host: hostHeader, 'Content-Type': 'application/json', 'Content-Length': body.length },
      });
      call.on('error', reject);
      call.on('response', (answer) => {
        const status = answer.statusCode ?? 0;
        skim(answer, () => (status >= 200 && status < 300 ? resolve() : reject(new Error(`it answered with status ${status}`))));
      });
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Reads the body to its end, so that the connection can be used again; one without end costs the connection. */
function skim(answer: IncomingMessage, done: () => void): void {
  let bytes = 0;
  answer.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX) answer.destroy();
  });
  answer.on('error', () => {
    // 'close' follows; the status has been seen.
  });
  answer.on('close', done);
}
