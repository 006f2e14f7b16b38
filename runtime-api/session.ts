/**
 * One runtime process as the Runtime API sees it: its state, the call that waits in `next`, the invocation it was given.
 * A reset ends the session and the environment begins a new one, so nothing of a dead process can answer for a living one.
 */
import type { Credentials } from './environment-contract.ts';
import type { Answer } from './http/index.ts';
import { stepRuntime } from './lifecycle/runtime.ts';
import type { RuntimeEvent } from './lifecycle/runtime.ts';
import type { Outcome } from './outcome.ts';
import type { Invocation } from './protocol/invocation.ts';
import { ERROR_BYTES_MAX } from './protocol/limits.ts';
import type { RuntimeState } from './protocol/runtime-states.ts';
import { reply } from './reply.ts';

/** What the runtime said about an invocation, or about its initialisation. */
export type RuntimeReply =
  | { kind: 'response'; body: Buffer; contentType: string | undefined }
  | { kind: 'error'; body: Buffer; errorType: string }
  /** A response that was collected, and whose trailers then said that it is none. */
  | { kind: 'failedOnTheWay'; body: Buffer; contentType: string | undefined; error: TrailingError }
  /** The end of a response that was handed on while it came. */
  | { kind: 'streamed'; error: TrailingError | undefined }
  | { kind: 'tooLarge'; bytes: number; bytesMax?: number }
  | { kind: 'invalidResponseMode' }
  | { kind: 'truncated' };

/** Of a response that failed after it had begun; `errorCode` is the type as the runtime wrote it. */
export type TrailingError = { body: Buffer; errorType: string; errorCode: string };

/** The beginning of a streamed response, from the head of the runtime's call. */
export type StreamBeginning = { contentType: string | undefined; resume(): void };

/** Where what a runtime says about one invocation goes. */
export type RuntimeExchange = {
  /** A refusal comes back as the outcome for the caller and changes nothing. */
  step(event: 'responseBegun' | 'responseEnded' | 'errorBegun' | 'errorEnded'): Outcome | undefined;
  replied(reply: RuntimeReply): void;
  /** Returns what takes the pieces (false: hold back until `resume` is called), or undefined for a response that is to be collected. */
  beginStream(beginning: StreamBeginning): ((piece: Buffer) => boolean) | undefined;
  readonly errorBytesMax: number;
};

/** A runtime process as the routes see it, whether it takes one invocation at a time or several. */
export type ApiSession = {
  /** With SnapStart: the calls of a restore are there. */
  readonly hasRestore: boolean;
  /** With SnapStart: they are handed out. */
  readonly credentials: Credentials | undefined;
  step(event: RuntimeEvent): Outcome | undefined;
  /** The call blocks until it is answered, or is answered at once with what is returned. */
  wait(waiter: Waiter): Outcome | undefined;
  waitForRestore(waiter: Waiter): void;
  forgetWaiter(gone: Waiter): void;
  initErrorReported(error: { body: Buffer; errorType: string }): void;
  /** By the id in a reply's path. */
  exchangeFor(requestId: string): RuntimeExchange | Outcome;
  /** The process is being ended: nothing that it still says is about an invocation. */
  end(): void;
};

export type SessionListener = {
  /** The runtime blocks in `next` or `restore/next`: for the first time, or after a reply. */
  runtimeWaiting(): void;
  runtimeReplied(reply: RuntimeReply): void;
  /** The head of a response is there; of its body nobody knows yet. */
  responseBegun?(): void;
  /** As `beginStream`. */
  streamBegun?(beginning: StreamBeginning): ((piece: Buffer) => boolean) | undefined;
  /** Its initialisation failed, or what it does after a restore. */
  initErrorReported(error: { body: Buffer; errorType: string }): void;
};

/** A call that waits in `next` or `restore/next`. */
export type Waiter = { answer(reply: Answer): void };

export type CurrentInvocation = { invocation: Invocation; deadlineEpochMs: number };

