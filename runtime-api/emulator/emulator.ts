/** The server started alone: one environment, the runtime as a plain child process, and an HTTP front door. Nothing is isolated. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Clock } from '../../foundation/clock.ts';
import { Environment } from '../environment.ts';
import type { Completion, InitReport } from '../environment-contract.ts';
import { freshTraceId } from '../front-door/trace-id.ts';
import { endLine, initReportLine, reportLine, startLine } from '../log-lines.ts';
import { MemorySampler } from '../memory-sampler.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { RuntimeApiServer } from '../runtime-api-server.ts';
import { directLauncher } from '../supervisor/direct-launcher.ts';
import { LogPipe } from '../supervisor/log-pipe.ts';
import { openFrontDoor } from './front-door.ts';
import type { InvocationQueue, QueuedInvocation } from './front-door.ts';
import { LogOutput } from './log-output.ts';
import { emulatorConfiguration } from './options.ts';
import type { EmulatorOptions } from './options.ts';

/** Invocations in line; above it callers get 429. */
const QUEUE_MAX = 1_000;

export type Emulator = { url: string; runtimeApiAddress: string; close(): Promise<void> };

export async function startEmulator(options: EmulatorOptions, clock: Clock, output: Writable): Promise<Emulator> {
  const log = new LogOutput(output);
  const folder = mkdtempSync(join(tmpdir(), 'rik-emulator-'));
  const fifo = join(folder, 'log');
  execFileSync('mkfifo', ['-m', '0600', fifo]);
  const logs = new LogPipe(fifo, (bytes) => log.write(bytes));
  rmSync(folder, { recursive: true });

  const server = new RuntimeApiServer();
  const runtimeApiAddress = await server.listen(options.runtimeApi);
  const line = new InvocationLine(options, clock, log);
  const environment = new Environment({
    clock,
    server,
    runtimeApiAddress,
    launcher: directLauncher({ logDescriptor: logs.writeDescriptor }),
    drainLogs: () => logs.drain(),
    listener: line,
  });
  line.environment = environment;
  const frontDoor = await openFrontDoor(options, line);
  return {
    url: frontDoor.url,
    runtimeApiAddress,
    async close() {
      frontDoor.server.close();
      await environment.shutDown();
      await server.close();
      logs.drain();
      logs.close();
      log.flush();
    },
  };
}

/** The line before the one environment, and what is printed about each invocation that gets through. */
class InvocationLine implements InvocationQueue {
  environment: Environment | undefined;
  readonly #options: EmulatorOptions;
  readonly #clock: Clock;
  readonly #log: LogOutput;
  readonly #waiting: QueuedInvocation[] = [];
  #memory = new MemorySampler();
  #current: QueuedInvocation | undefined;
  #result: InvocationAnswer | undefined;

  constructor(options: EmulatorOptions, clock: Clock, log: LogOutput) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
  }

  add(queued: QueuedInvocation): boolean {
    if (this.#waiting.length >= QUEUE_MAX) return false;
    this.#waiting.push(queued);
    if (this.#current === undefined) this.#takeNext();
    return true;
  }

  newRequestId(): string {
    return randomUUID();
  }

  /** RIE never gives a runtime a trace id; AWS always does. */
  traceId(given: string | undefined): string | undefined {
    if (this.#options.profile === 'rie') return undefined;
    return given ?? freshTraceId(this.#clock.nowEpochMs());
  }

  #takeNext(): void {
    const queued = this.#waiting.shift();
    if (queued === undefined || this.environment === undefined) return;
    this.#current = queued;
    if (queued.wantsLogTail) this.#log.beginTail();
    // Lazily, as RIE does: start-up code runs when there is something to run it for.
    if (this.environment.state === 'blank') this.environment.configure(emulatorConfiguration(this.#options));
    this.environment.invoke(queued.invocation);
  }

  initReported(report: InitReport): void {
    if (report.status !== 'success') this.#log.write(initReportLine(report));
  }

  invocationStarted(requestId: string): void {
    this.#log.write(startLine(requestId, this.#options.functionVersion));
  }

  answered(answer: InvocationAnswer): void {
    if (this.#current?.answerWhen === 'answered') this.#current.settle(answer, undefined);
    else this.#result = answer;
  }

  completed(completion: Completion): void {
    const { memoryMiB } = this.#options;
    const usedMiB = this.#memory.sample(this.environment?.processId, this.#clock.monotonicMs()) ?? memoryMiB;
    const report = reportLine({ ...completion, memorySizeMiB: memoryMiB, maxMemoryUsedMiB: Math.min(usedMiB, memoryMiB) });
    this.#log.write(endLine(completion.requestId) + report);
    const current = this.#current;
    const result = this.#result;
    this.#current = undefined;
    this.#result = undefined;
    const tail = this.#log.takeTail();
    if (current?.answerWhen === 'completed' && result !== undefined) current.settle(result, tail);
    // The environment is free only once this call has returned.
    queueMicrotask(() => this.#takeNext());
  }
}
