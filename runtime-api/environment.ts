/**
 * One execution environment: it starts the runtime, hands it invocations one at a time, holds it to its deadlines, and puts
 * everything back to the start when it fails. The decisions are the tables in lifecycle/; this file carries out what they say.
 *
 * Used by both entry points: inside a sandbox (channel-entry.ts) and as the emulator (emulator.ts).
 */
import type { EnvironmentConfiguration } from './environment-contract.ts';
import type { EnvironmentParts } from './environment-parts.ts';
import { inInit, timeoutFailure } from './failures.ts';
import type { Failure } from './failures.ts';
import { InvocationInHand } from './invocation-in-hand.ts';
import { stepEnvironment } from './lifecycle/environment.ts';
import type { EnvironmentEventName, EnvironmentState } from './lifecycle/environment.ts';
import { ProcessLife } from './process-life.ts';
import type { ShutdownReason } from './protocol/extension-states.ts';
import type { Invocation } from './protocol/invocation.ts';
import type { ExtensionStanding, LifeEvents } from './telemetry/life-events.ts';
import type { EndOf, InvocationFigures } from './telemetry/platform-event.ts';

/** Of an invocation in whose middle its environment was ended. */
const LOST: EndOf = { status: 'error', errorType: 'Sandbox.Failure' };

