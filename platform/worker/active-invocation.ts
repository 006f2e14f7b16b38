/** One invocation in an environment: its clock, its log, its answer, its report. Whatever happens it is answered once and completed once. */
import type { Clock } from '../../foundation/clock.ts';
import { endLine, initReportLine, reportLine, startLine, timedOutMessage } from '../../runtime-api/index.ts';
import type { CompletionStatus, Invocation, InvocationAnswer } from '../../runtime-api/index.ts';
import type { FunctionVersion } from './function-version.ts';
import { LogTail } from './log-tail.ts';

export type InvocationRequest = { invocation: Invocation; wantsLogTail: boolean };

/** `answered` as soon as the runtime replied; `completed` when the environment is free and the report is written. */
export type InvocationOutcome = { answered: Promise<InvocationAnswer>; completed: Promise<InvocationReport> };

export type InvocationReport = {
  requestId: string;
  status: CompletionStatus;
  errorType?: string | undefined;
  durationMs: number;
  initDurationMs?: number | undefined;
  maxMemoryUsedMiB: number;
  memorySizeMiB: number;
  /** The last 4 KiB of the invocation's log, START to REPORT; empty unless it was asked for. */
  logTail: Buffer;
};

type Parts = {
  request: InvocationRequest;
  version: FunctionVersion;
  clock: Clock;
  log(bytes: Buffer): void;
  onOverdue(): void;
  overdueMs: number;
};

const NO_TAIL = Buffer.alloc(0);

export class ActiveInvocation {
  readonly outcome: InvocationOutcome;
  readonly requestId: string;
  readonly #parts: Parts;
  readonly #tail: LogTail | undefined;
  readonly #cancelOverdue: () => void;
  readonly #resolveAnswered: (answer: InvocationAnswer) => void;
  readonly #resolveCompleted: (report: InvocationReport) => void;
  #startedMs: number;
  #endedMs: number | undefined;
  #isStarted = false;
  #isAnswered = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.requestId = parts.request.invocation.requestId;
    this.#tail = parts.request.wantsLogTail ? new LogTail() : undefined;
    this.#startedMs = parts.clock.monotonicMs();
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

  get isCompleting(): boolean {
    return this.#endedMs !== undefined;
  }

  /** The time before a successful initialisation, and of a failed first one, is not the invocation's. */
  restartClock(): void {
    this.#startedMs = this.#parts.clock.monotonicMs();
  }

  write(output: Buffer | string): void {
    const bytes = typeof output === 'string' ? Buffer.from(output, 'utf8') : output;
    this.#tail?.add(bytes);
    this.#parts.log(bytes);
  }

  initFailed(report: { phase: 'init' | 'invoke'; status: CompletionStatus; errorType?: string | undefined; durationMs: number }): void {
    this.write(initReportLine(report));
  }

  started(requestId: string): void {
    if (this.#isStarted || requestId !== this.requestId) return;
    this.#isStarted = true;
    this.write(startLine(requestId, this.#parts.version.version));
  }

  answered(answer: InvocationAnswer): void {
    if (this.#isAnswered || answer.requestId !== this.requestId) return;
    this.#isAnswered = true;
    this.#resolveAnswered(answer);
  }

  answerTimeout(): void {
    this.#answerPlatform('timeout', 'Sandbox.Timedout', timedOutMessage(this.requestId, this.#parts.version.timeoutMs));
  }

  answerLost(): void {
    this.#answerPlatform('crash', 'Sandbox.Failure', `RequestId: ${this.requestId} Error: The execution environment ended unexpectedly`);
  }

  /** Stops the clock; what follows until `complete` is the worker's own time. */
  beginCompletion(nowMs: number): void {
    this.#endedMs ??= nowMs;
    this.#cancelOverdue();
  }

  complete(result: {
    status: CompletionStatus;
    errorType: string | undefined;
    initDurationMs: number | undefined;
    maxMemoryUsedMiB: number;
  }): void {
    const durationMs = (this.#endedMs ?? this.#parts.clock.monotonicMs()) - this.#startedMs;
    const memorySizeMiB = this.#parts.version.memoryMiB;
    const figures = { requestId: this.requestId, ...result, durationMs, memorySizeMiB };
    this.started(this.requestId);
    this.write(endLine(this.requestId) + reportLine(figures));
    this.#resolveCompleted({ ...figures, logTail: this.#tail?.read() ?? NO_TAIL });
  }

  #answerPlatform(origin: InvocationAnswer['origin'], errorType: string, errorMessage: string): void {
    const body = Buffer.from(JSON.stringify({ errorType, errorMessage }), 'utf8');
    this.answered({ requestId: this.requestId, body, isFunctionError: true, origin, errorType });
  }
}
