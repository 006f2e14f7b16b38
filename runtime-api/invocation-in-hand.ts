/**
 * One invocation from the moment at which the environment takes it up, which with a suppressed init is before the runtime gets it, until
 * it is complete: its deadline, its stream, its one answer. Which of them is when is the environment's business.
 */
import type { Clock } from '../foundation/clock.ts';
import type { Completion, EnvironmentConfiguration, EnvironmentListener } from './environment-contract.ts';
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
  deadlineReached: () => void;
};

/** What went before the first invocation. */
export type StartUpDurations = Pick<Completion, 'initDurationMs' | 'restoreDurationMs'>;

export class InvocationInHand {
  readonly invocation: Invocation;
  readonly #parts: InvocationInHandParts;
  #startedMs: number;
  #deadlineEpochMs = 0;
  #cancelDeadline: () => void = () => {};
  #isStarted = false;
  #isAnswered = false;
  /** Of a response that is handed on while it comes. */
  #stream: StreamedResponse | undefined;
  #failure: Failure | undefined;
  /** When everything was ended early; what comes after is the platform's own time. */
  #endedMs: number | undefined;

  constructor(invocation: Invocation, parts: InvocationInHandParts) {
    this.#parts = parts;
    this.invocation = invocation;
    this.#startedMs = parts.clock.monotonicMs();
  }

  get deadlineEpochMs(): number {
    return this.#deadlineEpochMs;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** What the runtime is given. */
  get delivery(): CurrentInvocation {
    return { invocation: this.invocation, deadlineEpochMs: this.#deadlineEpochMs };
  }

  /** From here on its time counts; a second time after a restore, which is not its own. */
  startClock(): void {
    const { clock, configuration, deadlineReached } = this.#parts;
    this.#cancelDeadline();
    this.#startedMs = clock.monotonicMs();
    this.#deadlineEpochMs = clock.nowEpochMs() + configuration.functionTimeoutMs;
    this.#cancelDeadline = clock.schedule(configuration.functionTimeoutMs, deadlineReached);
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
    const { invocation } = this;
    if (this.#isAnswered || invocation.responseMode !== 'streaming' || listener.streamBegun === undefined) return undefined;
    const stream = new StreamedResponse({
      clock,
      pacing: configuration.streamPacing,
      deliver: (piece) => this.#isAnswered || listener.streamed?.(piece, invocation.requestId) !== false,
      resume,
      onTooLarge: (bytes) => this.replied({ kind: 'tooLarge', bytes, bytesMax: STREAMED_RESPONSE_BYTES_MAX }),
    });
    this.#stream = stream;
    listener.streamBegun({ requestId: invocation.requestId, contentType, resume: () => stream.resume() });
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

  complete(startUp: StartUpDurations | undefined): void {
    this.#cancelDeadline();
    const status: CompletionStatus = this.#failure?.status ?? 'success';
    this.#parts.listener.completed({
      requestId: this.invocation.requestId,
      status,
      errorType: this.#failure?.errorType,
      durationMs: (this.#endedMs ?? this.#parts.clock.monotonicMs()) - this.#startedMs,
      initDurationMs: startUp?.initDurationMs,
      restoreDurationMs: startUp?.restoreDurationMs,
    });
  }

  #answer(answer: InvocationAnswer): void {
    this.#isAnswered = true;
    this.#stream?.end();
    this.#parts.listener.answered(this.#stream === undefined ? answer : { ...answer, isStreamed: true });
  }
}