const INVALID_REQUEST_ID: Outcome = { kind: 'invalidRequestId' };

export class RuntimeSession implements ApiSession, RuntimeExchange {
  readonly hasRestore: boolean;
  readonly credentials: Credentials | undefined;
  readonly errorBytesMax = ERROR_BYTES_MAX;
  readonly #listener: SessionListener;
  #state: RuntimeState = 'Started';
  #waiters: Waiter[] = [];
  /** Since the last delivery: whether it is known that the runtime waits. */
  #isWaitingKnown = false;
  #current: CurrentInvocation | undefined;
  #restoreWaiter: Waiter | undefined;
  #isEnded = false;

  constructor(listener: SessionListener, options: { hasRestore: boolean; credentials?: Credentials | undefined } = { hasRestore: false }) {
    this.#listener = listener;
    this.hasRestore = options.hasRestore;
    this.credentials = options.credentials;
  }

  get state(): RuntimeState {
    return this.#state;
  }

  get current(): CurrentInvocation | undefined {
    return this.#current;
  }

  /** Steps the machine; a refusal comes back as the outcome for the caller and changes nothing. */
  step(event: RuntimeEvent): Outcome | undefined {
    const step = stepRuntime(this.#state, event);
    if (!step.moved) return { kind: 'refused', from: step.from, to: step.refusedTo };
    this.#state = step.to;
    if (event === 'responseBegun' && !this.#isEnded) this.#listener.responseBegun?.();
    return undefined;
  }

  /** True when the id in a reply's path names the invocation that the runtime was given. */
  isCurrent(requestId: string): boolean {
    return this.#current?.invocation.requestId === requestId;
  }

  exchangeFor(requestId: string): RuntimeExchange | Outcome {
    return this.isCurrent(requestId) ? this : INVALID_REQUEST_ID;
  }

  replied(reply: RuntimeReply): void {
    if (!this.#isEnded) this.#listener.runtimeReplied(reply);
  }

  beginStream(beginning: StreamBeginning): ((piece: Buffer) => boolean) | undefined {
    return this.#isEnded ? undefined : this.#listener.streamBegun?.(beginning);
  }

  initErrorReported(error: { body: Buffer; errorType: string }): void {
    this.#listener.initErrorReported(error);
  }

  wait(waiter: Waiter): Outcome | undefined {
    // Asked again before a reply: the same event again.
    if (this.#state === 'Running' && this.#current !== undefined) return { kind: 'event', ...this.#current };
    this.#waiters.push(waiter);
    // Another waiter may be left from before the delivery: that the runtime waits again is news all the same.
    const isSecondThread = this.#waiters.length > 1 && this.#isWaitingKnown;
    if (isSecondThread) return undefined;
    this.#isWaitingKnown = true;
    this.#current = undefined;
    this.#listener.runtimeWaiting();
    return undefined;
  }

  waitForRestore(waiter: Waiter): void {
    this.#restoreWaiter = waiter;
    this.#listener.runtimeWaiting();
  }

  /** Lets the call for a restore return; the runtime may have been disconnected meanwhile. */
  restore(): void {
    if (this.step('restored') === undefined) this.#restoreWaiter?.answer(reply({ kind: 'restored' }));
    this.#restoreWaiter = undefined;
  }

  end(): void {
    this.#isEnded = true;
    this.#current = undefined;
  }

  forgetWaiter(gone: Waiter): void {
    this.#waiters = this.#waiters.filter((waiter) => waiter !== gone);
    if (this.#restoreWaiter === gone) this.#restoreWaiter = undefined;
  }

  /** Hands an invocation to the waiter that came first; false when none is there (it was disconnected). */
  deliver(current: CurrentInvocation): boolean {
    const waiter = this.#waiters[0];
    if (waiter === undefined || this.step('invocationDelivered') !== undefined) return false;
    this.#waiters.shift();
    this.#isWaitingKnown = false;
    this.#current = current;
    waiter.answer(reply({ kind: 'event', ...current }));
    return true;
  }
}
