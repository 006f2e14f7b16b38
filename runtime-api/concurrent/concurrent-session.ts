/**
 * A runtime process that takes several invocations at the same time, as the Runtime API sees it. Each call of `next` is a worker that
 * takes one more; replies come in any order and are told apart by their ids. Source: RIE `internal/lambda-managed-instances/invoke`.
 */
import { stepRuntime } from '../lifecycle/runtime.ts';
import type { RuntimeEvent } from '../lifecycle/runtime.ts';
import type { Outcome } from '../outcome.ts';
import type { RuntimeState } from '../protocol/runtime-states.ts';
import { reply } from '../reply.ts';
import type { ApiSession, CurrentInvocation, RuntimeExchange, RuntimeReply, SessionListener, StreamBeginning, Waiter } from '../session.ts';
import { ConcurrentExchange } from './concurrent-exchange.ts';

/** Ids of invocations that ran out of time, kept for the one late reply that is told so. Source: RIE `invoke/timeout`. */
const TIMED_OUT_MAX = 1_000;
const INVALID_REQUEST_ID: Outcome = { kind: 'invalidRequestId' };

/** Whom an invocation's reply is for. */
export type ReplyTaker = {
  replied(reply: RuntimeReply): void;
  responseBegun(): void;
  beginStream(beginning: StreamBeginning): ((piece: Buffer) => boolean) | undefined;
};

export class ConcurrentSession implements ApiSession {
  /** Managed instances have no SnapStart. */
  readonly hasRestore = false;
  readonly credentials = undefined;
  readonly #listener: Pick<SessionListener, 'runtimeWaiting' | 'initErrorReported'>;
  /** The classic machine, of which only the initialisation is left: a runtime that has waited once stays `Ready`. */
  #state: RuntimeState = 'Started';
  #waiters: Waiter[] = [];
  readonly #exchanges = new Map<string, ConcurrentExchange>();
  /** In the order in which they ran out of time. */
  readonly #timedOut = new Set<string>();

  constructor(listener: Pick<SessionListener, 'runtimeWaiting' | 'initErrorReported'>) {
    this.#listener = listener;
  }

  /** A worker of the runtime has asked for an event. */
  get isReady(): boolean {
    return this.#state === 'Ready';
  }

  get hasWaiter(): boolean {
    return this.#waiters.length > 0;
  }

  step(event: RuntimeEvent): Outcome | undefined {
    const step = stepRuntime(this.#state, event);
    if (!step.moved) return { kind: 'refused', from: step.from, to: step.refusedTo };
    this.#state = step.to;
    return undefined;
  }

  wait(waiter: Waiter): undefined {
    this.#waiters.push(waiter);
    this.#listener.runtimeWaiting();
  }

  /** Never called: the route is not there. */
  waitForRestore(): void {}

  forgetWaiter(gone: Waiter): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter !== gone);
  }

  initErrorReported(error: { body: Buffer; errorType: string }): void {
    this.#listener.initErrorReported(error);
  }

  /** Hands an invocation to the worker that came first; false when none is there. */
  deliver(current: CurrentInvocation, taker: ReplyTaker): boolean {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return false;
    const { requestId } = current.invocation;
    const exchange: ConcurrentExchange = new ConcurrentExchange(taker, () => this.#forget(requestId, exchange));
    this.#exchanges.set(requestId, exchange);
    waiter.answer(reply({ kind: 'concurrentEvent', ...current }));
    return true;
  }

  exchangeFor(requestId: string): RuntimeExchange | Outcome {
    const exchange = this.#exchanges.get(requestId);
    if (exchange !== undefined) return exchange;
    return this.#timedOut.delete(requestId) ? { kind: 'invokeTimeout' } : INVALID_REQUEST_ID;
  }

  /** Its time is over: the first late reply is told so. */
  timeOut(requestId: string): void {
    const exchange = this.#exchanges.get(requestId);
    if (exchange === undefined) return;
    this.#exchanges.delete(requestId);
    // A reply that is on its way is that first late one.
    if (!exchange.timeOut()) this.#remember(requestId);
  }

  end(): void {
    for (const exchange of this.#exchanges.values()) exchange.end();
    this.#exchanges.clear();
  }

  #forget(requestId: string, exchange: ConcurrentExchange): void {
    if (this.#exchanges.get(requestId) === exchange) this.#exchanges.delete(requestId);
  }

  #remember(requestId: string): void {
    this.#timedOut.add(requestId);
    const [oldest] = this.#timedOut;
    if (this.#timedOut.size > TIMED_OUT_MAX && oldest !== undefined) this.#timedOut.delete(oldest);
  }
}
