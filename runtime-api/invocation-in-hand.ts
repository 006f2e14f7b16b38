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
import type { InvocationMarks } from './telemetry/life-events.ts';

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
  readonly marks: InvocationMarks = { deliveredMs: undefined, responseBegunMs: undefined, repliedMs: undefined, runtimeDoneMs: undefined, producedBytes: 0 };

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

  /** How it ended, as far as is known. */
  get end(): { status: CompletionStatus; errorType: string | undefined } {
    return { status: this.#failure?.status ?? 'success', errorType: this.#failure?.errorType };
  }

  /** The moment of the START line; once. False: it has been. */
  reportStart(): boolean {
    if (this.#isStarted) return false;
    this.#isStarted = true;
    this.#parts.listener.invocationStarted(this.invocation.requestId);
    return true;
  }

  /** The runtime has it; where that happens more than once the first time counts. */
  delivered(): void {
    this.marks.deliveredMs ??= this.#parts.clock.monotonicMs();
  }

  responseBegun(): void {
    this.marks.responseBegunMs ??= this.#parts.clock.monotonicMs();
  }

  /** The runtime has asked for its next event. False: it had before. */
  runtimeDone(): boolean {
    if (this.marks.runtimeDoneMs !== undefined) return false;
    this.marks.runtimeDoneMs = this.#parts.clock.monotonicMs();
    return true;
  }

  /** The response is streamed when the invoker asked for that and the listener can; else it is collected. */
  beginStream({ contentType, resume }: StreamBeginning): ((piece: Buffer) => boolean) | undefined {
    const { clock, configuration, listener } = this.#parts;
    if (this.#isAnswered || this.invocation.responseMode !== 'streaming' || listener.streamBegun === undefined) return undefined;
    const stream = new StreamedResponse({
      clock,
      pacing: configuration.streamPacing,
      deliver: (piece) => {
        if (this.#isAnswered) return true;
        this.marks.producedBytes += piece.length;
        return listener.streamed?.(piece) !== false;
      },
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
    this.marks.repliedMs = this.#parts.clock.monotonicMs();
    if (reply.kind === 'response') this.marks.producedBytes = reply.body.length;
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
    this.#parts.listener.completed(this.completion(initDurationMs));
  }

  completion(initDurationMs: number | undefined): Completion {
    const durationMs = (this.#endedMs ?? this.#parts.clock.monotonicMs()) - this.startedMs;
    return { requestId: this.invocation.requestId, ...this.end, durationMs, initDurationMs };
  }

  #answer(answer: InvocationAnswer): void {
    this.#isAnswered = true;
    this.#stream?.end();
    this.#parts.listener.answered(this.#stream === undefined ? answer : { ...answer, isStreamed: true });
  }
}
