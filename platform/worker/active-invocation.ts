/** One invocation in an environment: its clock, its log, its answer, its report. Whatever happens it is answered once and completed once. */
import type { Clock } from '../../foundation/clock.ts';
import { timedOutMessage } from '../../runtime-api/index.ts';
import type { CompletionStatus, Invocation, InvocationAnswer, PlatformLog, ReportFigures } from '../../runtime-api/index.ts';
import type { FunctionVersion } from './function-version.ts';
import { IncomingStream } from './incoming-stream.ts';
import type { StreamReceiver } from './incoming-stream.ts';
import { LogTail } from './log-tail.ts';
import type { LogStream } from './log-writer.ts';

export type InvocationRequest = {
  invocation: Invocation;
  wantsLogTail: boolean;
  /** Takes a streamed response while it comes; `answered` then ends it. Given together with the invocation's `responseMode`. */
  stream?: StreamReceiver | undefined;
};

/** `answered` as soon as the runtime replied; `completed` when the environment is free and the report is written. Neither rejects. */
export type InvocationOutcome = { answered: Promise<InvocationAnswer>; completed: Promise<InvocationReport> };

export type InvocationReport = {
  requestId: string;
  status: CompletionStatus;
  errorType?: string | undefined;
  durationMs: number;
  initDurationMs?: number | undefined;
  maxMemoryUsedMiB: number;
  memorySizeMiB: number;
  /** Of the environment that served. */
  logStream: string;
  /** The last 4 KiB of the invocation's log, START to REPORT; empty unless it was asked for. */
  logTail: Buffer;
};

export type CompletionFigures = {
  status: CompletionStatus;
  errorType: string | undefined;
  initDurationMs: number | undefined;
  maxMemoryUsedMiB: number;
};

type Parts = {
  request: InvocationRequest;
  version: FunctionVersion;
  clock: Clock;
  log: LogStream;
  /** The platform's lines in the function's format. */
  lines: PlatformLog;
  /** Of a streamed response: the server may send so much more. */
  onGrant(bytes: number): void;
  onOverdue(): void;
  overdueMs: number;
};

const NO_TAIL = Buffer.alloc(0);

export class ActiveInvocation {
  readonly outcome: InvocationOutcome;
  readonly requestId: string;
  readonly #parts: Parts;
  #cancelOverdue: () => void;
  readonly #resolveAnswered: (answer: InvocationAnswer) => void;
  readonly #resolveCompleted: (report: InvocationReport) => void;
  #tail: LogTail | undefined;
  #stream: IncomingStream | undefined;
  readonly #givenMs: number;
  #startedMs: number;
  #endedMs: number | undefined;
  #isStarted = false;
  #isAnswered = false;
  #isCompleted = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.requestId = parts.request.invocation.requestId;
    this.#givenMs = parts.clock.monotonicMs();
    this.#startedMs = this.#givenMs;
    this.#cancelOverdue = parts.clock.schedule(parts.overdueMs, parts.onOverdue);
    const answered = Promise.withResolvers<InvocationAnswer>();
    const completed = Promise.withResolvers<InvocationReport>();
    this.#resolveAnswered = answered.resolve;
    this.#resolveCompleted = completed.resolve;
    this.outcome = { answered: answered.promise, completed: completed.promise };
  }

  get startedMs(): number {
    return this.#startedMs;
  }

  /** Time on its clock, which stops when its completion begins. */
  get elapsedMs(): number {
    return (this.#endedMs ?? this.#parts.clock.monotonicMs()) - this.#startedMs;
  }

  /** The time before a successful initialisation, and of a failed first one, is not the invocation's. */
  restartClock(): void {
    this.#startedMs = this.#parts.clock.monotonicMs();
  }

  /** Its environment has more to do after the deadline than was known when it began. */
  extendOverdue(byMs: number): void {
    if (this.#isCompleted) return;
    this.#cancelOverdue();
    const leftMs = this.#parts.overdueMs + byMs - (this.#parts.clock.monotonicMs() - this.#givenMs);
    this.#cancelOverdue = this.#parts.clock.schedule(Math.max(0, leftMs), this.#parts.onOverdue);
  }

  /** Its environment has failed: what comes until the completion is the shutdown. */
  stopClock(): void {
    this.#endedMs ??= this.#parts.clock.monotonicMs();
  }

  /** What the processes print. */
  write(bytes: Buffer): void {
    this.#tail?.add(bytes);
    this.#parts.log.write(bytes);
  }

  started(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (this.#parts.request.wantsLogTail) this.#tail = new LogTail();
    this.#writeLines(this.#parts.lines.started(this.#parts.request.invocation, this.#parts.version.version));
  }

  /** True when the invoker takes its response while it comes. */
  get wantsStream(): boolean {
    return this.#parts.request.stream !== undefined;
  }

  streamBegun(contentType: string | undefined): void {
    const receiver = this.#parts.request.stream;
    if (receiver === undefined) return;
    this.#stream = new IncomingStream(receiver, this.#parts.onGrant);
    this.#stream.begin(contentType);
  }

  /** False when the server sent what it must not. */
  streamed(bytes: Buffer): boolean {
    return this.#stream?.accept(bytes) === true;
  }

  /** Whether there was a stream is what this side has seen of it. */
  answered(answer: InvocationAnswer): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    if (answer.origin !== 'reply') this.stopClock();
    this.#resolveAnswered(this.#stream === undefined ? answer : { ...answer, isStreamed: true });
  }

  answerTimeout(): void {
    this.#answerPlatform('timeout', 'Sandbox.Timedout', timedOutMessage(this.requestId, this.#parts.version.timeoutMs));
  }

  answerLost(): void {
    this.#answerPlatform('crash', 'Sandbox.Failure', `RequestId: ${this.requestId} Error: The execution environment ended unexpectedly`);
  }

  /** Stops the clock; what follows until `complete` is the worker's own time. */
  beginCompletion(): void {
    this.#endedMs ??= this.#parts.clock.monotonicMs();
    this.#cancelOverdue();
  }

  complete(figures: CompletionFigures): void {
    if (this.#isCompleted) return;
    this.#isCompleted = true;
    this.beginCompletion();
    // An invocation that failed before it began has its three lines all the same.
    this.started();
    const report = this.figuresOf(figures);
    this.#writeLines(this.#parts.lines.completed(report, this.#parts.request.invocation.traceId));
    if (this.#parts.request.wantsLogTail) this.#parts.log.flush();
    this.#resolveCompleted({ ...report, logStream: this.#parts.log.name, logTail: this.#tail?.read() ?? NO_TAIL });
  }

  figuresOf(figures: CompletionFigures): ReportFigures {
    return { requestId: this.requestId, ...figures, durationMs: this.elapsedMs, memorySizeMiB: this.#parts.version.memoryMiB };
  }

  #writeLines(text: string): void {
    const bytes = this.#parts.log.writeLines(text);
    this.#tail?.add(bytes);
  }

  #answerPlatform(origin: InvocationAnswer['origin'], errorType: string, errorMessage: string): void {
    const body = Buffer.from(JSON.stringify({ errorType, errorMessage }), 'utf8');
    this.answered({ requestId: this.requestId, body, isFunctionError: true, origin, errorType });
  }
}
