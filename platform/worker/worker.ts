/** The worker: environments on one host, behind one call. */
import { availableParallelism, totalmem } from 'node:os';
import type { Clock } from '../../foundation/clock.ts';
import type { StreamPacing } from '../../runtime-api/index.ts';
import { FUNCTION_TIMEOUT_SECONDS_MAX, TMP_MIB_DEFAULT } from '../../runtime-api/protocol/limits.ts';
import type { IsolationBackend, SandboxRequest } from '../isolation/index.ts';
import type { InvocationOutcome, InvocationRequest } from './active-invocation.ts';
import { EnvironmentPool } from './environment-pool.ts';
import type { PoolCounts } from './environment-pool.ts';
import { workerError } from './errors.ts';
import type { FunctionVersion, RuntimeRoot } from './function-version.ts';
import type { LogSink } from './log-sink.ts';
import { LogWriter } from './log-writer.ts';
import { WorkerEnvironment } from './worker-environment.ts';

export type WorkerOptions = {
  clock: Clock;
  backend: IsolationBackend;
  /** The server that runs first in every sandbox: its folder and its command line. */
  server: Pick<SandboxRequest, 'platformDir' | 'command' | 'environment'>;
  logSink: LogSink;
  /** How long log output may wait to be written together with other output; 0 where somebody waits for each line. */
  logGatherMs?: number | undefined;
  onProblem(error: unknown): void;
  environmentsMax?: number | undefined;
  idleTimeoutMs?: number | undefined;
  blankPerRoot?: number | undefined;
  /** How fast streamed responses may be; absent: as fast as they are taken. */
  streamPacing?: StreamPacing | undefined;
};

/** Invocations running and waiting in one region. Source: quotas page, concurrent executions. */
const WAITING_MAX = 1_000;
/** As long as the longest function may run: by then an environment has become free, or none ever will. */
const WAIT_MAX_MS = FUNCTION_TIMEOUT_SECONDS_MAX * 1000;
const PATIENCE_MS = 1_000;
/** Between 5 and 15 minutes on AWS. Source: platform specification, environment selection. */
const IDLE_TIMEOUT_MS = 600_000;
const FREEZE_AFTER_MS = 100;
const REFILL_AFTER_MS = 150;
const ENVIRONMENTS_MAX = 64;
/** What an environment of the default size and its server may come to; half of the machine is left alone. */
const ENVIRONMENT_MIB = 192;
/** Of one invocation whose environment turned out to be dead before it was handed over. Source: platform.md §9.1. */
const HAND_OVERS_MAX = 3;

export class Worker {
  readonly #pool: EnvironmentPool;
  readonly #backend: IsolationBackend;
  readonly #logs: LogWriter;
  /** Who wants each line at once wants the lines of an invocation before its report. */
  readonly #isLogAwaited: boolean;

  constructor(options: WorkerOptions) {
    const { clock, onProblem } = options;
    const logs = new LogWriter({ clock, sink: options.logSink, gatherMs: options.logGatherMs ?? 0, onProblem });
    this.#logs = logs;
    this.#isLogAwaited = (options.logGatherMs ?? 0) === 0;
    this.#backend = options.backend;
    this.#pool = new EnvironmentPool({
      clock,
      startBlank: (root, tmpMiB) => startBlank(options, logs, { root, tmpMiB }),
      environmentsMax: options.environmentsMax ?? defaultEnvironmentsMax(),
      startsMax: 2 * availableParallelism(),
      waitingMax: WAITING_MAX,
      waitMaxMs: WAIT_MAX_MS,
      patienceMs: PATIENCE_MS,
      idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      freezeAfterMs: FREEZE_AFTER_MS,
      blankPerRoot: options.blankPerRoot ?? 1,
      blankTmpMiB: TMP_MIB_DEFAULT,
      refillAfterMs: REFILL_AFTER_MS,
      onProblem,
    });
  }

  /** Rejects when no environment could be had; once one has taken the invocation, the outcome tells everything. */
  async invoke(version: FunctionVersion, request: InvocationRequest): Promise<InvocationOutcome> {
    for (let handOver = 1; ; handOver += 1) {
      const environment = await this.#pool.acquire(version);
      const outcome = environment.invoke(request);
      if (outcome !== undefined) {
        void outcome.completed.then(() => this.#pool.release(environment));
        return this.#isLogAwaited ? { ...outcome, completed: this.#withLog(outcome.completed) } : outcome;
      }
      this.#pool.release(environment);
      if (handOver === HAND_OVERS_MAX) throw workerError('worker/start-failed', `${HAND_OVERS_MAX} environments in turn ended before they took the invocation`);
    }
  }

  async #withLog<T>(completed: Promise<T>): Promise<T> {
    const report = await completed;
    await this.#logs.flush();
    return report;
  }

  get counts(): PoolCounts {
    return this.#pool.counts;
  }

  retire(functionArnUnqualified: string): void {
    this.#pool.retire(functionArnUnqualified);
  }

  warm(root: RuntimeRoot): void {
    this.#pool.warm(root);
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.#logs.flush();
    await this.#backend.close();
  }
}

async function startBlank(options: WorkerOptions, logs: LogWriter, { root, tmpMiB }: { root: RuntimeRoot; tmpMiB: number }): Promise<WorkerEnvironment> {
  const { clock, onProblem, streamPacing } = options;
  const sandbox = await options.backend.prepare({
    rootPath: root.rootPath,
    rootDigest: root.rootDigest,
    architecture: root.architecture,
    tmpMiB,
    ...options.server,
  });
  return WorkerEnvironment.start({ sandbox, clock, logs, streamPacing, onProblem });
}

function defaultEnvironmentsMax(): number {
  return Math.max(4, Math.min(ENVIRONMENTS_MAX, Math.floor(totalmem() / 2 / (ENVIRONMENT_MIB * 1_048_576))));
}