export class Environment {
  readonly #parts: EnvironmentParts;
  #state: EnvironmentState = 'blank';
  #configuration: EnvironmentConfiguration | undefined;
  #life: ProcessLife | undefined;
  #inHand: InvocationInHand | undefined;
  /** Of the life in which the last invocation was; its report comes when it is over. */
  #reporting: LifeEvents | undefined;
  /** Accepted while the environment was busy with itself (init, reset). The caller never gives a second one. */
  #waiting: Invocation | undefined;
  #initStartedMs = 0;
  /** Of the first successful initialisation; reported once, with the first invocation. */
  #initDurationMs: number | undefined;
  #cancelInitTimer: () => void = () => {};
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
    return this.#life?.processId;
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
    if (this.#inHand !== undefined || this.#waiting !== undefined || this.#state === 'blank' || this.#state === 'ended') {
      throw new Error(`an environment that is ${this.#state} cannot take an invocation`);
    }
    this.#waiting = invocation;
    this.#takeUp();
  }

  /** Ends everything: at once without extensions, else in their order and time (AWS guide, shutdown phase). A reset under way goes on. */
  async shutDown(): Promise<void> {
    if (!this.#step('shutDown')) return this.#stopping;
    this.#cancelInitTimer();
    this.#inHand?.cancelDeadline();
    await (this.#stopping ?? this.#spinDown());
    this.#parts.drainLogs();
  }

  /** An invocation that was answered and whose runtime had not come back for more is over, too. */
  #spinDown(): Promise<void> {
    const [life, inHand] = [this.#life, this.#inHand];
    const finish = this.#beginStop('spindown');
    if (inHand !== undefined && life?.events.areWanted === true) this.#tellEnd(inHand, life, inHand.isAnswered ? inHand.end : LOST);
    return this.#finishStop(finish);
  }

  /** What the owner has measured of an invocation that is complete, or of which `figuresWanted` was asked; for those who subscribe to it. */
  reported(figures: InvocationFigures): void {
    this.#reporting?.reported(figures);
  }

  /** Nobody is left who could wait for a graceful end: everything is killed before this returns, as far as it can be. */
  abandon(): void {
    this.#step('shutDown');
    this.#life?.kill();
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
    const { clock, listener } = this.#parts;
    const inHand = new InvocationInHand(invocation, {
      clock,
      configuration: this.#configured(),
      listener,
      deadlineReached: () => this.#fail(timeoutFailure(this.#configured().functionTimeoutMs)),
    });
    this.#inHand = inHand;
    const wasReset = this.#state === 'reset';
    this.#step('invocationAccepted');
    if (wasReset) {
      this.#initStartedMs = inHand.startedMs;
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
    this.#life = new ProcessLife({
      parts: this.#parts,
      configuration: this.#configured(),
      phase: this.#state === 'reinitializing' ? 'invoke' : 'init',
      print: (line) => this.#print(line),
      listener: {
        waiting: () => this.#proceed(),
        responseBegun: () => this.#inHand?.responseBegun(),
        runtimeReplied: (reply) => this.#inHand?.replied(reply),
        streamBegun: (beginning) => this.#inHand?.beginStream(beginning),
        failed: (failure) => this.#fail(failure),
      },
    });
    this.#life.start();
  }

  #print(line: string): void {
    if (line === '') return;
    this.#parts.drainLogs();
    this.#parts.print(line);
  }

  /** The runtime or an extension waits for what comes next: whatever both together allow. */
  #proceed(): void {
    const life = this.#life;
    if (life?.session.state !== 'Ready') return;
    if (inInit(this.#state)) {
      if (!life.extensions.isInitialized()) return;
      this.#print(life.extensions.initLines());
      if (this.#state === 'initializing') this.#initialized(life);
      else this.#reinitialized(life);
    } else if (this.#state === 'invoking') this.#afterReply(life);
  }

  #initialized(life: ProcessLife): void {
    this.#cancelInitTimer();
    this.#initDurationMs = this.#parts.clock.monotonicMs() - this.#initStartedMs;
    this.#step('runtimeReady');
    this.#parts.drainLogs();
    life.events.initEnded({ status: 'success', durationMs: this.#initDurationMs, extensions: life.extensions.initStates() });
    this.#parts.listener.initReported({ phase: 'init', status: 'success', durationMs: this.#initDurationMs });
    this.#takeUp();
  }

  #reinitialized(life: ProcessLife): void {
    this.#step('runtimeReady');
    life.events.initEnded({ status: 'success', durationMs: this.#parts.clock.monotonicMs() - this.#initStartedMs, extensions: life.extensions.initStates() });
    this.#deliver();
  }

  #deliver(): void {
    const inHand = this.#inHand;
    if (inHand === undefined) return;
    this.#reportStart(inHand, this.#life);
    const { requestId, functionArn, traceId } = inHand.invocation;
    this.#life?.extensions.registry.deliverInvocation({ deadlineEpochMs: inHand.deadlineEpochMs, requestId, functionArn, traceId });
    // Without a waiter the delivery happens when the runtime asks again (#afterReply).
    this.#life?.session.deliver(inHand.delivery);
    inHand.delivered();
  }

  #reportStart(inHand: InvocationInHand, life: ProcessLife | undefined): void {
    if (inHand.reportStart()) life?.events.invocationBegan(inHand.invocation);
  }

  /** The runtime waits again: either the invocation is done, or it was never delivered because the first caller was gone. */
  #afterReply(life: ProcessLife): void {
    const inHand = this.#inHand;
    if (inHand === undefined) return;
    if (!inHand.isAnswered) {
      life.session.deliver(inHand.delivery);
      return;
    }
    if (inHand.runtimeDone() && life.events.areWanted) this.#tellRuntimeDone(inHand, life);
    if (!life.extensions.isInvocationDone()) return;
    this.#parts.drainLogs();
    this.#parts.output?.endLines();
    this.#step('invocationCompleted');
    this.#expectReport(inHand, life);
    this.#complete(inHand);
    this.#takeUp();
  }

  /** What the runtime printed comes before. */
  #tellRuntimeDone(inHand: InvocationInHand, life: ProcessLife, end: EndOf = inHand.end): void {
    this.#parts.drainLogs();
    this.#parts.output?.endLines();
    life.events.runtimeDone(inHand.invocation, inHand.marks, end);
  }

  #expectReport(inHand: InvocationInHand, { events }: ProcessLife): void {
    if (!events.hasSubscribers) return;
    this.#reporting = events;
    events.expectReport(inHand.invocation, inHand.marks);
  }

  #complete(inHand: InvocationInHand): void {
    this.#inHand = undefined;
    const initDurationMs = this.#initDurationMs;
    this.#initDurationMs = undefined;
    inHand.complete(initDurationMs);
  }

  #initTimedOut(): void {
    if (this.#state === 'initializing') this.#fail({ ...timeoutFailure(this.#configured().initTimeoutMs), errorType: undefined });
  }

  /** The one way down: whatever went wrong first decides what is reported; then everything dies and the environment is reset. */
  #fail(cause: Failure): void {
    const wasInit = inInit(this.#state);
    const event = this.#state === 'initializing' ? 'initFailed' : this.#state === 'idle' ? 'runtimeLost' : 'invocationFailed';
    if (!this.#step(event)) return;
    const life = this.#life;
    const failure = life?.firstFailure(cause) ?? cause;
    this.#cancelInitTimer();
    this.#parts.listener.processesEnding?.();
    const extensionLines = wasInit ? life?.extensions.initLines() : undefined;
    const extensionStates = life?.extensions.initStates() ?? [];
    const finish = this.#beginStop(failure.status === 'timeout' ? 'timeout' : this.#failureReason(wasInit));
    const inHand = this.#inHand;
    inHand?.stopClock();
    this.#print(extensionLines ?? '');
    if (wasInit) this.#reportInitFailure(failure);
    if (wasInit && life !== undefined) this.#tellInitFailure(life, failure, extensionStates);
    if (inHand !== undefined) this.#reportStart(inHand, life);
    inHand?.failed(failure);
    if (inHand !== undefined && life?.events.areWanted === true) this.#tellEnd(inHand, life, inHand.end);
    void this.#reset(inHand, finish);
  }

  #tellInitFailure({ events }: ProcessLife, { status, errorType }: Failure, extensions: readonly ExtensionStanding[]): void {
    events.runtimeInitialized({ status, errorType });
    events.initEnded({ status, errorType, durationMs: this.#parts.clock.monotonicMs() - this.#initStartedMs, extensions });
  }

  /** Before the processes are ended, or those who subscribe would never hear of it. */
  #tellEnd(inHand: InvocationInHand, life: ProcessLife, end: EndOf): void {
    if (inHand.marks.runtimeDoneMs === undefined) this.#tellRuntimeDone(inHand, life, end);
    if (!life.events.hasSubscribers) return;
    const { status, errorType = '' } = end;
    if (status === 'error') life.events.faulted(inHand.invocation.requestId, 'Process exited before completing request', errorType);
    this.#expectReport(inHand, life);
    this.#parts.listener.figuresWanted?.({ ...inHand.completion(this.#initDurationMs), ...end });
  }

  #reportInitFailure(failure: Failure): void {
    this.#parts.drainLogs();
    this.#parts.listener.initReported({
      phase: this.#inHand === undefined ? 'init' : 'invoke',
      status: failure.status,
      errorType: failure.errorType,
      durationMs: this.#parts.clock.monotonicMs() - this.#initStartedMs,
    });
  }

  /** In RIE a failed initialisation is told to extensions as any other end. */
  #failureReason(wasInit: boolean): ShutdownReason {
    return wasInit && this.#configured().profile === 'rie' ? 'spindown' : 'failure';
  }

  #beginStop(reason: ShutdownReason): () => Promise<void> {
    const { server, launcher } = this.#parts;
    const life = this.#life;
    this.#life = undefined;
    if (life !== undefined) return life.beginEnd(reason);
    server.endSession();
    return () => launcher.endAll();
  }

  #finishStop(finish: () => Promise<void>): Promise<void> {
    this.#stopping = finish().finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  async #reset(inHand: InvocationInHand | undefined, finish: () => Promise<void>): Promise<void> {
    await this.#finishStop(finish);
    this.#parts.drainLogs();
    if (!this.#step('processesGone')) return;
    if (inHand !== undefined) this.#complete(inHand);
    this.#takeUp();
  }
}
