/**
 * One life of an environment's processes, from their start to their end: the runtime, its session, the extensions. A reset ends it and
 * begins the next, so a call or an exit of a process that has already been ended can touch nothing of its successor.
 */
import type { EnvironmentConfiguration } from './environment-contract.ts';
import type { EnvironmentParts } from './environment-parts.ts';
import { ExtensionGroup } from './extensions/extension-group.ts';
import { exitFailure, lostInitError } from './failures.ts';
import type { Failure } from './failures.ts';
import type { ShutdownReason } from './protocol/extension-states.ts';
import { TEXT_LOGGING } from './log-format.ts';
import { ReportedFailure } from './reported-failure.ts';
import type { ApiSession, SessionListener } from './session.ts';
import { startRuntime } from './supervisor/start-runtime.ts';
import type { RunningProcess } from './supervisor/launcher.ts';
import type { OutputSource } from './supervisor/output-router.ts';
import { LifeEvents } from './telemetry/life-events.ts';
import type { InitPhase } from './telemetry/platform-event.ts';
import { Telemetry } from './telemetry/telemetry.ts';

/** Nothing of this is called once the end has begun. */
export type ProcessLifeListener = {
  /** The runtime or an extension waits for what comes next. */
  waiting(): void;
  /** A process could not be started, has ended, or has not ended although it said that it would. */
  failed(failure: Failure): void;
};

/** Of a session, what does not concern a single invocation. */
type ProcessCalls = Pick<SessionListener, 'runtimeWaiting' | 'initErrorReported'>;

export type ProcessLifeOptions<Session extends ApiSession> = {
  parts: EnvironmentParts;
  configuration: EnvironmentConfiguration;
  listener: ProcessLifeListener;
  /** In which its initialisation happens. */
  phase: InitPhase;
  makeSession(calls: ProcessCalls): Session;
  /** A line for the log. */
  print(line: string): void;
};

/** Who reported an error; extensions have names. */
const RUNTIME = 'runtime';

export class ProcessLife<Session extends ApiSession> {
  readonly session: Session;
  readonly extensions: ExtensionGroup;
  readonly events: LifeEvents;
  readonly #options: ProcessLifeOptions<Session>;
  readonly #reported: ReportedFailure;
  readonly #telemetry: Telemetry;
  #runtime: RunningProcess | undefined;
  #isOver = false;

