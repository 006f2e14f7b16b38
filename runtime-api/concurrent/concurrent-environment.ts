/**
 * An environment that takes several invocations at the same time (managed instances). It starts the runtime, hands each invocation to
 * a worker of it that waits, and holds each to its own deadline. Nothing is reset: when the runtime or an extension ends, so does the
 * environment. The decisions are the tables in lifecycle/; this file carries out what they say.
 */
import type { EnvironmentConfiguration } from '../environment-contract.ts';
import { printLine } from '../environment-parts.ts';
import type { EnvironmentParts } from '../environment-parts.ts';
import { timeoutFailure } from '../failures.ts';
import type { Failure } from '../failures.ts';
import { InvocationInHand } from '../invocation-in-hand.ts';
import type { StartUpDurations } from '../invocation-in-hand.ts';
import { stepConcurrentEnvironment } from '../lifecycle/concurrent-environment.ts';
import type { ConcurrentEnvironmentEvent, ConcurrentEnvironmentState } from '../lifecycle/concurrent-environment.ts';
import { ProcessLife } from '../process-life.ts';
import type { ShutdownReason } from '../protocol/extension-states.ts';
import type { Invocation } from '../protocol/invocation.ts';
import type { LifeEvents } from '../telemetry/life-events.ts';
import type { InvocationFigures } from '../telemetry/platform-event.ts';
import { TimedPhase } from '../timed-phase.ts';
import { ConcurrentSession } from './concurrent-session.ts';

export type ConcurrentEnvironmentParts = EnvironmentParts & {
  /** It has ended by itself, and every invocation that it had is completed. */
  onEnded(): void;
  /** A worker of the runtime waits for an invocation, and there is none for it. */
  onIdle(): void;
};

export class ConcurrentEnvironment {
  readonly #parts: ConcurrentEnvironmentParts;
  #state: ConcurrentEnvironmentState = 'blank';
  #configuration: EnvironmentConfiguration | undefined;
  #life: ProcessLife<ConcurrentSession> | undefined;
  /** Also when the life is over: the reports of its last invocations are still to come. */
  #lastEvents: LifeEvents | undefined;
  /** By request id: all that are not completed. */
  readonly #inHand = new Map<string, InvocationInHand>();
  /** Of those the ones that no worker has yet: they came before the first one waited. */
  #undelivered: InvocationInHand[] = [];
  #phase: TimedPhase | undefined;
  /** Of the initialisation; reported once, with the invocation that is completed first. */
  #startUp: StartUpDurations | undefined;
  /** From the decision to end all processes until none is left. */
  #stopping: Promise<void> | undefined;

  constructor(parts: ConcurrentEnvironmentParts) {
    this.#parts = parts;
  }

  get state(): ConcurrentEnvironmentState {
    return this.#state;
  }

  /** Of the runtime, while it runs. */
  get processId(): number | undefined {
    return this.#life?.processId;
  }

