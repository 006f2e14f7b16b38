/**
 * One execution environment: it starts the runtime, hands it invocations one at a time, holds it to its deadlines, and puts
 * everything back to the start when it fails. The decisions are the tables in lifecycle/; this file carries out what they say.
 *
 * Used by both entry points: inside a sandbox (channel-entry.ts) and as the emulator (emulator.ts).
 */
import type { EnvironmentConfiguration } from './environment-contract.ts';
import { printLine } from './environment-parts.ts';
import type { EnvironmentParts } from './environment-parts.ts';
import { inInit, restoreTimeoutFailure, timeoutFailure } from './failures.ts';
import type { Failure } from './failures.ts';
import { InvocationInHand } from './invocation-in-hand.ts';
import type { StartUpDurations } from './invocation-in-hand.ts';
import { stepEnvironment } from './lifecycle/environment.ts';
import type { EnvironmentEventName, EnvironmentState } from './lifecycle/environment.ts';
import { ProcessLife } from './process-life.ts';
import type { ShutdownReason } from './protocol/extension-states.ts';
import type { Invocation } from './protocol/invocation.ts';
import { RESTORE_TIMEOUT_MS } from './protocol/limits.ts';
import { RuntimeSession } from './session.ts';
import type { LifeEvents } from './telemetry/life-events.ts';
import type { InitPhase, InvocationFigures } from './telemetry/platform-event.ts';
import { TimedPhase } from './timed-phase.ts';

