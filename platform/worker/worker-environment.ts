/**
 * One execution environment as the worker sees it: a sandbox with the Runtime API server inside. It is blank, then bound to one
 * function version for life, then serves one invocation at a time until it is ended.
 *
 * The server inside shares the function's user. What it says is parsed, bounded and held to the order of server-conduct.ts; what must
 * hold whatever it says (deadline, memory, duration, one answer per invocation) is measured and enforced here.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { CHANNEL_PROTOCOL, initStartLine, invocationFigures, platformLog, TEXT_LOGGING } from '../../runtime-api/index.ts';
import type { CompletionStatus, InvocationAnswer, Logging, PlatformLog, ServerMessage, StreamPacing } from '../../runtime-api/index.ts';
import { INIT_TIMEOUT_MS, SHUTDOWN_EXTERNAL_MS } from '../../runtime-api/protocol/limits.ts';
import type { Sandbox } from '../isolation/index.ts';
import { ActiveInvocation } from './active-invocation.ts';
import type { CompletionFigures, InvocationOutcome, InvocationRequest } from './active-invocation.ts';
import { environmentConfiguration } from './environment-configuration.ts';
import { EnvironmentChannel } from './environment-channel.ts';
import { workerError } from './errors.ts';
import { Freezer } from './freezer.ts';
import type { FunctionVersion } from './function-version.ts';
import type { LogStream, LogWriter } from './log-writer.ts';
import { MemoryWatch } from './memory-watch.ts';
import { CONDUCT_AT_START, REQUESTS_MAX, stepConduct } from './server-conduct.ts';
import type { EnvironmentConduct, InvocationConduct } from './server-conduct.ts';

/** A server that has not said hello by then is broken. Generous: many may start at once on few cores. */
const HELLO_TIMEOUT_MS = 30_000;
/** After its deadline an environment's own server has this long to report before the worker ends it. */
const DEADLINE_GRACE_MS = 2_000;
/** Between the end of the first process and the end of its connection, in either order: what it said last is still on its way. */
const LAST_WORDS_MS = 200;
/** A runtime that has answered asks for the next event within a millisecond or two, unless it has something else to do. */
export const FINISHING_MS = 20;
/** With extensions a failed or retired environment shuts down in its own way, which its server ends after two seconds. */
const SHUTDOWN_GRACE_MS = SHUTDOWN_EXTERNAL_MS + 1_000;
/** Processes and threads of a function. Source: quotas page. */
const PROCESSES_MAX = 1_024;

export type EnvironmentParts = { sandbox: Sandbox; clock: Clock; logs: LogWriter; streamPacing?: StreamPacing | undefined; onProblem(error: unknown): void };

type InitReport = Extract<ServerMessage, { kind: 'initReported' }>;
type Completion = Extract<ServerMessage, { kind: 'completed' }>;

export class WorkerEnvironment {
  /** Resolves when it can do no more, for whatever reason. Only `destroy` ends what may still run inside and gives back what it held. */
  readonly ended: Promise<void>;
  readonly #parts: EnvironmentParts;
  readonly #channel: EnvironmentChannel;
  readonly #memory: MemoryWatch;
  readonly #freezer: Freezer;
  readonly #hello = Promise.withResolvers<void>();
  #resolveEnded: () => void = () => {};
  #endReason: string | undefined;
  #diedOf: string | undefined;
  #hasHungUp = false;
  #cancelLastWords: (() => void) | undefined;
  #conduct = CONDUCT_AT_START;
  #requestsLeft = REQUESTS_MAX;
  #version: FunctionVersion | undefined;
  #log: LogStream | undefined;
  #active: ActiveInvocation | undefined;
  /** The last invocation has been completed by the server, and its report is being made. */
  #isCompleting = false;
  /** True once it must not be used again, though the running invocation may finish. */
  #isSpent = false;
  /** Of the running invocation. */
  #answeredMs: number | undefined;
  /** The processes were ended and will begin anew since the running invocation began. */
  #wasReset = false;
  #hasExtensions = false;
  readonly #shutDownEnded = Promise.withResolvers<void>();
  #isShuttingDown = false;
  #initStartedMs = 0;
  /** Of a successful initialisation, until an invocation has reported it. */
  #initDurationMs: number | undefined;

