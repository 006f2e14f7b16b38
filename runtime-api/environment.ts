/**
 * One execution environment: it starts the runtime, hands it invocations one at a time, holds it to its deadlines, and puts
 * everything back to the start when it fails. The decisions are the tables in lifecycle/; this file carries out what they say.
 *
 * Used by both entry points: inside a sandbox (channel-entry.ts) and as the emulator (emulator.ts).
 */
import type { Clock } from '../foundation/clock.ts';
import type { EnvironmentConfiguration, EnvironmentListener } from './environment-contract.ts';
import { ExtensionGroup } from './extensions/extension-group.ts';
import { exitFailure, failureAnswer, inInit, lostInitError, replyAnswer, timeoutFailure } from './failures.ts';
import type { Failure } from './failures.ts';
import { stepEnvironment } from './lifecycle/environment.ts';
import type { EnvironmentEventName, EnvironmentState } from './lifecycle/environment.ts';
import type { ShutdownReason } from './protocol/extension-states.ts';
import type { ExitReport, Invocation, InvocationAnswer } from './protocol/invocation.ts';
import { STREAMED_RESPONSE_BYTES_MAX } from './protocol/limits.ts';
import type { RuntimeApiServer } from './runtime-api-server.ts';
import { RuntimeSession } from './session.ts';
import type { RuntimeReply, StreamBeginning } from './session.ts';
import { StreamedResponse } from './streamed-response.ts';
import { startRuntime } from './supervisor/start-runtime.ts';
import type { Launcher, RunningProcess } from './supervisor/launcher.ts';

export type EnvironmentParts = {
  clock: Clock;
  server: RuntimeApiServer;
  /** `host:port` as the runtime is told. */
  runtimeApiAddress: string;
  launcher: Launcher;
  /** Reports everything that has been printed so far. */
  drainLogs(): void;
  /** A line of the server's own, behind what has been printed so far. */
  print(line: string): void;
  listener: EnvironmentListener;
};

/**
 * A runtime that has reported its failure has this long to exit by itself, so that it can print what it still has to say. Without
 * source: the guide only says that it must exit. A first initialisation or an invocation may run out of time before.
 */
const INIT_ERROR_EXIT_MS = 1_000;
/** Who reported an error; extensions have names. */
const RUNTIME = 'runtime';

/** The invocation in hand. It begins when the environment takes it up, which with a suppressed init is before the runtime gets it. */
type Running = {
  invocation: Invocation;
  startedMs: number;
  deadlineEpochMs: number;
  cancelDeadline: () => void;
  isAnswered: boolean;
  isStarted: boolean;
  /** Of a response that is handed on while it comes. */
  stream: StreamedResponse | undefined;
  failure: Failure | undefined;
  /** When everything was ended early; what comes after is the platform's own time. */
  endedMs: number | undefined;
};

export class Environment {
  readonly #parts: EnvironmentParts;
  #state: EnvironmentState = 'blank';
  #configuration: EnvironmentConfiguration | undefined;
  #session: RuntimeSession | undefined;
  #extensions: ExtensionGroup | undefined;
  #process: RunningProcess | undefined;
  #running: Running | undefined;
  /** Accepted while the environment was busy with itself (init, reset). The caller never gives a second one. */
  #waiting: Invocation | undefined;
  #initStartedMs = 0;
  /** Of the first successful initialisation; reported once, with the first invocation. */
  #initDurationMs: number | undefined;
  #cancelInitTimer: () => void = () => {};
  /** What the runtime or an extension said before it exits; it, and not the exit, is then what went wrong first. */
  #reportedError: { failure: Failure; by: string; cancelExitTimer: () => void } | undefined;
  /** From the decision to end all processes until none is left. */
  #stopping: Promise<void> | undefined;

