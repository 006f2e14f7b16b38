/**
 * One execution environment as the worker sees it: a sandbox with the Runtime API server inside. It is blank, then bound to one
 * function version for life, then serves one invocation at a time until it is ended.
 *
 * The server inside shares the function's user. What it says is parsed and bounded; what must hold whatever it says (deadline, memory,
 * duration, one answer per invocation) is measured and enforced here.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { initStartLine } from '../../runtime-api/index.ts';
import type { ServerMessage } from '../../runtime-api/index.ts';
import { BOOTSTRAP_PATHS, RUNTIME_DIR, TASK_ROOT } from '../../runtime-api/protocol/environment-variables.ts';
import { INIT_TIMEOUT_MS } from '../../runtime-api/protocol/limits.ts';
import type { Sandbox } from '../isolation/index.ts';
import { ActiveInvocation } from './active-invocation.ts';
import type { InvocationOutcome, InvocationRequest } from './active-invocation.ts';
import { EnvironmentChannel } from './environment-channel.ts';
import { workerError } from './errors.ts';
import type { FunctionVersion } from './function-version.ts';
import type { LogSink } from './log-sink.ts';
import { MemoryWatch } from './memory-watch.ts';
import { runtimeVariables } from './runtime-variables.ts';

/** A server that has not said hello by then is broken. Generous: many may start at once on few cores. */
const HELLO_TIMEOUT_MS = 30_000;
/** After its deadline an environment's own server has this long to report before the worker ends it. */
const DEADLINE_GRACE_MS = 2_000;
/** Processes and threads of a function. Source: quotas page. */
const PROCESSES_MAX = 1_024;

export class WorkerEnvironment {
  readonly #sandbox: Sandbox;
  readonly #clock: Clock;
  readonly #sink: LogSink;
  readonly #channel: EnvironmentChannel;
  readonly #memory: MemoryWatch;
  #version: FunctionVersion | undefined;
  #active: ActiveInvocation | undefined;
  #ended: { reason: string } | undefined;
  #isFrozen = false;
  #resolveHello: () => void = () => {};
  #logStream = '';
  /** True once it must not be used again, though the running invocation may finish. */
  #isSpent = false;
  readonly #init = { startedMs: 0, readyMs: 0, isReady: false, durationMs: 0, isUnreported: false };

