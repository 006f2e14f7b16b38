/** One environment of the emulator: its Runtime API, its processes, the invocation in hand, and what is printed about it. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { Environment } from '../environment.ts';
import type { Completion, EnvironmentListener, InitReport } from '../environment-contract.ts';
import { TEXT_LOGGING } from '../log-format.ts';
import { endLine, reportLineRie, startLine } from '../log-lines.ts';
import type { ReportFigures } from '../log-lines.ts';
import { MemorySampler } from '../memory-sampler.ts';
import { invocationFigures, platformLog } from '../platform-log.ts';
import type { PlatformLog } from '../platform-log.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { RuntimeApiServer } from '../runtime-api-server.ts';
import { directLauncher } from '../supervisor/direct-launcher.ts';
import type { LogOutput } from './log-output.ts';
import { functionConfiguration } from './options.ts';
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

export class EmulatedEnvironment implements EnvironmentListener {
  readonly runtimeApiAddress: string;
  readonly #parts: EmulatedEnvironmentParts;
  readonly #server: RuntimeApiServer;
  readonly #output: ProcessOutput;
  readonly #environment: Environment;
  readonly #memory = new MemorySampler();
  readonly #log: PlatformLog;
  #current: QueuedInvocation | undefined;
  #result: InvocationAnswer | undefined;

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
    this.runtimeApiAddress = opened.runtimeApiAddress;
    this.#environment = this.#makeEnvironment();
    this.#log = platformLog(parts.options.logging ?? TEXT_LOGGING, () => parts.clock.nowEpochMs());
  }

  get log(): LogOutput {
    return this.#parts.log;
  }

  get isFree(): boolean {
    return this.#current === undefined;
  }

  /** Only while it is free. */
  invoke(queued: QueuedInvocation): void {
    this.#current = queued;
    if (queued.wantsLogTail) this.#parts.log.beginTail();
    // Lazily, as RIE does: start-up code runs when there is something to run it for.
    if (this.#environment.state === 'blank') this.#configure();
    this.#environment.invoke(queued.invocation);
  }

  async close(): Promise<void> {
    await this.#environment.shutDown();
    await this.#server.close();
    this.#output.close();
    this.#parts.log.close();
  }

  #makeEnvironment(): Environment {
    const { clock, log } = this.#parts;
    return new Environment({
      clock,
      server: this.#server,
      runtimeApiAddress: this.runtimeApiAddress,
      launcher: directLauncher({ output: this.#output.childOutput }),
      drainLogs: () => this.#output.drain(),
      print: (text) => log.write(text),
      output: this.#output.control,
      listener: this,
    });
  }

  #configure(): void {
    const { options, clock } = this.#parts;
    this.#environment.configure(functionConfiguration(options, clock.nowEpochMs()));
  }

  initReported(report: InitReport): void {
    if (this.#parts.options.profile === 'aws') this.#print(this.#log.initReported(report, 'on-demand'));
  }

  invocationStarted(requestId: string): void {
    const { profile, functionVersion } = this.#parts.options;
    // RIE makes the runtime's id only after it has printed another one.
    if (profile === 'rie') this.#print(startLine(randomUUID(), functionVersion));
    else this.#print(this.#log.started(this.#current?.invocation ?? { requestId }, functionVersion));
    // A process that ends by itself leaves nothing to measure, so there is a figure from the beginning.
    this.#sampleMemory();
  }

  processesEnding(): void {
    this.#sampleMemory();
  }

  figuresWanted(completion: Completion): void {
    this.#environment.reported(invocationFigures(this.#figures(completion)));
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
    this.#output.settled(() => this.#afterOutput(completion));
  }

  #afterOutput(completion: Completion): void {
    const [current, result] = [this.#current, this.#result];
    this.#current = undefined;
    this.#result = undefined;
    this.#report(completion, result, current?.invocation.traceId);
    const tail = this.#parts.log.takeTail();
    if (current?.answerWhen === 'completed' && result !== undefined) current.settle(result, tail);
    // The environment is free only once `completed` has returned.
    queueMicrotask(() => this.#parts.onFree());
  }

  #report(completion: Completion, result: InvocationAnswer | undefined, traceId: string | undefined): void {
    const figures = this.#figures(completion);
    this.#environment.reported(invocationFigures(figures));
    if (this.#parts.options.profile === 'aws') this.#print(this.#log.completed(figures, traceId));
    // After a crash RIE prints neither line.
    else if (result?.origin !== 'crash') this.#print(endLine(completion.requestId) + reportLineRie(figures));
  }

  #figures(completion: Completion): ReportFigures {
    const { memoryMiB } = this.#parts.options;
    const usedMiB = this.#sampleMemory() ?? memoryMiB;
    return { ...completion, memorySizeMiB: memoryMiB, maxMemoryUsedMiB: Math.min(usedMiB, memoryMiB) };
  }

  #print(lines: string): void {
    if (lines !== '') this.#parts.log.write(lines);
  }

  #sampleMemory(): number | undefined {
    return this.#memory.sample(this.#environment.processId, this.#parts.clock.monotonicMs());
  }
}