  /** Whether `invoke` would take one. */
  get isFree(): boolean {
    if (this.#inHand.size >= (this.#configuration?.maxConcurrency ?? 1)) return false;
    return this.#state === 'initializing' || (this.#state === 'serving' && this.#life?.session.hasWaiter === true);
  }

  /** Begins the initialisation; it is reported through the listener. */
  configure(configuration: EnvironmentConfiguration): void {
    if (!this.#step('configured')) throw new Error(`an environment that is ${this.#state} cannot be configured`);
    this.#configuration = configuration;
    const limitMs = configuration.initTimeoutMs;
    this.#phase = new TimedPhase(this.#parts.clock, { ms: limitMs, onReached: () => this.#fail({ ...timeoutFailure(limitMs), errorType: undefined }) });
    this.#life = new ProcessLife({
      parts: this.#parts,
      configuration,
      phase: 'init',
      print: (line) => printLine(this.#parts, line),
      listener: { waiting: () => this.#proceed(), failed: (failure) => this.#fail(failure) },
      makeSession: (calls) => new ConcurrentSession(calls),
    });
    this.#lastEvents = this.#life.events;
    this.#life.start();
  }

  /** False when no worker of the runtime waits, or as many invocations are in hand as may be. During the initialisation it is kept. */
  invoke(invocation: Invocation): boolean {
    const { requestId } = invocation;
    if (this.#inHand.has(requestId)) throw new Error(`the invocation ${requestId} is in hand already`);
    const configuration = this.#configuration;
    if (configuration === undefined || !this.isFree) return false;
    const { clock, listener } = this.#parts;
    const inHand: InvocationInHand = new InvocationInHand(invocation, { clock, configuration, listener, deadlineReached: () => this.#timedOut(inHand) });
    this.#inHand.set(requestId, inHand);
    this.#undelivered.push(inHand);
    if (this.#state !== 'serving') return true;
    inHand.startClock();
    this.#deliver();
    return true;
  }

  /** Ends everything: at once without extensions, else in their order and time. An end under way goes on. */
  async shutDown(): Promise<void> {
    if (!this.#step('shutDown')) return this.#stopping;
    this.#phase?.end();
    for (const inHand of this.#inHand.values()) inHand.cancelDeadline();
    await (this.#stopping ?? this.#spinDown());
    this.#parts.drainLogs();
  }

  /** As `Environment.reported`. */
  reported(figures: InvocationFigures): void {
    this.#lastEvents?.reported(figures);
  }

  /** Nobody is left who could wait for a graceful end: everything is killed before this returns, as far as it can be. */
  abandon(): void {
    this.#step('shutDown');
    this.#life?.kill();
    void this.#parts.launcher.endAll();
  }

  #step(event: ConcurrentEnvironmentEvent): boolean {
    const to = stepConcurrentEnvironment(this.#state, event);
    if (to !== undefined) this.#state = to;
    return to !== undefined;
  }

  /** A worker of the runtime or an extension waits for what comes next. One worker is enough to begin with. */
  #proceed(): void {
    const life = this.#life;
    if (life === undefined) return;
    if (this.#state === 'serving') this.#deliver();
    else if (life.session.isReady && life.extensions.isInitialized()) this.#initialized(life);
  }

  #initialized(life: ProcessLife<ConcurrentSession>): void {
    const durationMs = this.#phase?.end() ?? 0;
    this.#startUp = { initDurationMs: durationMs };
    printLine(this.#parts, life.extensions.initLines());
    this.#step('runtimeReady');
    this.#parts.drainLogs();
    life.events.initEnded({ status: 'success', durationMs, extensions: life.extensions.initStandings() });
    this.#parts.listener.initReported({ phase: 'init', status: 'success', durationMs });
    for (const inHand of this.#undelivered) inHand.startClock();
    this.#deliver();
  }

  #deliver(): void {
    const { session, events } = this.#life ?? {};
    while (session?.hasWaiter === true) {
      const inHand = this.#undelivered.shift();
      if (inHand === undefined) return this.#parts.onIdle();
      inHand.reportStart(events);
      inHand.delivered();
      session.deliver(inHand.delivery, {
        responseBegun: () => inHand.responseBegun(),
        beginStream: (beginning) => inHand.beginStream(beginning),
        replied: (reply) => {
          inHand.replied(reply);
          this.#complete(inHand, events);
        },
      });
    }
  }

  /** Only this one fails: the code goes on, and the worker that has it stays busy. */
  #timedOut(inHand: InvocationInHand): void {
    const { requestId } = inHand.invocation;
    this.#life?.session.timeOut(requestId);
    this.#undelivered = this.#undelivered.filter((each) => each !== inHand);
    this.#failInvocation(inHand, timeoutFailure(this.#configuration?.functionTimeoutMs ?? 0));
    this.#complete(inHand, this.#life?.events);
  }

  #failInvocation(inHand: InvocationInHand, failure: Failure): void {
    inHand.stopClock();
    inHand.reportStart(this.#lastEvents);
    inHand.failed(failure);
  }

  #complete(inHand: InvocationInHand, events?: LifeEvents): void {
    this.#inHand.delete(inHand.invocation.requestId);
    const startUp = this.#startUp;
    this.#startUp = undefined;
    this.#parts.drainLogs();
    inHand.complete(startUp, events);
  }

  /** The one way down: whatever went wrong first decides what is reported; then everything dies, and the environment with it. */
  #fail(cause: Failure): void {
    const life = this.#life;
    const wasInit = this.#state === 'initializing';
    if (!this.#step('failed')) return;
    const failure = life?.firstFailure(cause) ?? cause;
    const durationMs = this.#phase?.end() ?? 0;
    this.#parts.listener.processesEnding?.();
    const extensionLines = wasInit ? (life?.extensions.initLines() ?? '') : '';
    const extensions = life?.extensions.initStandings() ?? [];
    const finish = this.#beginStop('failure');
    printLine(this.#parts, extensionLines);
    this.#parts.drainLogs();
    if (wasInit) this.#parts.listener.initReported({ phase: 'init', status: failure.status, errorType: failure.errorType, durationMs });
    if (wasInit) life?.events.initFailed({ status: failure.status, errorType: failure.errorType, durationMs, extensions });
    for (const inHand of this.#inHand.values()) this.#failInvocation(inHand, failure);
    this.#tellEnds(life);
    void this.#end(finish);
  }

  /** Before the processes are ended, or those who subscribe would never hear of it. */
  #tellEnds(life: ProcessLife<ConcurrentSession> | undefined): void {
    if (life?.events.hasSubscribers !== true) return;
    life.endOutput();
    for (const inHand of this.#inHand.values()) inHand.endedWith(life.events, this.#startUp);
  }

  #spinDown(): Promise<void> {
    const life = this.#life;
    const finish = this.#beginStop('spindown');
    this.#tellEnds(life);
    return this.#finishStop(finish);
  }

  #beginStop(reason: ShutdownReason): () => Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    return life?.beginEnd(reason) ?? (() => this.#parts.launcher.endAll());
  }

  #finishStop(finish: () => Promise<void>): Promise<void> {
    this.#stopping = finish().finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  async #end(finish: () => Promise<void>): Promise<void> {
    await this.#finishStop(finish);
    this.#parts.drainLogs();
    if (!this.#step('processesGone')) return;
    for (const inHand of this.#inHand.values()) this.#complete(inHand);
    this.#parts.onEnded();
  }
}
