/**
 * Peers that begin a request and never finish it ("slow-loris"): a drop now and then keeps a connection, and what it holds, for ever.
 * One coarse timer looks at all connections of a server, and only while there are any; a request itself costs one addition.
 */
import type { Clock } from '../../foundation/clock.ts';

export type ReadLimits = {
  /** From the first byte of a head to its last. */
  headMs: number;
  /** From the end of a head to the end of the body. A body that this side holds back takes no time. */
  bodyMs: number;
};

/** For a whole head and a whole body. Source: Node's `headersTimeout` and `requestTimeout`. On expiry: 408 and the end of the connection. */
export const READ_LIMITS: ReadLimits = { headMs: 60_000, bodyMs: 300_000 };
/** After its last answer a peer may finish what it sends, drop by drop at most for this long. */
const END_MS = 30_000;
/** Of the shortest limit. What is overdue is found one or two looks later. */
const LOOKS_PER_LIMIT = 4;

export type WatchedConnection = {
  /** What the peer has begun and not finished: a head, a body, or its end after the last answer. Undefined: it owes nothing. */
  readonly owed: 'head' | 'body' | 'end' | undefined;
  /** Changes with every head that is complete. */
  readonly requestCount: number;
  readonly socket: { once(event: 'close', listener: () => void): unknown };
  cutOff(): void;
};

type Debt = { owed: 'head' | 'body' | 'end'; requestCount: number; sinceMs: number };

export class UnfinishedRequests {
  readonly #clock: Clock;
  readonly #limitsMs: Record<Debt['owed'], number>;
  readonly #intervalMs: number;
  /** With what they owed at the last look. */
  readonly #connections = new Map<WatchedConnection, Debt | undefined>();
  #cancelLook: (() => void) | undefined;

  constructor(clock: Clock, limits: ReadLimits = READ_LIMITS) {
    this.#clock = clock;
    this.#limitsMs = { head: limits.headMs, body: limits.bodyMs, end: Math.min(END_MS, limits.headMs) };
    this.#intervalMs = Math.min(...Object.values(this.#limitsMs)) / LOOKS_PER_LIMIT;
  }

  watch(connection: WatchedConnection): void {
    this.#connections.set(connection, undefined);
    connection.socket.once('close', () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.close();
    });
    this.#cancelLook ??= this.#clock.schedule(this.#intervalMs, () => this.#look());
  }

  /** Looks no more, until there is a new connection. */
  close(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  #look(): void {
    this.#cancelLook = this.#clock.schedule(this.#intervalMs, () => this.#look());
    const nowMs = this.#clock.monotonicMs();
    for (const [connection, debt] of this.#connections) {
      const { owed, requestCount } = connection;
      if (owed === undefined) this.#connections.set(connection, undefined);
      else if (debt?.owed !== owed || debt.requestCount !== requestCount) this.#connections.set(connection, { owed, requestCount, sinceMs: nowMs });
      else if (nowMs - debt.sinceMs >= this.#limitsMs[owed]) connection.cutOff();
    }
  }
}