  private constructor(parts: EnvironmentParts) {
    this.#parts = parts;
    const { sandbox, clock } = parts;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.#memory = new MemoryWatch(sandbox, clock);
    this.#freezer = new Freezer(sandbox);
    this.#channel = new EnvironmentChannel(sandbox.channel, {
      onMessage: (message) => this.#receive(message),
      onViolation: (error) => this.#violated(error instanceof Error ? error.message : String(error)),
      onEnd: () => {
        this.#hasHungUp = true;
        this.#passing();
      },
    });
    void sandbox.died.then((end) => {
      this.#diedOf = `its first process ended (${Object.values(end).join(' ')})`;
      this.#passing();
    });
  }

  /** The sandbox is up; its server may still be on its way (`ready`). */
  static start(parts: EnvironmentParts): WorkerEnvironment {
    const environment = new WorkerEnvironment(parts);
    const cancel = parts.clock.schedule(HELLO_TIMEOUT_MS, () => environment.#end('its server said nothing in time'));
    environment.ready.then(cancel, cancel);
    return environment;
  }

  /** Resolves when the server inside listens; fails with `worker/start-failed` when it never will. */
  get ready(): Promise<void> {
    return this.#hello.promise;
  }

  get id(): string {
    return this.#parts.sandbox.id;
  }

  get version(): FunctionVersion | undefined {
    return this.#version;
  }

  /** False when it has ended or must not be used again. */
  get isUsable(): boolean {
    return this.#endReason === undefined && !this.#isSpent;
  }

  /** True for a short time after an answer: it is most likely free at once. */
  get isFinishing(): boolean {
    return this.#answeredMs !== undefined && this.isUsable && this.#parts.clock.monotonicMs() - this.#answeredMs < FINISHING_MS;
  }

  /** Binds it to a version for life; the initialisation begins at once and goes on behind the first invocation. */
  async bind(version: FunctionVersion): Promise<void> {
    if (this.#version !== undefined) throw workerError('worker/start-failed', 'an environment is bound once only');
    const { sandbox, clock, logs } = this.#parts;
    this.#version = version;
    const log = logs.stream(version, logStreamName(version, clock.nowEpochMs()));
    this.#log = log;
    // The mounts need no server, so a fresh one may start meanwhile.
    const mounting = sandbox.bind({
      codePath: version.codePath,
      ...(version.layersPath === undefined ? {} : { layersPath: version.layersPath }),
      limits: { memoryMiB: version.memoryMiB, pidsMax: PROCESSES_MAX },
    });
    await Promise.allSettled([mounting, this.ready]);
    await mounting;
    await this.ready;
    if (!this.#step('configured')) throw workerError('worker/start-failed', `the environment ended before its function began: ${this.#endReason}`);
    // In JSON format the server inside says it, as it does all that needs no measuring.
    if (this.#logging.format === 'Text') log.writeLines(initStartLine(version.root));
    this.#requestsLeft = REQUESTS_MAX;
    this.#initStartedMs = clock.monotonicMs();
    const { streamPacing } = this.#parts;
    this.#channel.send({ kind: 'configure', configuration: environmentConfiguration(version, { logStream: log.name, paths: sandbox.paths, streamPacing }) });
  }

  /** Gives it an invocation; undefined when it can take none and nothing was begun. Whatever happens later is in the outcome. */
  invoke(request: InvocationRequest): InvocationOutcome | undefined {
    const version = this.#version;
    const log = this.#log;
    if (version === undefined || log === undefined || this.#isCompleting || !this.isUsable || !this.#step('given')) return undefined;
    const isInitialized = this.#conduct.environment === 'initialized';
    const active = new ActiveInvocation({
      request,
      version,
      clock: this.#parts.clock,
      log,
      lines: this.#lines,
      onGrant: (bytes) => this.#channel.send({ kind: 'streamGranted', requestId: request.invocation.requestId, bytes }),
      onOverdue: () => this.#overdue(),
      overdueMs: version.timeoutMs + this.#deadlineGraceMs + (isInitialized ? 0 : INIT_TIMEOUT_MS),
    });
    this.#active = active;
    this.#wasReset = false;
    this.#requestsLeft = REQUESTS_MAX;
    this.#memory.begin(version.memoryMiB);
    void this.#deliver(request);
    return active.outcome;
  }

  async #deliver({ invocation }: InvocationRequest): Promise<void> {
    try {
      this.#channel.send({ kind: 'invoke', invocation });
      // The event is in the socket before the processes wake up, so they find it there.
      await this.#freezer.thaw();
    } catch (error) {
      this.#parts.onProblem(error);
      this.#end(`the event could not be delivered: ${textOf(error)}`);
    }
  }

  /** Between invocations a function gets no processor time. */
  async freeze(): Promise<void> {
    if (this.#active !== undefined || this.#isCompleting || !this.isUsable) return;
    try {
      await this.#freezer.freeze();
    } catch (error) {
      if (this.#endReason === undefined) this.#parts.onProblem(error);
    }
  }

  /** Ends everything inside and gives back what it held. Extensions are told before. */
  async destroy(): Promise<void> {
    if (this.#hasExtensions && this.#endReason === undefined) await this.#shutDown();
    this.#end('the worker ended it');
    await this.#parts.sandbox.destroy();
  }

  /** The server is taken at its word for as long as the shutdown may last, then everything is killed. */
  async #shutDown(): Promise<void> {
    if (!this.#isShuttingDown) {
      this.#isShuttingDown = true;
      this.#isSpent = true;
      const cancel = this.#parts.clock.schedule(SHUTDOWN_GRACE_MS, () => this.#shutDownEnded.resolve());
      void this.#shutDownEnded.promise.then(cancel);
      void this.ended.then(() => this.#shutDownEnded.resolve());
      this.#requestsLeft = REQUESTS_MAX;
      // A process that stands still can take no leave.
      await this.#freezer.thaw().catch(this.#parts.onProblem);
      this.#channel.send({ kind: 'shutDown' });
    }
    await this.#shutDownEnded.promise;
  }

  get #deadlineGraceMs(): number {
    return DEADLINE_GRACE_MS + (this.#hasExtensions ? SHUTDOWN_GRACE_MS : 0);
  }

  /** Once for each life of its processes; only the first is news. */
  async #extensionsFound(): Promise<void> {
    if (this.#hasExtensions) return;
    this.#hasExtensions = true;
    this.#active?.extendOverdue(SHUTDOWN_GRACE_MS);
  }

  get #logging(): Logging {
    return this.#version?.logging ?? TEXT_LOGGING;
  }

  get #lines(): PlatformLog {
    return platformLog(this.#logging, () => this.#parts.clock.nowEpochMs());
  }

  #step(event: EnvironmentConduct | InvocationConduct): boolean {
    const next = this.#endReason === undefined ? stepConduct(this.#conduct, event) : undefined;
    if (next !== undefined) this.#conduct = next;
    return next !== undefined;
  }

  #receive(message: ServerMessage): void {
    switch (message.kind) {
      case 'hello':
        return this.#checked('hello', message.protocol === CHANNEL_PROTOCOL, () => this.#hello.resolve());
      case 'admit':
        return this.#requested(() => this.#admit(message.processId));
      case 'endAll':
        return this.#requested(() => this.#endAll());
      case 'log':
        return this.#logged(message.bytes);
      case 'initReported':
        // A repeated initialisation that succeeds is not reported: the invocation begins.
        return message.phase === 'init'
          ? this.#checked('initReported', true, () => this.#initReported(message))
          : this.#checked('initRepeated', message.status !== 'success', () => this.#initReported(message));
      case 'started':
        return this.#checked('started', this.#isActive(message.requestId), () => this.#active?.started());
      case 'streamBegun':
        return this.#checked('streamBegun', this.#isActive(message.requestId) && this.#active?.wantsStream === true, () => this.#active?.streamBegun(message.contentType));
      case 'streamed':
        return this.#streamed(message.bytes);
      case 'answered':
        return this.#checked('answered', this.#isActive(message.answer.requestId), () => this.#answered(message.answer));
      case 'completed':
        return this.#checked('completed', this.#isActive(message.requestId), () => void this.#completed(message));
      case 'figuresWanted':
        return this.#isActive(message.requestId) && this.#hasExtensions ? this.#requested(() => this.#reportFailure(message)) : this.#violated('figures that nobody may want');
      case 'extensionsFound':
        return this.#requested(() => this.#extensionsFound());
      case 'shutDownEnded':
        return this.#isShuttingDown ? this.#shutDownEnded.resolve() : this.#violated('a shutdown that nobody asked for');
      default:
        return message satisfies never;
    }
  }

  /** Identity first, then the step, then the effect; anything else is the end. */
  #checked(event: EnvironmentConduct | InvocationConduct, isAboutThis: boolean, effect: () => void): void {
    if (isAboutThis && this.#step(event)) effect();
    else this.#violated(`${event} in phase ${this.#conduct.environment}, ${this.#conduct.invocation}`);
  }

  #isActive(requestId: string): boolean {
    return this.#active?.requestId === requestId;
  }

  /** Each costs the worker system calls, so their number between two of its own messages is limited. */
  #requested(action: () => Promise<void>): void {
    this.#requestsLeft -= 1;
    if (this.#requestsLeft < 0) this.#violated('too many requests');
    else void action();
  }

  async #admit(processId: number): Promise<void> {
    const ok = await this.#parts.sandbox.admit(processId).then(
      () => true,
      () => false,
    );
    this.#channel.send({ kind: 'admitted', processId, ok });
  }

  async #endAll(): Promise<void> {
    try {
      await this.#parts.sandbox.reset();
    } catch (error) {
      this.#end(`its processes could not be ended: ${textOf(error)}`);
      return;
    }
    this.#wasReset = true;
    this.#freezer.forget();
    this.#channel.send({ kind: 'allEnded' });
  }

  #streamed(bytes: Buffer): void {
    if (this.#conduct.invocation !== 'streaming') this.#violated(`a piece of a response in phase ${this.#conduct.invocation}`);
    else if (this.#active?.streamed(bytes) !== true) this.#violated('more of a response than it was granted');
  }

  #logged(bytes: Buffer): void {
    if (this.#active !== undefined) this.#active.write(bytes);
    else this.#log?.write(bytes);
    if (this.#log?.isFull !== true) return;
    this.#channel.pause();
    this.#log.onceRoom(() => this.#channel.resume());
  }

  #initReported(report: InitReport): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const isRepeated = report.phase === 'invoke';
    const durationMs = nowMs - (isRepeated ? (this.#active?.startedMs ?? nowMs) : this.#initStartedMs);
    if (report.status === 'success') this.#initDurationMs = durationMs;
    this.#log?.writeLines(this.#lines.initReported({ ...report, durationMs }, 'on-demand'));
    // It failed twice: whatever is wrong, a new environment should show it (platform.md §9.6).
    if (isRepeated) this.#isSpent = true;
    else this.#active?.restartClock();
  }

  #answered(answer: InvocationAnswer): void {
    this.#answeredMs = this.#parts.clock.monotonicMs();
    this.#active?.answered(answer);
  }

  /** Of an invocation whose environment is about to end: its extensions hear of it as long as they are there. */
  async #reportFailure({ status, errorType }: { status: CompletionStatus; errorType?: string | undefined }): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    active.stopClock();
    const memory = await this.#memory.end({ mustSample: true });
    this.#sendReport(active, { ...reportedEnd({ status, errorType }, memory.wasOutOfMemory), initDurationMs: this.#initDurationMs, maxMemoryUsedMiB: memory.maxUsedMiB });
  }

  #sendReport(active: ActiveInvocation, figures: CompletionFigures): void {
    if (this.#hasExtensions) this.#channel.send({ kind: 'reported', figures: invocationFigures(active.figuresOf(figures)) });
  }

  /** The environment is free when the lines are out; the memory figure is read where a report may change it. */
  async #completed(message: Completion): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    // From here on an end of the environment is no business of this invocation's any more.
    this.#active = undefined;
    this.#isCompleting = true;
    active.beginCompletion();
    const memory = await this.#memory.end({ mustSample: message.status !== 'success' });
    // A runtime that outlived the process that was killed goes on in an unknown state.
    if (memory.wasOutOfMemory && !this.#wasReset) this.#isSpent = true;
    const initDurationMs = this.#initDurationMs;
    this.#initDurationMs = undefined;
    this.#isCompleting = false;
    this.#answeredMs = undefined;
    const figures = { ...reportedEnd(message, memory.wasOutOfMemory), initDurationMs, maxMemoryUsedMiB: memory.maxUsedMiB };
    // Ahead of the next invocation, whose events come after it.
    this.#sendReport(active, figures);
    active.complete(figures);
  }

  /** Its own server should have ended the invocation long ago; it may have been taken over. */
  #overdue(): void {
    this.#active?.answerTimeout();
    this.#end('its deadline passed and it did not report', { status: 'timeout', errorType: undefined });
  }

  #violated(what: string): void {
    if (this.#endReason !== undefined) return;
    this.#parts.onProblem(workerError('worker/channel-violated', 'an environment was ended because its server said what no server of ours says', { detail: { what } }));
    this.#end(`it broke the channel protocol: ${what}`);
  }

  /** Death and hang-up come as a pair; the second of them, or too long a wait for it, is the end. Of the two, death knows more. */
  #passing(): void {
    if (this.#endReason !== undefined) return;
    const end = (): void => this.#end(this.#diedOf ?? 'its server hung up');
    if (this.#diedOf !== undefined && this.#hasHungUp) end();
    else this.#cancelLastWords ??= this.#parts.clock.schedule(LAST_WORDS_MS, end);
  }

  /** The first reason stays. */
  #end(reason: string, figures: { status: 'error' | 'timeout'; errorType: string | undefined } = { status: 'error', errorType: 'Sandbox.Failure' }): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#cancelLastWords?.();
    this.#channel.stop();
    this.#memory.stop();
    this.#hello.reject(startFailed(reason, this.#parts.sandbox.diagnostics()));
    const active = this.#active;
    this.#active = undefined;
    active?.answerLost();
    active?.complete({ ...figures, initDurationMs: this.#initDurationMs, maxMemoryUsedMiB: this.#memory.maxUsedMiB });
    this.#resolveEnded();
  }
}

/** The kernel knows better than the server inside. */
function reportedEnd({ status, errorType }: { status: CompletionStatus; errorType?: string | undefined }, wasOutOfMemory: boolean): Pick<CompletionFigures, 'status' | 'errorType'> {
  return wasOutOfMemory ? { status: 'error', errorType: 'Runtime.OutOfMemory' } : { status, errorType };
}

function startFailed(reason: string, diagnostics: string): Error {
  return workerError('worker/start-failed', `the Runtime API server of a new environment did not start: ${reason}`, {
    detail: { diagnostics },
    hint: 'run `rik doctor`',
  });
}

/** `YYYY/MM/DD/[version]32 hex`, one per environment. Source: platform specification, context facts. */
function logStreamName(version: FunctionVersion, nowEpochMs: number): string {
  const day = new Date(nowEpochMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version.version}]${randomBytes(16).toString('hex')}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