  private constructor(sandbox: Sandbox, clock: Clock, sink: LogSink) {
    this.#sandbox = sandbox;
    this.#clock = clock;
    this.#sink = sink;
    this.#memory = new MemoryWatch(sandbox, clock);
    this.#channel = new EnvironmentChannel(sandbox.channel, {
      onMessage: (message) => this.#receive(message),
      onViolation: (error) => this.#end(`it broke the channel protocol: ${error instanceof Error ? error.message : 'unknown'}`),
    });
    void sandbox.died.then((end) => this.#end(`its first process ended (${end.cause})`));
  }

  /** Resolves when the server inside listens: the environment is blank. */
  static async open(sandbox: Sandbox, clock: Clock, sink: LogSink): Promise<WorkerEnvironment> {
    const environment = new WorkerEnvironment(sandbox, clock, sink);
    await environment.#hello();
    return environment;
  }

  get id(): string {
    return this.#sandbox.id;
  }

  get version(): FunctionVersion | undefined {
    return this.#version;
  }

  /** False when it has ended or must not be used again. */
  get isUsable(): boolean {
    return this.#ended === undefined && !this.#isSpent;
  }

  /** Binds it to a version for life; the initialisation begins at once and goes on behind the first invocation. */
  async bind(version: FunctionVersion): Promise<void> {
    if (this.#version !== undefined) throw workerError('worker/start-failed', 'an environment is bound once only');
    this.#version = version;
    this.#logStream = logStreamName(version, this.#clock.nowEpochMs());
    await this.#sandbox.bind({
      codePath: version.codePath,
      ...(version.layersPath === undefined ? {} : { layersPath: version.layersPath }),
      limits: { memoryMiB: version.memoryMiB, pidsMax: PROCESSES_MAX },
    });
    this.#init.startedMs = this.#clock.monotonicMs();
    const { paths } = this.#sandbox;
    // With a backend that has no mount namespace the well-known places are folders of the host.
    const runtime = paths.task === TASK_ROOT ? RUNTIME_DIR : version.root.clientPath;
    this.#channel.send({
      kind: 'configure',
      configuration: {
        bootstrap: { kind: 'lookup', paths: BOOTSTRAP_PATHS.map((path) => placed(path, { ...paths, runtime })) },
        variables: runtimeVariables(version, { logStream: this.#logStream, places: { task: paths.task, layers: paths.layers, runtime } }),
        workingDirectory: paths.task,
        functionTimeoutMs: version.timeoutMs,
        initTimeoutMs: INIT_TIMEOUT_MS,
      },
    });
  }

  /** Resolves to the outcome's two halves; never rejects once the invocation was handed over. */
  async invoke(request: InvocationRequest): Promise<InvocationOutcome> {
    const version = this.#version;
    if (version === undefined || this.#active !== undefined || !this.isUsable) {
      throw workerError('worker/start-failed', 'the environment cannot take an invocation', { detail: { ended: this.#ended?.reason } });
    }
    const active = new ActiveInvocation({
      request,
      version,
      clock: this.#clock,
      log: (bytes) => this.#sink.write({ version, logStream: this.#logStream, bytes }),
      onOverdue: () => this.#overdue(),
      overdueMs: version.timeoutMs + DEADLINE_GRACE_MS + (this.#init.isReady ? 0 : INIT_TIMEOUT_MS),
    });
    this.#active = active;
    if (!this.#init.isReady) active.write(initStartLine(version.root));
    this.#memory.begin(version.memoryMiB);
    this.#channel.send({ kind: 'invoke', invocation: request.invocation });
    // The event is in the socket before the processes wake up, so they find it there.
    if (this.#isFrozen) await this.#thaw();
    return active.outcome;
  }

  /** Between invocations a function gets no processor time. */
  async freeze(): Promise<void> {
    if (this.#isFrozen || this.#active !== undefined || !this.isUsable) return;
    this.#isFrozen = true;
    await this.#sandbox.freeze();
    if (this.#active !== undefined) await this.#thaw();
  }

  /** Ends everything inside and gives back what it held. */
  async destroy(): Promise<void> {
    this.#end('the worker ended it');
    await this.#sandbox.destroy();
  }

  async #thaw(): Promise<void> {
    this.#isFrozen = false;
    await this.#sandbox.thaw();
  }

  #hello(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void =>
        reject(
          workerError('worker/start-failed', `the Runtime API server of a new environment did not start: ${reason}`, {
            detail: { diagnostics: this.#sandbox.diagnostics() },
            hint: 'run `rik doctor`; --debug shows what the sandbox printed',
          }),
        );
      const cancel = this.#clock.schedule(HELLO_TIMEOUT_MS, () => fail('it said nothing in time'));
      this.#resolveHello = () => {
        cancel();
        resolve();
      };
      void this.#sandbox.died.then((end) => {
        cancel();
        fail(`it ended at once (${end.cause})`);
      });
    });
  }

  #receive(message: ServerMessage): void {
    switch (message.kind) {
      case 'hello':
        return this.#resolveHello();
      case 'admit':
        return void this.#admit(message.processId);
      case 'endAll':
        return void this.#endAll();
      case 'log':
        return this.#logged(message.bytes);
      case 'initReported':
        return this.#initReported(message);
      case 'started':
        return this.#active?.started(message.requestId);
      case 'answered':
        return this.#active?.answered(message.answer);
      case 'completed':
        return void this.#completed(message);
      default:
        return message satisfies never;
    }
  }

  async #admit(processId: number): Promise<void> {
    const ok = await this.#sandbox.admit(processId).then(
      () => true,
      () => false,
    );
    this.#channel.send({ kind: 'admitted', processId, ok });
  }

  async #endAll(): Promise<void> {
    this.#isFrozen = false;
    await this.#sandbox.reset().catch((error: unknown) => {
      this.#end(`its processes could not be ended: ${error instanceof Error ? error.message : 'unknown'}`);
    });
    this.#channel.send({ kind: 'allEnded' });
  }

  #logged(bytes: Buffer): void {
    const version = this.#version;
    if (this.#active !== undefined) this.#active.write(bytes);
    else if (version !== undefined) this.#sink.write({ version, logStream: this.#logStream, bytes });
  }

  #initReported(report: Extract<ServerMessage, { kind: 'initReported' }>): void {
    const nowMs = this.#clock.monotonicMs();
    const startedMs = report.phase === 'init' ? this.#init.startedMs : (this.#active?.startedMs ?? nowMs);
    if (report.status === 'success') {
      if (report.phase === 'init') Object.assign(this.#init, { isUnreported: true, durationMs: nowMs - startedMs });
    } else {
      this.#active?.initFailed({ ...report, durationMs: nowMs - startedMs });
      // What follows is repeated inside the invocation and on its clock.
      if (report.phase === 'invoke') this.#isSpent = true;
    }
    if (report.phase === 'init') {
      this.#init.isReady = true;
      this.#active?.restartClock();
    }
  }

  /** The environment is free when the lines are out; the memory figure is read where a report may change it. */
  async #completed(message: Extract<ServerMessage, { kind: 'completed' }>): Promise<void> {
    const active = this.#active;
    if (active === undefined || active.requestId !== message.requestId || active.isCompleting) return;
    active.beginCompletion(this.#clock.monotonicMs());
    const memory = await this.#memory.end({ mustSample: message.status !== 'success' });
    if (memory.wasOutOfMemory) this.#isSpent = true;
    const initDurationMs = this.#init.isUnreported ? this.#init.durationMs : undefined;
    this.#init.isUnreported = false;
    this.#active = undefined;
    active.complete({
      status: memory.wasOutOfMemory ? 'error' : message.status,
      errorType: memory.wasOutOfMemory ? 'Runtime.OutOfMemory' : message.errorType,
      initDurationMs,
      maxMemoryUsedMiB: memory.maxUsedMiB,
    });
  }

  /** Its own server should have ended the invocation long ago; it may have been taken over. */
  #overdue(): void {
    const active = this.#active;
    if (active === undefined) return;
    this.#isSpent = true;
    this.#active = undefined;
    active.answerTimeout();
    active.beginCompletion(this.#clock.monotonicMs());
    active.complete({ status: 'timeout', errorType: undefined, initDurationMs: undefined, maxMemoryUsedMiB: this.#memory.maxUsedMiB });
    void this.#sandbox.kill().catch(() => {});
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    const active = this.#active;
    this.#active = undefined;
    if (active === undefined) return;
    active.answerLost();
    active.beginCompletion(this.#clock.monotonicMs());
    active.complete({ status: 'error', errorType: 'Sandbox.Failure', initDurationMs: undefined, maxMemoryUsedMiB: this.#memory.maxUsedMiB });
    void this.#sandbox.kill().catch(() => {});
  }
}

/** `YYYY/MM/DD/[version]32 hex`, one per environment. Source: platform specification, context facts. */
function logStreamName(version: FunctionVersion, nowEpochMs: number): string {
  const day = new Date(nowEpochMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version.version}]${randomBytes(16).toString('hex')}`;
}

function placed(path: string, places: { task: string; layers: string; runtime: string }): string {
  return path.replace(/^\/var\/task/, places.task).replace(/^\/opt/, places.layers).replace(/^\/var\/runtime/, places.runtime);
}
