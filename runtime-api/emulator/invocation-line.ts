/** The line before the emulator's one environment, and what is printed about each invocation that gets through. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import type { Environment } from '../environment.ts';
import type { Completion, EnvironmentListener, InitReport } from '../environment-contract.ts';
import { freshTraceId } from '../front-door/trace-id.ts';
import { endLine, initReportLine, reportLine, reportLineRie, startLine } from '../log-lines.ts';
import { MemorySampler } from '../memory-sampler.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import type { InvocationQueue, QueuedInvocation } from './front-door.ts';
import type { LogOutput } from './log-output.ts';
import { emulatorConfiguration } from './options.ts';
import type { EmulatorOptions } from './options.ts';

/** Invocations in line, and the bytes of their events; above either callers get 429. No source; RIE dies of the second one. */
const QUEUE_MAX = 1_000;
const QUEUE_BYTES_MAX = 268_435_456;

export class InvocationLine implements InvocationQueue, EnvironmentListener {
  environment: Environment | undefined;
  readonly #options: EmulatorOptions;
  readonly #clock: Clock;
  readonly #log: LogOutput;
  readonly #waiting: QueuedInvocation[] = [];
  #waitingBytes = 0;
  readonly #memory = new MemorySampler();
  #current: QueuedInvocation | undefined;
  #result: InvocationAnswer | undefined;
  #isClosed = false;

  constructor(options: EmulatorOptions, clock: Clock, log: LogOutput) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
  }

  add(queued: QueuedInvocation): boolean {
    const { length } = queued.invocation.payload;
    if (this.#waiting.length >= QUEUE_MAX || this.#waitingBytes + length > QUEUE_BYTES_MAX) return false;
    this.#waiting.push(queued);
    this.#waitingBytes += length;
    if (this.#current === undefined) this.#takeNext();
    return true;
  }

  /** Nobody is let through any more. */
  close(): void {
    this.#isClosed = true;
  }

  newRequestId(): string {
    return randomUUID();
  }

  /** RIE never gives a runtime a trace id; AWS always does. */
  traceId(given: string | undefined): string | undefined {
    if (this.#options.profile === 'rie') return undefined;
    return given ?? freshTraceId(this.#clock.nowEpochMs());
  }

  initReported(report: InitReport): void {
    if (report.status !== 'success' && this.#options.profile === 'aws') this.#log.write(initReportLine(report));
  }

  invocationStarted(requestId: string): void {
    // RIE makes the runtime's id only after it has printed another one.
    this.#log.write(startLine(this.#options.profile === 'rie' ? randomUUID() : requestId, this.#options.functionVersion));
    // A process that ends by itself leaves nothing to measure, so there is a figure from the beginning.
    this.#sampleMemory();
  }

  processesEnding(): void {
    this.#sampleMemory();
  }

  streamBegun(beginning: { contentType: string | undefined; resume(): void }): void {
    this.#current?.stream?.begun(beginning);
  }

  streamed(piece: Buffer): boolean {
    return this.#current?.stream?.piece(piece) ?? true;
  }

  answered(answer: InvocationAnswer): void {
    if (this.#current?.answerWhen === 'answered') this.#current.settle(answer, undefined);
    else this.#result = answer;
  }

  completed(completion: Completion): void {
    const current = this.#current;
    const result = this.#result;
    this.#current = undefined;
    this.#result = undefined;
    this.#report(completion, result);
    const tail = this.#log.takeTail();
    if (current?.answerWhen === 'completed' && result !== undefined) current.settle(result, tail);
    // The environment is free only once this call has returned.
    queueMicrotask(() => this.#takeNext());
  }

  #report(completion: Completion, result: InvocationAnswer | undefined): void {
    const { memoryMiB, profile } = this.#options;
    const usedMiB = this.#sampleMemory() ?? memoryMiB;
    const figures = { ...completion, memorySizeMiB: memoryMiB, maxMemoryUsedMiB: Math.min(usedMiB, memoryMiB) };
    if (profile === 'aws') this.#log.write(endLine(completion.requestId) + reportLine(figures));
    // After a crash RIE prints neither line.
    else if (result?.origin !== 'crash') this.#log.write(endLine(completion.requestId) + reportLineRie(figures));
  }

  #sampleMemory(): number | undefined {
    return this.#memory.sample(this.environment?.processId, this.#clock.monotonicMs());
  }

  #takeNext(): void {
    if (this.#isClosed || this.#current !== undefined || this.environment === undefined) return;
    if (this.#log.isBlocked) {
      this.#log.onceFlowing(() => this.#takeNext());
      return;
    }
    const queued = this.#waiting.shift();
    if (queued === undefined) return;
    this.#waitingBytes -= queued.invocation.payload.length;
    this.#current = queued;
    if (queued.wantsLogTail) this.#log.beginTail();
    // Lazily, as RIE does: start-up code runs when there is something to run it for.
    if (this.environment.state === 'blank') this.environment.configure(emulatorConfiguration(this.#options, this.#clock.nowEpochMs()));
    this.environment.invoke(queued.invocation);
  }
}
