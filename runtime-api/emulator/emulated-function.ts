/** One function of the emulator: the line before it, and the environments that serve the line. RIE dies of the second in line. */
import type { Writable } from 'node:stream';
import type { Clock } from '../../foundation/clock.ts';
import { EmulatedEnvironment } from './emulated-environment.ts';
import { LogOutput } from './log-output.ts';
import type { Diagnose, FunctionOptions, LogLevel } from './options.ts';
import type { ProcessOutputKind } from './process-output.ts';
import type { QueuedInvocation } from './queued-invocation.ts';

/** Invocations in line, and the bytes of their events; above either callers get 429. No source. */
const QUEUE_MAX = 1_000;
const QUEUE_BYTES_MAX = 268_435_456;

export type EmulatedFunctionParts = {
  options: FunctionOptions;
  clock: Clock;
  output: Writable;
  /** Stands before every line that it prints; undefined: what it prints is passed on as it comes. */
  linePrefix: string | undefined;
  processOutput: ProcessOutputKind | undefined;
  diagnose?: Diagnose | undefined;
};

export class EmulatedFunction {
  readonly options: FunctionOptions;
  readonly #parts: EmulatedFunctionParts;
  readonly #environments: EmulatedEnvironment[] = [];
  /** An environment on its way. */
  #opening: Promise<void> | undefined;
  readonly #waiting: QueuedInvocation[] = [];
  #waitingBytes = 0;
  readonly #cancelRetries = new Set<() => void>();
  #isClosed = false;

  /** With its first environment, so that the address of its Runtime API is known, and known to be free. */
  static async open(parts: EmulatedFunctionParts): Promise<EmulatedFunction> {
    const made = new EmulatedFunction(parts);
    await made.#openEnvironment();
    return made;
  }

  private constructor(parts: EmulatedFunctionParts) {
    this.#parts = parts;
    this.options = parts.options;
  }

  /** `host:port` of the first environment. */
  get runtimeApiAddress(): string {
    return this.#environments[0]?.runtimeApiAddress ?? '';
  }

  /** From the next invocation on everything is new; those that run are finished. */
  renew(): void {
    for (const environment of this.#environments) environment.renew();
  }

  /** False: as many are busy or in line as may be. */
  add(queued: QueuedInvocation): boolean {
    return this.#enter(queued.isEvent ? this.#retried(queued, 1) : queued);
  }

  #enter(queued: QueuedInvocation): boolean {
    const { length } = queued.invocation.payload;
    if (this.#waiting.length >= QUEUE_MAX || this.#waitingBytes + length > QUEUE_BYTES_MAX) return false;
    if (this.#rejects && !queued.isEvent && !this.#hasRoom()) return false;
    this.#waiting.push(queued);
    this.#waitingBytes += length;
    this.#serve();
    return true;
  }

  /** Nobody is let through any more; whoever is in line stays unanswered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#cancelRetries) cancel();
    await this.#opening;
    await Promise.all(this.#environments.map((environment) => environment.close()));
  }

  /** The same invocation again, with the same id, while it fails and may. Source: AWS guide, asynchronous invocation: after one minute, then after two. */
  #retried(queued: QueuedInvocation, attempt: number): QueuedInvocation {
    const { attemptsMax, delayMs } = this.options.eventRetries ?? { attemptsMax: 0, delayMs: 0 };
    const { requestId } = queued.invocation;
    return {
      ...queued,
      settle: (result, logTail) => {
        queued.settle(result, logTail);
        if (!result.isFunctionError) return;
        if (attempt > attemptsMax) return this.#diagnose('warn', `event ${requestId} failed${attempt === 1 ? '' : ` ${attempt} times`} and is dropped`);
        this.#diagnose('info', `event ${requestId} failed and is tried again in ${(delayMs * attempt) / 1000} s`);
        const cancel = this.#parts.clock.schedule(delayMs * attempt, () => {
          this.#cancelRetries.delete(cancel);
          if (!this.#enter(this.#retried(queued, attempt + 1))) this.#diagnose('warn', `event ${requestId} is dropped: too many are in line`);
        });
        this.#cancelRetries.add(cancel);
      },
    };
  }

  #diagnose(level: LogLevel, text: string): void {
    this.#parts.diagnose?.(level, `${this.options.functionName}: ${text}`);
  }

  /** Managed instances have no line: who finds no idle worker is told so at once. */
  get #rejects(): boolean {
    return (this.options.whenBusy ?? (this.options.maxConcurrency === undefined ? 'queue' : 'reject')) === 'reject';
  }

  #hasRoom(): boolean {
    const { environmentsMax = 1, maxConcurrency } = this.options;
    const free = this.#environments.filter(({ isFree }) => isFree).length;
    const unopened = environmentsMax - this.#environments.length;
    if (maxConcurrency === undefined) return this.#waiting.length < free + unopened;
    // How many a free one takes is known when it has taken one, so nobody waits for it.
    return free > 0 ? this.#waiting.length === 0 : this.#waiting.length < unopened * maxConcurrency;
  }

  #serve(): void {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const environment = this.#environments.find(({ isFree }) => isFree);
      if (environment === undefined) return this.#grow();
      // A log that takes no more holds up what would print more.
      if (environment.log.isBlocked) return environment.log.onceFlowing(() => this.#serve());
      const queued = this.#waiting.shift();
      if (queued === undefined) return;
      this.#waitingBytes -= queued.invocation.payload.length;
      environment.invoke(queued);
    }
  }

  /** One at a time; the next look at the line asks for another one. */
  #grow(): void {
    if (this.#opening !== undefined || this.#environments.length >= (this.options.environmentsMax ?? 1)) return;
    this.#opening = this.#openEnvironment()
      .catch(() => {
        // No port or no descriptor is left: those in line are served by the environments that there are.
      })
      .finally(() => {
        this.#opening = undefined;
        this.#serve();
      });
  }

  async #openEnvironment(): Promise<void> {
    const { options, clock, output, linePrefix, processOutput } = this.#parts;
    const isFirst = this.#environments.length === 0;
    const log = new LogOutput(output, linePrefix);
    const runtimeApi = isFirst ? options.runtimeApi : { host: options.runtimeApi.host, port: 0 };
    this.#environments.push(await EmulatedEnvironment.open({ options, clock, log, processOutput, runtimeApi, onFree: () => this.#serve() }));
  }
}
