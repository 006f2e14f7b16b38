/**
 * One invocation from the moment at which the environment takes it up, which with a suppressed init is before the runtime gets it, until
 * it is complete: its deadline, its stream, its one answer. Which of them is when is the environment's business.
 */
import type { Clock } from '../foundation/clock.ts';
import type { EnvironmentConfiguration, EnvironmentListener } from './environment-contract.ts';
import { failureAnswer, replyAnswer } from './failures.ts';
import type { Failure } from './failures.ts';
import type { CompletionStatus, Invocation, InvocationAnswer } from './protocol/invocation.ts';
import { STREAMED_RESPONSE_BYTES_MAX } from './protocol/limits.ts';
import type { CurrentInvocation, RuntimeReply, StreamBeginning } from './session.ts';
import { StreamedResponse } from './streamed-response.ts';

export type InvocationInHandParts = {
  clock: Clock;
  configuration: EnvironmentConfiguration;
  listener: EnvironmentListener;
  deadlineReached(): void;
};

export class InvocationInHand {
  readonly invocation: Invocation;
  readonly startedMs: number;
  readonly deadlineEpochMs: number;
  readonly #parts: InvocationInHandParts;
  readonly #cancelDeadline: () => void;
  #isStarted = false;
  #isAnswered = false;
  /** Of a response that is handed on while it comes. */
  #stream: StreamedResponse | undefined;
  #failure: Failure | undefined;
  /** When everything was ended early; what comes after is the platform's own time. */
  #endedMs: number | undefined;

  constructor(invocation: Invocation, parts: InvocationInHandParts) {
    const timeoutMs = parts.configuration.functionTimeoutMs;
    this.#parts = parts;
    this.invocation = invocation;
    this.startedMs = parts.clock.monotonicMs();
    this.deadlineEpochMs = parts.clock.nowEpochMs() + timeoutMs;
    this.#cancelDeadline = parts.clock.schedule(timeoutMs, () => parts.deadlineReached());
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** What the runtime is given. */
  get delivery(): CurrentInvocation {
    return { invocation: this.invocation, deadlineEpochMs: this.deadlineEpochMs };
  }

  /** The moment of the START line; once. */
  reportStart(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#parts.listener.invocationStarted(this.invocation.requestId);
  }

  /** The response is streamed when the invoker asked for that and the listener can; else it is collected. */
  beginStream({ contentType, resume }: StreamBeginning): ((piece: Buffer) => boolean) | undefined {
    const { clock, configuration, listener } = this.#parts;
    if (this.#isAnswered || this.invocation.responseMode !== 'streaming' || listener.streamBegun === undefined) return undefined;
    const stream = new StreamedResponse({
      clock,
      pacing: configuration.streamPacing,
      deliver: (piece) => this.#isAnswered || listener.streamed?.(piece) !== false,
      resume,
      onTooLarge: (bytes) => this.replied({ kind: 'tooLarge', bytes, bytesMax: STREAMED_RESPONSE_BYTES_MAX }),
    });
    this.#stream = stream;
    listener.streamBegun({ requestId: this.invocation.requestId, contentType, resume: () => stream.resume() });
    return (piece) => stream.accept(piece);
  }

  /** What the runtime said; its first word counts. */
  replied(reply: RuntimeReply): void {
    if (this.#isAnswered) return;
    const { answer, failure } = replyAnswer(reply, this.invocation.requestId, this.#parts.configuration.profile ?? 'aws');
    this.#failure = failure;
    this.#answer(answer);
  }

  /** What happened to it; an answer that was given stays. */
  failed(failure: Failure): void {
    this.#failure = failure;
    if (!this.#isAnswered) this.#answer(failureAnswer(failure, this.invocation.requestId));
  }

  /** Its time is over; what still happens until it is complete does not count. */
  stopClock(): void {
    this.#endedMs = this.#parts.clock.monotonicMs();
    this.#cancelDeadline();
  }

  cancelDeadline(): void {
    this.#cancelDeadline();
  }

  /** `initDurationMs` with the first invocation after a successful initialisation. */
  complete(initDurationMs: number | undefined): void {
    this.#cancelDeadline();
    const status: CompletionStatus = this.#failure?.status ?? 'success';
    this.#parts.listener.completed({
      requestId: this.invocation.requestId,
      status,
      errorType: this.#failure?.errorType,
      durationMs: (this.#endedMs ?? this.#parts.clock.monotonicMs()) - this.startedMs,
      initDurationMs,
    });
  }

  #answer(answer: InvocationAnswer): void {
    this.#isAnswered = true;
    this.#stream?.end();
    this.#parts.listener.answered(this.#stream === undefined ? answer : { ...answer, isStreamed: true });
  }
}
