/**
 * What happens in one life of an environment's processes, told as events: the environment says what happened when, this says what that is
 * called and what belongs to it. Nothing is made while nobody can want it.
 */
import type { Clock } from '../../foundation/clock.ts';
import type { EnvironmentConfiguration } from '../environment-contract.ts';
import type { Invocation } from '../protocol/invocation.ts';
import { extensionEvent, fault, initReport, initRuntimeDone, initStart, invocationStart, report, restoreReport, restoreRuntimeDone, runtimeDone, span, tracingOf } from './platform-event.ts';
import type { EndOf, InitPhase, InitStart, InvocationFigures, Span, Tracing } from './platform-event.ts';
import type { Telemetry } from './telemetry.ts';

/** Moments of one invocation, on the monotonic clock, as far as it has come. */
export type InvocationMarks = {
  deliveredMs: number | undefined;
  responseBegunMs: number | undefined;
  repliedMs: number | undefined;
  runtimeDoneMs: number | undefined;
  producedBytes: number;
};

export type ExtensionStanding = { name: string; state: string; events: readonly string[]; errorType?: string | undefined };

/** How long the end of the processes waits for the figures of the invocation that failed, and then for what has not been taken yet. */
const FIGURES_WAIT_MS = 200;
const FLUSH_WAIT_MS = 300;

export class LifeEvents {
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #configuration: EnvironmentConfiguration;
  readonly #phase: InitPhase;
  #isRuntimeDoneTold = false;
  /** Invocations whose figures are still to come. */
  readonly #expected = new Map<string, { tracing: Tracing | undefined; spans: readonly Span[] }>();
  #whenReported: () => void = () => {};

  constructor(options: { clock: Clock; telemetry: Telemetry; configuration: EnvironmentConfiguration; phase: InitPhase }) {
    this.#clock = options.clock;
    this.#telemetry = options.telemetry;
    this.#configuration = options.configuration;
    this.#phase = options.phase;
  }

  get areWanted(): boolean {
    return this.#telemetry.wantsEvents;
  }

  get hasSubscribers(): boolean {
    return this.#telemetry.hasSubscribers;
  }

  initBegan(): void {
    if (!this.areWanted) return;
    this.#telemetry.publish(initStart({ initializationType: this.#initializationType, phase: this.#phase, ...this.#identity() }), { isLogged: true });
  }

