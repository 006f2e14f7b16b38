/** One environment of the emulator: its Runtime API, its processes, the invocation in hand, and what is printed about it. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { ConcurrentEnvironment } from '../concurrent/concurrent-environment.ts';
import { Environment } from '../environment.ts';
import type { EnvironmentParts } from '../environment-parts.ts';
import type { Completion, EnvironmentListener, InitReport, RestoreReport } from '../environment-contract.ts';
import { endLine, reportLineRie, startLine } from '../log-lines.ts';
import type { ReportFigures } from '../log-lines.ts';
import { MemorySampler } from '../memory-sampler.ts';
import { invocationFigures, platformLog } from '../platform-log.ts';
import type { PlatformLog } from '../platform-log.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { RuntimeApiServer } from '../runtime-api-server.ts';
import { directLauncher } from '../supervisor/direct-launcher.ts';
import type { Launcher } from '../supervisor/launcher.ts';
import { attachedLauncher } from './attached-launcher.ts';
import type { LogOutput } from './log-output.ts';
import { functionConfiguration, initializationTypeOf, isInitializedAhead, loggingOf } from './options.ts';
import type { Address, FunctionOptions } from './options.ts';
import { openProcessOutput } from './process-output.ts';
import type { ProcessOutput, ProcessOutputKind } from './process-output.ts';
import type { QueuedInvocation } from './queued-invocation.ts';

export type EmulatedEnvironmentParts = {
  options: FunctionOptions;
  clock: Clock;
  /** Its own; it closes it. */
  log: LogOutput;
  processOutput: ProcessOutputKind | undefined;
  runtimeApi: Address;
  /** It can take an invocation again. */
  onFree(): void;
};

type InHand = { queued: QueuedInvocation; result: InvocationAnswer | undefined };

export class EmulatedEnvironment implements EnvironmentListener {
  readonly runtimeApiAddress: string;
  readonly #parts: EmulatedEnvironmentParts;
  readonly #server: RuntimeApiServer;
  readonly #output: ProcessOutput;
  readonly #log: PlatformLog;
  #environment: Environment | ConcurrentEnvironment;
  #memory = new MemorySampler();
  /** By request id; with one invocation at a time there is at most one. */
  readonly #inHand = new Map<string, InHand>();
  /** From the wish for a new beginning until it has been made. */
  #renewal: Promise<void> | undefined;
  #isRenewalWanted = false;
  #isClosed = false;

  /** Rejects with the operating system's error when its address cannot be had; nothing is left open then. */
  static async open(parts: EmulatedEnvironmentParts): Promise<EmulatedEnvironment> {
    const output = openProcessOutput(parts.processOutput, parts.log);
    const server = new RuntimeApiServer();
    try {
      return new EmulatedEnvironment(parts, { output, server, runtimeApiAddress: await server.listen(parts.runtimeApi) });
    } catch (error) {
      output.close();
      parts.log.close();
      await server.close();
      throw error;
    }
  }

  private constructor(parts: EmulatedEnvironmentParts, opened: { output: ProcessOutput; server: RuntimeApiServer; runtimeApiAddress: string }) {
    this.#parts = parts;
    this.#server = opened.server;
    this.#output = opened.output;
    this.#log = platformLog(loggingOf(parts.options), () => parts.clock.nowEpochMs(), initializationTypeOf(parts.options));
    this.runtimeApiAddress = opened.runtimeApiAddress;
    this.#environment = this.#makeEnvironment();
    this.#configureAhead();
  }

  get log(): LogOutput {
    return this.#parts.log;
  }