export class Environment {
  readonly #parts: EnvironmentParts;
  #state: EnvironmentState = 'blank';
  #configuration: EnvironmentConfiguration | undefined;
  #life: ProcessLife<RuntimeSession> | undefined;
  #inHand: InvocationInHand | undefined;
  /** Of the latest life, also when it is over: the report of its last invocation is still to come. */
  #lastEvents: LifeEvents | undefined;
  /** Accepted while the environment was busy with itself (init, reset). The caller never gives a second one. */
  #waiting: Invocation | undefined;
  /** The initialisation or the restore that is under way. */
  #phase: TimedPhase | undefined;
  /** Of what succeeded before the first invocation; reported once, with that. */
  #startUp: StartUpDurations | undefined;
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
    const limitMs = configuration.initTimeoutMs;
    this.#phase = new TimedPhase(this.#parts.clock, {
      ms: limitMs,
      onReached: () => this.#fail({ ...timeoutFailure(limitMs), errorType: undefined }),
    });
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
    this.#phase?.end();
    this.#inHand?.cancelDeadline();
    await (this.#stopping ?? this.#spinDown());
    this.#parts.drainLogs();
  }

  /** What the owner has measured of an invocation that is complete, or of which `figuresWanted` was asked; for those who subscribe to it. */
  reported(figures: InvocationFigures): void {
    this.#lastEvents?.reported(figures);
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
    if (invocation === undefined || !this.#step('invocationAccepted')) return;
    this.#waiting = undefined;
    const { clock, listener } = this.#parts;
    const configuration = this.#configured();
    const inHand = new InvocationInHand(invocation, {
      clock,
      configuration,
      listener,
      deadlineReached: () => this.#fail(timeoutFailure(configuration.functionTimeoutMs)),
    });
    this.#inHand = inHand;
    if (this.#state === 'restoring') return this.#restore();
    inHand.startClock();
    if (this.#state === 'invoking') return this.#deliver();
    this.#phase = new TimedPhase(clock);
    this.#start();
  }

  #configured(): EnvironmentConfiguration {
    if (this.#configuration === undefined) throw new Error('the environment has no configuration');
    return this.#configuration;
  }

  #start(): void {
    const configuration = this.#configured();
    this.#life = new ProcessLife({
      parts: this.#parts,
      configuration,
      phase: this.#initPhase(),
      print: (line) => printLine(this.#parts, line),
      listener: { waiting: () => this.#proceed(), failed: (failure) => this.#fail(failure) },
      makeSession: (calls) =>
        new RuntimeSession(
          {
            ...calls,
            responseBegun: () => this.#inHand?.responseBegun(),
            runtimeReplied: (reply) => this.#inHand?.replied(reply),
            streamBegun: (beginning) => this.#inHand?.beginStream(beginning),
          },
          { hasRestore: configuration.initializationType === 'snap-start', credentials: configuration.credentials },
        ),
    });
    this.#lastEvents = this.#life.events;
    this.#life.start();
  }

  #initPhase(): InitPhase {
    if (this.#state === 'reinitializing') return 'invoke';
    return this.#configured().initializationType === 'snap-start' ? 'snap-start' : 'init';
  }

  /** The runtime or an extension waits for what comes next: whatever both together allow. */
  #proceed(): void {
    const life = this.#life;
    const runtimeState = life?.session.state;
    if (life === undefined || (runtimeState !== 'Ready' && runtimeState !== 'RestoreReady')) return;
    if (this.#state === 'invoking') this.#afterReply(life);
    else if (this.#state === 'restoring') this.#restored();
    else if (inInit(this.#state) && life.extensions.isInitialized()) {
      printLine(this.#parts, life.extensions.initLines());
      const event = runtimeState === 'Ready' ? 'runtimeReady' : 'snapshotReady';
      if (this.#state === 'initializing') this.#initialized(life, event);
      else this.#reinitialized(life, event);
    }
  }

  #initialized({ events, extensions }: ProcessLife<RuntimeSession>, event: 'runtimeReady' | 'snapshotReady'): void {
    const durationMs = this.#phase?.end() ?? 0;
    // With SnapStart that was long ago, when the version was published.
    if (this.#configured().initializationType !== 'snap-start') this.#startUp = { initDurationMs: durationMs };
    this.#step(event);
    this.#parts.drainLogs();
    events.initEnded({ status: 'success', durationMs, extensions: extensions.initStandings() });
    this.#parts.listener.initReported({ phase: 'init', status: 'success', durationMs });
    this.#takeUp();
  }

  /** After a reset there is no snapshot to go back to: a restore follows at once, within the same invocation. */
  #reinitialized({ events, extensions }: ProcessLife<RuntimeSession>, event: 'runtimeReady' | 'snapshotReady'): void {
    events.initEnded({ status: 'success', durationMs: this.#phase?.end() ?? 0, extensions: extensions.initStandings() });
    this.#step(event);
    if (event === 'runtimeReady') return this.#deliver();
    this.#inHand?.cancelDeadline();
    this.#restore();
  }

  #restore(): void {
    this.#phase = new TimedPhase(this.#parts.clock, { ms: RESTORE_TIMEOUT_MS, onReached: () => this.#fail(restoreTimeoutFailure(RESTORE_TIMEOUT_MS)) });
    this.#life?.events.restoreBegan();
    this.#life?.session.restore();
  }

  #restored(): void {
    const durationMs = this.#phase?.end() ?? 0;
    this.#startUp = { restoreDurationMs: durationMs };
    this.#life?.events.restoreEnded({ status: 'success', durationMs });
    this.#step('runtimeReady');
    this.#parts.drainLogs();
    this.#parts.listener.restoreReported?.({ status: 'success', durationMs });
    this.#inHand?.startClock();
    this.#deliver();
  }

  #deliver(): void {
    const inHand = this.#inHand;
    if (inHand === undefined) return;
    inHand.reportStart(this.#life?.events);
    const { requestId, functionArn, traceId } = inHand.invocation;
    this.#life?.extensions.registry.deliverInvocation({ deadlineEpochMs: inHand.deadlineEpochMs, requestId, functionArn, traceId });
    // Without a waiter the delivery happens when the runtime asks again (#afterReply).
    this.#life?.session.deliver(inHand.delivery);
    inHand.delivered();
  }

  /** The runtime waits again: either the invocation is done, or it was never delivered because the first caller was gone. */
  #afterReply(life: ProcessLife<RuntimeSession>): void {
    const inHand = this.#inHand;
    if (inHand === undefined) return;
    if (!inHand.isAnswered) {
      life.session.deliver(inHand.delivery);
      return;
    }
    if (life.events.areWanted) {
      life.endOutput();
      inHand.runtimeDone(life.events);
    }
    if (!life.extensions.isInvocationDone()) return;
    life.endOutput();
    this.#step('invocationCompleted');
    this.#complete(inHand, life.events);
    this.#takeUp();
  }

  #complete(inHand: InvocationInHand, events?: LifeEvents): void {
    this.#inHand = undefined;
    const startUp = this.#startUp;
    this.#startUp = undefined;
    inHand.complete(startUp, events);
  }

  /** The one way down: whatever went wrong first decides what is reported; then everything dies and the environment is reset. */
  #fail(cause: Failure): void {
    const was = this.#state;
    const event = was === 'initializing' ? 'initFailed' : was === 'idle' || was === 'snapshotted' ? 'runtimeLost' : 'invocationFailed';
    if (!this.#step(event)) return;
    const life = this.#life;
    const failure = life?.firstFailure(cause) ?? cause;
    const phaseMs = this.#phase?.end() ?? 0;
    this.#parts.listener.processesEnding?.();
    const extensionLines = inInit(was) ? life?.extensions.initLines() : undefined;
    const standings = life?.extensions.initStandings() ?? [];
    const finish = this.#beginStop(failure.status === 'timeout' ? 'timeout' : this.#failureReason(was));
    const inHand = this.#inHand;
    inHand?.stopClock();
    printLine(this.#parts, extensionLines ?? '');
    this.#reportPhaseFailure(was, failure, phaseMs);
    const { status, errorType } = failure;
    if (inInit(was)) life?.events.initFailed({ status, errorType, durationMs: phaseMs, extensions: standings });
    if (was === 'restoring') life?.events.restoreEnded({ status, errorType, durationMs: phaseMs });
    inHand?.reportStart(life?.events);
    inHand?.failed(failure);
    this.#tellEnd(inHand, life);
    void this.#reset(inHand, finish);
  }

  /** Before the processes are ended, or those who subscribe would never hear of it. */
  #tellEnd(inHand: InvocationInHand | undefined, life: ProcessLife<RuntimeSession> | undefined): void {
    if (inHand === undefined || life?.events.areWanted !== true) return;
    life.endOutput();
    inHand.endedWith(life.events, this.#startUp);
  }

  /** An invocation that was answered and whose runtime has not come back for more ends here, too. */
  #spinDown(): Promise<void> {
    const [life, inHand] = [this.#life, this.#inHand];
    const finish = this.#beginStop('spindown');
    this.#tellEnd(inHand, life);
    return this.#finishStop(finish);
  }

  #reportPhaseFailure(was: EnvironmentState, { status, errorType }: Failure, durationMs: number): void {
    if (!inInit(was) && was !== 'restoring') return;
    this.#parts.drainLogs();
    if (was === 'restoring') this.#parts.listener.restoreReported?.({ status, errorType, durationMs });
    else this.#parts.listener.initReported({ phase: was === 'initializing' ? 'init' : 'invoke', status, errorType, durationMs });
  }

  /** In RIE a failed initialisation is told to extensions as any other end. */
  #failureReason(was: EnvironmentState): ShutdownReason {
    return inInit(was) && this.#configured().profile === 'rie' ? 'spindown' : 'failure';
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