  /** The runtime has asked for its first event, or will never do; the first word counts. */
  runtimeInitialized(end: EndOf): void {
    if (this.#isRuntimeDoneTold) return;
    this.#isRuntimeDoneTold = true;
    if (this.areWanted) this.#telemetry.publish(initRuntimeDone({ initializationType: this.#initializationType, phase: this.#phase, ...end }), { isLogged: true });
  }

  /** Nobody can subscribe any more. */
  initEnded(end: EndOf & { durationMs: number; extensions: readonly ExtensionStanding[] }): void {
    if (this.areWanted) {
      for (const { name, state, events, errorType } of end.extensions) this.#telemetry.publish(extensionEvent({ name, state, events, errorType }), { isLogged: true });
      const { status, errorType, durationMs } = end;
      this.#telemetry.publish(initReport({ initializationType: this.#initializationType, phase: this.#phase, status, errorType, durationMs }));
    }
    this.#telemetry.closeSubscriptions();
  }

  /** Its runtime may never have got as far as to say anything. */
  initFailed(end: EndOf & { durationMs: number; extensions: readonly ExtensionStanding[] }): void {
    this.runtimeInitialized({ status: end.status, errorType: end.errorType });
    this.initEnded(end);
  }

  restoreBegan(): void {
    if (!this.areWanted) return;
    const { functionName, functionVersion, instanceId, instanceMaxMemory, runtimeVersion, runtimeVersionArn } = this.#identity();
    this.#telemetry.publish({ type: 'platform.restoreStart', record: { functionName, functionVersion, instanceId, instanceMaxMemory, runtimeVersion, runtimeVersionArn } }, { isLogged: true });
  }

  /** The runtime has asked for its first event after the restore, or failed to. */
  restoreEnded({ status, errorType, durationMs }: EndOf & { durationMs: number }): void {
    if (!this.areWanted) return;
    this.#telemetry.publish(restoreRuntimeDone({ status, errorType }), { isLogged: true });
    this.#telemetry.publish(restoreReport({ status, errorType, durationMs }));
  }

  invocationBegan({ requestId, traceId, tenantId }: Invocation): void {
    if (!this.areWanted) return;
    const version = this.#configuration.variables['AWS_LAMBDA_FUNCTION_VERSION'] ?? '';
    this.#telemetry.publish(invocationStart({ requestId, tracing: tracingOf(traceId), version, tenantId }));
  }

  /** The runtime has asked for its next event, or the invocation has failed. */
  runtimeDone({ requestId, traceId }: Invocation, marks: InvocationMarks, end: EndOf): void {
    if (!this.areWanted) return;
    const { deliveredMs, runtimeDoneMs, producedBytes } = marks;
    const nowMs = this.#clock.monotonicMs();
    const durationMs = deliveredMs === undefined ? 0 : (runtimeDoneMs ?? nowMs) - deliveredMs;
    this.#telemetry.publish(runtimeDone({ requestId, tracing: tracingOf(traceId), ...end, durationMs, producedBytes, spans: this.#spans(marks) }), { isLogged: true });
  }

  faulted({ requestId }: Invocation, { status, errorType }: EndOf): void {
    if (status === 'error') this.#telemetry.publish(fault(requestId, 'Process exited before completing request', errorType ?? ''));
  }

  /** From here on `reported` is waited for. */
  expectReport({ requestId, traceId }: Invocation, spans: readonly Span[]): void {
    if (this.hasSubscribers) this.#expected.set(requestId, { tracing: tracingOf(traceId), spans });
  }

  /** Of the report: what extensions took beyond the runtime; or what the runtime took, where `runtimeDone` never tells of that (several at once). */
  spansOf(marks: InvocationMarks): Span[] {
    if (!this.hasSubscribers) return [];
    const now = this.#now();
    return marks.runtimeDoneMs === undefined ? this.#spans(marks) : [span('extensionOverhead', marks.runtimeDoneMs, now.monotonicMs, now)];
  }

  /** What the owner of the environment has measured; only once for an invocation, and only of one that is expected. */
  reported(figures: InvocationFigures): void {
    const context = this.#expected.get(figures.requestId);
    if (context === undefined) return;
    this.#expected.delete(figures.requestId);
    this.#telemetry.publish(report(figures, { ...context, initializationType: this.#initializationType }));
    if (this.#expected.size === 0) this.#whenReported();
  }

  /** Resolves when subscribers have what they should have before they are told of the end, and soon in any case. */
  async settle(): Promise<void> {
    if (!this.hasSubscribers) return;
    if (this.#expected.size > 0) await this.#within(FIGURES_WAIT_MS, new Promise<void>((resolve) => (this.#whenReported = resolve)));
    await this.#within(FLUSH_WAIT_MS, this.#telemetry.flush());
  }

  end(): void {
    this.#telemetry.end();
  }

  get #initializationType(): string {
    return this.#configuration.initializationType ?? 'on-demand';
  }

  #identity(): Omit<InitStart, 'initializationType' | 'phase'> {
    const { variables, runtimeVersion } = this.#configuration;
    const memoryMiB = Number(variables['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
    return {
      runtimeVersion: runtimeVersion?.name,
      runtimeVersionArn: runtimeVersion?.arn,
      functionName: variables['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
      functionVersion: variables['AWS_LAMBDA_FUNCTION_VERSION'] ?? '',
      instanceId: variables['AWS_LAMBDA_LOG_STREAM_NAME'],
      instanceMaxMemory: Number.isFinite(memoryMiB) ? memoryMiB : undefined,
    };
  }

  #spans({ deliveredMs, responseBegunMs, repliedMs, runtimeDoneMs }: InvocationMarks): Span[] {
    if (deliveredMs === undefined || responseBegunMs === undefined || repliedMs === undefined) return [];
    const now = this.#now();
    const spans = [span('responseLatency', deliveredMs, responseBegunMs, now), span('responseDuration', responseBegunMs, repliedMs, now)];
    return runtimeDoneMs === undefined ? spans : [...spans, span('runtimeOverhead', repliedMs, runtimeDoneMs, now)];
  }

  #now(): { epochMs: number; monotonicMs: number } {
    return { epochMs: this.#clock.nowEpochMs(), monotonicMs: this.#clock.monotonicMs() };
  }

  #within(limitMs: number, what: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(limitMs, resolve);
      void what.then(() => {
        cancel();
        resolve();
      });
    });
  }
}