  constructor(parts: EnvironmentParts) {
    this.#parts = parts;
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  /** Of the runtime, while it runs. */
  get processId(): number | undefined {
    return this.#process?.processId;
  }

  /** Begins the initialisation; it is reported through the listener. */
  configure(configuration: EnvironmentConfiguration): void {
    if (!this.#step('configured')) throw new Error(`an environment that is ${this.#state} cannot be configured`);
    this.#configuration = configuration;
    this.#initStartedMs = this.#parts.clock.monotonicMs();
    this.#cancelInitTimer = this.#parts.clock.schedule(configuration.initTimeoutMs, () => this.#initTimedOut());
    this.#start();
  }

  /** Takes one invocation; the previous one must have been completed. */
  invoke(invocation: Invocation): void {
    if (this.#running !== undefined || this.#waiting !== undefined || this.#state === 'blank' || this.#state === 'ended') {
      throw new Error(`an environment that is ${this.#state} cannot take an invocation`);
    }
    this.#waiting = invocation;
    this.#takeUp();
  }

  /** Ends everything: at once without extensions, else in their order and time (AWS guide, shutdown phase). A reset under way goes on. */
  async shutDown(): Promise<void> {
    if (!this.#step('shutDown')) return this.#stopping;
    this.#cancelInitTimer();
    this.#takeReportedError();
    this.#running?.cancelDeadline();
    await (this.#stopping ?? this.#finishStop(this.#beginStop('spindown')));
    this.#parts.drainLogs();
  }

  /** Nobody is left who could wait for a graceful end: everything is killed before this returns, as far as it can be. */
  abandon(): void {
    this.#step('shutDown');
    this.#extensions?.kill();
    this.#process?.kill();
    void this.#parts.launcher.endAll();
  }

  #step(event: EnvironmentEventName): boolean {
    const step = stepEnvironment(this.#state, event);
    if (step.moved) this.#state = step.to;
    return step.moved;
  }

  #takeUp(): void {
    const invocation = this.#waiting;
    if (invocation === undefined || (this.#state !== 'idle' && this.#state !== 'reset')) return;
    this.#waiting = undefined;
    const timeoutMs = this.#configured().functionTimeoutMs;
    this.#running = {
      invocation,
      startedMs: this.#parts.clock.monotonicMs(),
      deadlineEpochMs: this.#parts.clock.nowEpochMs() + timeoutMs,
      cancelDeadline: this.#parts.clock.schedule(timeoutMs, () => this.#deadlineReached()),
      isAnswered: false,
      isStarted: false,
      stream: undefined,
      failure: undefined,
      endedMs: undefined,
    };
    const wasReset = this.#state === 'reset';
    this.#step('invocationAccepted');
    if (wasReset) {
      this.#initStartedMs = this.#running.startedMs;
      this.#start();
    } else {
      this.#deliver();
    }
  }

  #configured(): EnvironmentConfiguration {
    if (this.#configuration === undefined) throw new Error('the environment has no configuration');
    return this.#configuration;
  }

  #start(): void {
    const session: RuntimeSession = new RuntimeSession({
      runtimeWaiting: () => this.#ifCurrent(session, () => this.#runtimeWaiting()),
      runtimeReplied: (reply) => this.#ifCurrent(session, () => this.#runtimeReplied(reply)),
      streamBegun: (beginning) => (this.#session === session ? this.#streamBegun(beginning) : undefined),
      initErrorReported: (error) => this.#ifCurrent(session, () => this.#errorReported(lostInitError(error), RUNTIME)),
    });
    const extensions = this.#makeExtensions(session);
    this.#session = session;
    this.#extensions = extensions;
    this.#parts.server.serve(session, extensions.registry);
    extensions.start();
  }

  #makeExtensions(session: RuntimeSession): ExtensionGroup {
    const { clock, launcher, runtimeApiAddress, listener } = this.#parts;
    return new ExtensionGroup({
      clock,
      launcher,
      configuration: this.#configured(),
      runtimeApiAddress,
      print: (line) => this.#print(line),
      listener: {
        runtimeMayStart: () => this.#ifCurrent(session, () => void this.#launch(session)),
        extensionWaiting: () => this.#ifCurrent(session, () => this.#proceed()),
        extensionFailed: (failure, what) => this.#ifCurrent(session, () => this.#extensionFailed(failure, what)),
        extensionsFound: () => listener.extensionsFound?.(),
      },
    });
  }

  #print(line: string): void {
    if (line === '') return;
    this.#parts.drainLogs();
    this.#parts.print(line);
  }

  /** A call or an exit of a process that a reset has already ended must not touch its successor. */
  #ifCurrent(session: RuntimeSession, action: () => void): void {
    if (this.#session === session) action();
  }

  async #launch(session: RuntimeSession): Promise<void> {
    const started = await startRuntime(this.#parts.launcher, this.#configured(), this.#parts.runtimeApiAddress);
    if (!started.ok) {
      this.#ifCurrent(session, () => this.#fail(started.failure));
      return;
    }
    if (this.#session !== session || this.#state === 'ended') {
      started.process.kill();
      return;
    }
    this.#process = started.process;
    const exit = await started.process.exited;
    // What the process sent before it ended may be in a socket still: it is read before the end counts.
    setImmediate(() => this.#ifCurrent(session, () => this.#runtimeExited(exit)));
  }

  #runtimeWaiting(): void {
    this.#extensions?.registry.closeRegistration();
    this.#proceed();
  }

  /** The runtime or an extension waits for what comes next: whatever both together allow. */
  #proceed(): void {
    const extensions = this.#extensions;
    if (extensions === undefined || this.#session?.state !== 'Ready') return;
    if (inInit(this.#state)) {
      if (!extensions.isInitialized()) return;
      this.#print(extensions.initLines());
      if (this.#state === 'initializing') this.#initialized();
      else this.#reinitialized();
    } else if (this.#state === 'invoking') this.#afterReply(extensions);
  }

  #initialized(): void {
    this.#cancelInitTimer();
    this.#initDurationMs = this.#parts.clock.monotonicMs() - this.#initStartedMs;
    this.#step('runtimeReady');
    this.#parts.drainLogs();
    this.#parts.listener.initReported({ phase: 'init', status: 'success', durationMs: this.#initDurationMs });
    this.#takeUp();
  }

  #reinitialized(): void {
    this.#step('runtimeReady');
    this.#deliver();
  }

  #deliver(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#reportStart(running);
    const { requestId, functionArn, traceId } = running.invocation;
    this.#extensions?.registry.deliverInvocation({ deadlineEpochMs: running.deadlineEpochMs, requestId, functionArn, traceId });
    // Without a waiter the delivery happens when the runtime asks again (#afterReply).
    this.#session?.deliver({ invocation: running.invocation, deadlineEpochMs: running.deadlineEpochMs });
  }

  #reportStart(running: Running): void {
    if (running.isStarted) return;
    running.isStarted = true;
    this.#parts.listener.invocationStarted(running.invocation.requestId);
  }

  /** The runtime waits again: either the invocation is done, or it was never delivered because the first caller was gone. */
  #afterReply(extensions: ExtensionGroup): void {
    const running = this.#running;
    if (running === undefined) return;
    if (!running.isAnswered) {
      this.#session?.deliver({ invocation: running.invocation, deadlineEpochMs: running.deadlineEpochMs });
      return;
    }
    if (!extensions.isInvocationDone()) return;
    this.#parts.drainLogs();
    this.#step('invocationCompleted');
    this.#complete(running, running.failure === undefined ? 'success' : 'error');
    this.#takeUp();
  }

