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
import type { InvocationMarks, LifeEvents } from './telemetry/life-events.ts';
import type { EndOf } from './telemetry/platform-event.ts';

export type InvocationInHandParts = {
  clock: Clock;
  configuration: EnvironmentConfiguration;
  listener: EnvironmentListener;
  deadlineReached: () => void;
};

/** What went before the first invocation. */
export type StartUpDurations = Pick<Completion, 'initDurationMs' | 'restoreDurationMs'>;

/** Of an invocation in whose middle its environment was ended. */
const LOST: EndOf = { status: 'error', errorType: 'Sandbox.Failure' };

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
  readonly #marks: InvocationMarks = { deliveredMs: undefined, responseBegunMs: undefined, repliedMs: undefined, runtimeDoneMs: undefined, producedBytes: 0 };

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
  reportStart(events: LifeEvents | undefined): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#parts.listener.invocationStarted(this.invocation.requestId);
    events?.invocationBegan(this.invocation);
  }

  /** The runtime has it; where that happens more than once the first time counts. */
  delivered(): void {
    this.#marks.deliveredMs ??= this.#parts.clock.monotonicMs();
  }

  responseBegun(): void {
    this.#marks.responseBegunMs ??= this.#parts.clock.monotonicMs();
  }

  /** The runtime has asked for its next event, or never will; once. */
  runtimeDone(events: LifeEvents, end: EndOf = this.#end): void {
    if (this.#marks.runtimeDoneMs !== undefined) return;
    this.#marks.runtimeDoneMs = this.#parts.clock.monotonicMs();
    events.runtimeDone(this.invocation, this.#marks, end);
  }

  /** Its environment is about to end: whoever subscribes hears now how it ended, or never. */
  endedWith(events: LifeEvents, startUp: StartUpDurations | undefined): void {
    const end = this.#isAnswered ? this.#end : LOST;
    this.runtimeDone(events, end);
    if (!events.hasSubscribers) return;
    events.faulted(this.invocation, end);
    events.expectReport(this.invocation, []);
    this.#parts.listener.figuresWanted?.({ ...this.#completion(startUp), ...end });
  }

  /** The response is streamed when the invoker asked for that and the listener can; else it is collected. */
  beginStream({ contentType, resume }: StreamBeginning): ((piece: Buffer) => boolean) | undefined {
    const { clock, configuration, listener } = this.#parts;
    const { invocation } = this;
    if (this.#isAnswered || invocation.responseMode !== 'streaming' || listener.streamBegun === undefined) return undefined;
    const stream = new StreamedResponse({
      clock,
      pacing: configuration.streamPacing,
      deliver: (piece) => {
        this.#marks.producedBytes += piece.length;
        return this.#isAnswered || listener.streamed?.(piece, invocation.requestId) !== false;
      },
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
    this.#marks.repliedMs = this.#parts.clock.monotonicMs();
    if (reply.kind === 'response') this.#marks.producedBytes = reply.body.length;
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

  /** `events` of a life that goes on: its figures are news to those who subscribe. */
  complete(startUp: StartUpDurations | undefined, events?: LifeEvents): void {
    this.#cancelDeadline();
    events?.expectReport(this.invocation, events.spansOf(this.#marks));
    this.#parts.listener.completed(this.#completion(startUp));
  }

  get #end(): { status: CompletionStatus; errorType: string | undefined } {
    return { status: this.#failure?.status ?? 'success', errorType: this.#failure?.errorType };
  }

  #completion(startUp: StartUpDurations | undefined): Completion {
    return {
      requestId: this.invocation.requestId,
      ...this.#end,
      durationMs: (this.#endedMs ?? this.#parts.clock.monotonicMs()) - this.#startedMs,
      initDurationMs: startUp?.initDurationMs,
      restoreDurationMs: startUp?.restoreDurationMs,
    };
  }

  #answer(answer: InvocationAnswer): void {
    this.#isAnswered = true;
    this.#stream?.end();
    this.#parts.listener.answered(this.#stream === undefined ? answer : { ...answer, isStreamed: true });
  }
}