  constructor(options: ProcessLifeOptions<Session>) {
    this.#options = options;
    const { listener, makeSession, parts } = options;
    this.#reported = new ReportedFailure(parts.clock, (failure) => this.#ifLiving(() => listener.failed(failure)));
    this.session = makeSession({
      runtimeWaiting: () => this.#ifLiving(() => this.#runtimeWaiting()),
      initErrorReported: (error) => this.#ifLiving(() => this.#reported.report(lostInitError(error), RUNTIME)),
    });
    this.#telemetry = this.#makeTelemetry();
    this.events = new LifeEvents({ clock: parts.clock, telemetry: this.#telemetry, configuration: options.configuration, phase: options.phase });
    this.extensions = this.#makeExtensions();
  }

  start(): void {
    const { configuration, parts } = this.#options;
    parts.output?.begin({ logging: configuration.logging ?? TEXT_LOGGING, listener: this.#telemetry, sources: this.#outputSources() });
    this.events.initBegan();
    parts.server.serve(this.session, this.extensions.registry, { workersMax: configuration.maxConcurrency ?? 0 });
    this.extensions.start();
  }

  /** Of the runtime, while it runs. */
  get processId(): number | undefined {
    return this.#runtime?.processId;
  }

  /** What went wrong first: what somebody has reported, or else what happened now. */
  firstFailure(cause: Failure): Failure {
    return this.#reported.take() ?? cause;
  }

  /** Nothing that still arrives from these processes counts any more. Without extensions the runtime is killed here and now; the rest is for the function that is returned. */
  beginEnd(reason: ShutdownReason): () => Promise<void> {
    const { server, launcher } = this.#options.parts;
    const runtime = this.#runtime;
    this.#over();
    if (!this.extensions.needsTimeToEnd) {
      runtime?.kill();
      server.endSession();
      this.events.end();
      return () => launcher.endAll();
    }
    return async () => {
      await this.extensions.shutDown(runtime, reason, () => this.#beforeExtensions());
      server.endSession();
      await launcher.endAll();
      this.events.end();
    };
  }

  /** At once, and whether it is over or not. */
  kill(): void {
    this.extensions.kill();
    this.#runtime?.kill();
    this.events.end();
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.session.end();
    this.#runtime = undefined;
    this.#reported.take();
  }

  #ifLiving(action: () => void): void {
    if (!this.#isOver) action();
  }

  /** What has been printed of a line belongs to what ends now. */
  endOutput(): void {
    this.#options.parts.drainLogs();
    this.#options.parts.output?.endLines();
  }

  /** What the runtime printed last, and what its invocation came to, reaches subscribers before they are told of the end. */
  async #beforeExtensions(): Promise<void> {
    if (!this.events.hasSubscribers) return;
    this.endOutput();
    await this.events.settle();
  }

  /** The classic emulator has no such APIs. */
  #makeTelemetry(): Telemetry {
    const { configuration, parts, print } = this.#options;
    const runtimeApiPort = Number(parts.runtimeApiAddress.split(':').at(-1));
    const telemetry = new Telemetry({ clock: parts.clock, logging: configuration.logging ?? TEXT_LOGGING, runtimeApiPort, print });
    if (configuration.profile === 'rie') telemetry.closeSubscriptions();
    return telemetry;
  }

  #outputSources(): Set<OutputSource> {
    const sources = new Set<OutputSource>(['function']);
    if (this.extensions.registry.externals.length > 0) sources.add('extension');
    if (this.#options.configuration.hasLogFrames === true) sources.add('frames');
    return sources;
  }

  #makeExtensions(): ExtensionGroup {
    const { configuration, listener, print } = this.#options;
    const { clock, launcher, runtimeApiAddress, listener: outside } = this.#options.parts;
    return new ExtensionGroup({
      clock,
      launcher,
      configuration,
      runtimeApiAddress,
      telemetry: configuration.profile === 'rie' ? undefined : this.#telemetry,
      print,
      listener: {
        runtimeMayStart: () => this.#ifLiving(() => void this.#launch()),
        extensionWaiting: () => this.#ifLiving(() => listener.waiting()),
        extensionFailed: (failure, what) => this.#ifLiving(() => this.#extensionFailed(failure, what)),
        extensionsFound: () => outside.extensionsFound?.(),
      },
    });
  }

  async #launch(): Promise<void> {
    const { configuration, listener, parts } = this.#options;
    const started = await startRuntime(parts.launcher, configuration, parts.runtimeApiAddress);
    if (!started.ok) return this.#ifLiving(() => listener.failed(started.failure));
    if (this.#isOver) return started.process.kill();
    this.#runtime = started.process;
    const exit = await started.process.exited;
    // What the process sent before it ended may be in a socket still: it is read before the end counts.
    setImmediate(() =>
      this.#ifLiving(() => {
        this.#runtime = undefined;
        listener.failed(exitFailure(exit));
      }),
    );
  }

  #runtimeWaiting(): void {
    this.extensions.registry.closeRegistration();
    this.events.runtimeInitialized({ status: 'success' });
    this.#options.listener.waiting();
  }

  #extensionFailed(failure: Failure, { name, hasEnded }: { name: string; hasEnded: boolean }): void {
    const by = `extension ${name}`;
    if (!hasEnded) return this.#reported.report(failure, by);
    this.#reported.forget(by);
    this.#options.listener.failed(failure);
  }
}