  /** The response is streamed when the invoker asked for that and the listener can; else it is collected. */
  #streamBegun({ contentType, resume }: StreamBeginning): ((piece: Buffer) => boolean) | undefined {
    const running = this.#running;
    const { listener } = this.#parts;
    if (running === undefined || running.isAnswered || running.invocation.responseMode !== 'streaming' || listener.streamBegun === undefined) return undefined;
    const stream = new StreamedResponse({
      clock: this.#parts.clock,
      pacing: this.#configured().streamPacing,
      deliver: (piece) => running.isAnswered || listener.streamed?.(piece) !== false,
      resume,
      onTooLarge: (bytes) => this.#runtimeReplied({ kind: 'tooLarge', bytes, bytesMax: STREAMED_RESPONSE_BYTES_MAX }),
    });
    running.stream = stream;
    listener.streamBegun({ requestId: running.invocation.requestId, contentType, resume: () => stream.resume() });
    return (piece) => stream.accept(piece);
  }

  #runtimeReplied(reply: RuntimeReply): void {
    const running = this.#running;
    if (running === undefined || running.isAnswered) return;
    const { answer, failure } = replyAnswer(reply, running.invocation.requestId, this.#configured().profile ?? 'aws');
    running.failure = failure;
    this.#answer(running, answer);
  }

  #answer(running: Running, answer: InvocationAnswer): void {
    running.isAnswered = true;
    running.stream?.end();
    this.#parts.listener.answered(running.stream === undefined ? answer : { ...answer, isStreamed: true });
  }

  #complete(running: Running, status: 'success' | 'error' | 'timeout'): void {
    running.cancelDeadline();
    this.#running = undefined;
    const initDurationMs = this.#initDurationMs;
    this.#initDurationMs = undefined;
    this.#parts.listener.completed({
      requestId: running.invocation.requestId,
      status,
      errorType: running.failure?.errorType,
      durationMs: (running.endedMs ?? this.#parts.clock.monotonicMs()) - running.startedMs,
      initDurationMs,
    });
  }

  #deadlineReached(): void {
    this.#fail(timeoutFailure(this.#configured().functionTimeoutMs));
  }

  #initTimedOut(): void {
    if (this.#state === 'initializing') this.#fail({ ...timeoutFailure(this.#configured().initTimeoutMs), errorType: undefined });
  }

  #errorReported(failure: Failure, by: string): void {
    if (this.#reportedError !== undefined) return;
    const cancelExitTimer = this.#parts.clock.schedule(INIT_ERROR_EXIT_MS, () => this.#fail(failure));
    this.#reportedError = { failure, by, cancelExitTimer };
  }

  #takeReportedError(): Failure | undefined {
    const reported = this.#reportedError;
    this.#reportedError = undefined;
    reported?.cancelExitTimer();
    return reported?.failure;
  }

  /** An extension that has announced its end says more by how it ends. */
  #extensionFailed(failure: Failure, { name, hasEnded }: { name: string; hasEnded: boolean }): void {
    const by = `extension ${name}`;
    if (!hasEnded) return this.#errorReported(failure, by);
    if (this.#reportedError?.by === by) this.#takeReportedError();
    this.#fail(failure);
  }

  #runtimeExited(exit: ExitReport): void {
    this.#process = undefined;
    this.#fail(exitFailure(exit));
  }

  /** The one way down: whatever went wrong first decides what is reported; then everything dies and the environment is reset. */
  #fail(cause: Failure): void {
    const wasInit = inInit(this.#state);
    const event = this.#state === 'initializing' ? 'initFailed' : this.#state === 'idle' ? 'runtimeLost' : 'invocationFailed';
    if (!this.#step(event)) return;
    const failure = this.#takeReportedError() ?? cause;
    this.#cancelInitTimer();
    this.#parts.listener.processesEnding?.();
    const extensionLines = wasInit ? this.#extensions?.initLines() : undefined;
    const finish = this.#beginStop(failure.status === 'timeout' ? 'timeout' : this.#failureReason(wasInit));
    const running = this.#running;
    if (running !== undefined) running.endedMs = this.#parts.clock.monotonicMs();
    running?.cancelDeadline();
    this.#print(extensionLines ?? '');
    if (wasInit) this.#reportInitFailure(failure);
    if (running !== undefined) {
      this.#reportStart(running);
      this.#answerFailure(running, failure);
    }
    void this.#reset(running, failure, finish);
  }

  #reportInitFailure(failure: Failure): void {
    this.#parts.drainLogs();
    this.#parts.listener.initReported({
      phase: this.#running === undefined ? 'init' : 'invoke',
      status: failure.status,
      errorType: failure.errorType,
      durationMs: this.#parts.clock.monotonicMs() - this.#initStartedMs,
    });
  }

  #answerFailure(running: Running, failure: Failure): void {
    running.failure = failure;
    if (running.isAnswered) return;
    this.#answer(running, failureAnswer(failure, running.invocation.requestId));
  }

  /** In RIE a failed initialisation is told to extensions as any other end. */
  #failureReason(wasInit: boolean): ShutdownReason {
    return wasInit && this.#configured().profile === 'rie' ? 'spindown' : 'failure';
  }

  /** Nothing that still arrives from these processes counts any more. Without extensions the runtime is killed here and now; the rest is for `#finishStop`. */
  #beginStop(reason: ShutdownReason): () => Promise<void> {
    const { server, launcher } = this.#parts;
    const [session, extensions, runtime] = [this.#session, this.#extensions, this.#process];
    this.#session = undefined;
    this.#extensions = undefined;
    this.#process = undefined;
    session?.end();
    if (extensions?.needsTimeToEnd !== true) {
      runtime?.kill();
      server.endSession();
      return () => launcher.endAll();
    }
    return async () => {
      await extensions.shutDown(runtime, reason);
      server.endSession();
      await launcher.endAll();
    };
  }

  #finishStop(finish: () => Promise<void>): Promise<void> {
    this.#stopping = finish().finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  async #reset(running: Running | undefined, failure: Failure, finish: () => Promise<void>): Promise<void> {
    await this.#finishStop(finish);
    this.#parts.drainLogs();
    if (!this.#step('processesGone')) return;
    if (running !== undefined) this.#complete(running, failure.status);
    this.#takeUp();
  }
}