  get isFree(): boolean {
    if (this.#renewal !== undefined || this.#isRenewalWanted || this.#isClosed) return false;
    const environment = this.#environment;
    return environment instanceof Environment ? this.#inHand.size === 0 : environment.state === 'blank' || environment.isFree;
  }

  /** Only while it is free. */
  invoke(queued: QueuedInvocation): void {
    this.#inHand.set(queued.invocation.requestId, { queued, result: undefined });
    if (queued.wantsLogTail) this.#parts.log.beginTail();
    // Lazily, as RIE does: start-up code runs when there is something to run it for.
    if (this.#environment.state === 'blank') this.#configure();
    this.#environment.invoke(queued.invocation);
  }

  /** All its processes end, in their order, and the next invocation begins anew; one that runs is finished first. */
  renew(): void {
    if (this.#isClosed || this.#renewal !== undefined) return;
    if (this.#inHand.size > 0) {
      this.#isRenewalWanted = true;
      return;
    }
    this.#isRenewalWanted = false;
    this.#renewal = this.#replace().finally(() => {
      this.#renewal = undefined;
      this.#parts.onFree();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#renewal;
    await this.#environment.shutDown();
    await this.#server.close();
    this.#output.close();
    this.#parts.log.close();
  }

  #makeEnvironment(): Environment | ConcurrentEnvironment {
    const { clock, log, options, onFree } = this.#parts;
    const parts: EnvironmentParts = {
      clock,
      server: this.#server,
      runtimeApiAddress: this.runtimeApiAddress,
      launcher: this.#makeLauncher(),
      drainLogs: () => this.#output.drain(),
      print: (text) => log.write(text),
      output: this.#output.control,
      listener: this,
    };
    return options.maxConcurrency === undefined ? new Environment(parts) : new ConcurrentEnvironment({ ...parts, onEnded: () => this.#ended(), onIdle: onFree });
  }

  /** It has no way back; the next invocation has a new one made, as the platform would. */
  #ended(): void {
    if (this.#isClosed || this.#renewal !== undefined) return;
    this.#environment = this.#makeEnvironment();
    if (this.#parts.options.isAttached === true) this.#configure();
    queueMicrotask(() => this.#freed());
  }

  #makeLauncher(): Launcher {
    const launcher = directLauncher({ output: this.#output.childOutput });
    return this.#parts.options.isAttached === true ? attachedLauncher(launcher) : launcher;
  }

  async #replace(): Promise<void> {
    await this.#environment.shutDown();
    if (this.#isClosed) return;
    this.#memory = new MemorySampler();
    this.#environment = this.#makeEnvironment();
    this.#configureAhead();
  }

  /** A runtime that is started elsewhere must find its Runtime API whenever it comes. */
  #configureAhead(): void {
    const { options } = this.#parts;
    if (isInitializedAhead(options) || options.isAttached === true) this.#configure();
  }

  #configure(): void {
    const { options, clock } = this.#parts;
    this.#environment.configure(functionConfiguration(options, clock.nowEpochMs()));
  }

  initReported(report: InitReport): void {
    const { options } = this.#parts;
    if (options.profile === 'aws') this.#print(this.#log.initReported(report, initializationTypeOf(options)));
    if (report.status === 'success') return;
    // What was started elsewhere is not started again; it may come back by itself.
    if (options.isAttached === true && this.#inHand.size === 0) queueMicrotask(() => this.renew());
  }

  restoreReported(report: RestoreReport): void {
    if (this.#parts.options.profile === 'aws') this.#print(this.#log.restoreReported(report));
  }

  invocationStarted(requestId: string): void {
    const { profile, functionVersion } = this.#parts.options;
    // RIE makes the runtime's id only after it has printed another one.
    if (profile === 'rie') this.#print(startLine(randomUUID(), functionVersion));
    else this.#print(this.#log.started(this.#inHand.get(requestId)?.queued.invocation ?? { requestId }, functionVersion));
    // A process that ends by itself leaves nothing to measure, so there is a figure from the beginning.
    this.#sampleMemory();
  }

  processesEnding(): void {
    this.#sampleMemory();
  }

  figuresWanted(completion: Completion): void {
    this.#environment.reported(invocationFigures(this.#figures(completion)));
  }

  streamBegun(beginning: { requestId: string; contentType: string | undefined; resume(): void }): void {
    this.#inHand.get(beginning.requestId)?.queued.stream?.begun(beginning);
  }

  streamed(piece: Buffer, requestId: string): boolean {
    return this.#inHand.get(requestId)?.queued.stream?.piece(piece) ?? true;
  }

  answered(answer: InvocationAnswer): void {
    const inHand = this.#inHand.get(answer.requestId);
    if (inHand === undefined) return;
    if (inHand.queued.answerWhen === 'answered') inHand.queued.settle(answer, undefined);
    else inHand.result = answer;
  }

  completed(completion: Completion): void {
    this.#output.settled(() => this.#afterOutput(completion));
  }

  #afterOutput(completion: Completion): void {
    const inHand = this.#inHand.get(completion.requestId);
    this.#inHand.delete(completion.requestId);
    this.#report(completion, inHand?.result, inHand?.queued.invocation.traceId);
    const tail = inHand?.queued.wantsLogTail === true ? this.#parts.log.takeTail() : undefined;
    if (inHand?.result !== undefined) inHand.queued.settle(inHand.result, tail);
    // The environment is free only once `completed` has returned.
    queueMicrotask(() => this.#freed());
  }

  #freed(): void {
    const isLost = this.#parts.options.isAttached === true && this.#environment.state === 'reset';
    if (isLost || (this.#isRenewalWanted && this.#inHand.size === 0)) this.renew();
    else this.#parts.onFree();
  }

  #report(completion: Completion, result: InvocationAnswer | undefined, traceId: string | undefined): void {
    const figures = this.#figures(completion);
    this.#environment.reported(invocationFigures(figures));
    if (this.#parts.options.profile === 'aws') this.#print(this.#log.completed(figures, traceId));
    // After a crash RIE prints neither line.
    else if (result?.origin !== 'crash') this.#print(endLine(completion.requestId) + reportLineRie(figures));
  }

  #figures(completion: Completion): ReportFigures {
    const { memoryMiB, isAttached = false } = this.#parts.options;
    // Of a program that is not our child neither its memory nor its start can be seen; waiting for it is no initialisation.
    const usedMiB = (isAttached ? undefined : this.#sampleMemory()) ?? memoryMiB;
    const initDurationMs = isAttached ? undefined : completion.initDurationMs;
    return { ...completion, initDurationMs, memorySizeMiB: memoryMiB, maxMemoryUsedMiB: Math.min(usedMiB, memoryMiB) };
  }

  #print(lines: string): void {
    if (lines !== '') this.#parts.log.write(lines);
  }

  #sampleMemory(): number | undefined {
    return this.#memory.sample(this.#environment.processId, this.#parts.clock.monotonicMs());
  }
}
