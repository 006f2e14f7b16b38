/** One invocation that a runtime has besides others: its machine, and where its reply goes. */
import { stepConcurrentInvocation } from '../lifecycle/concurrent-invocation.ts';
import type { ConcurrentInvocationEvent, ConcurrentInvocationState } from '../lifecycle/concurrent-invocation.ts';
import type { Outcome } from '../outcome.ts';
import { CONCURRENT_ERROR_BYTES_MAX } from '../protocol/limits.ts';
import type { RuntimeExchange, RuntimeReply, StreamBeginning } from '../session.ts';
import type { ReplyTaker } from './concurrent-session.ts';

export class ConcurrentExchange implements RuntimeExchange {
  readonly errorBytesMax = CONCURRENT_ERROR_BYTES_MAX;
  readonly #taker: ReplyTaker;
  readonly #onReplied: () => void;
  #state: ConcurrentInvocationState = 'Running';
  /** What a call that is still on its way is told in the end. */
  #over: Outcome | undefined;

  /** `onReplied` before the taker hears of the reply: a second one has nobody any more. */
  constructor(taker: ReplyTaker, onReplied: () => void) {
    this.#taker = taker;
    this.#onReplied = onReplied;
  }

  step(event: ConcurrentInvocationEvent): Outcome | undefined {
    if (this.#over !== undefined) return this.#over;
    const to = stepConcurrentInvocation(this.#state, event);
    if (to === undefined) return { kind: 'invalidRequestId' };
    this.#state = to;
    if (event === 'responseBegun') this.#taker.responseBegun();
    return undefined;
  }

  replied(reply: RuntimeReply): void {
    if (this.#over !== undefined) return;
    this.#over = { kind: 'invalidRequestId' };
    this.#onReplied();
    this.#taker.replied(reply);
  }

  beginStream(beginning: StreamBeginning): ((piece: Buffer) => boolean) | undefined {
    return this.#taker.beginStream(beginning);
  }

  /** True when a reply is on its way, which is then told. */
  timeOut(): boolean {
    this.#over = { kind: 'invokeTimeout' };
    return this.#state !== 'Running';
  }

  /** The process is being ended. */
  end(): void {
    this.#over = { kind: 'invalidRequestId' };
  }
}
