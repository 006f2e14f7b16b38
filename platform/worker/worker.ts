/** The worker: environments on one host, behind one call. */
import { availableParallelism, totalmem } from 'node:os';
import type { Clock } from '../../foundation/clock.ts';
import { TMP_MIB_DEFAULT } from '../../runtime-api/protocol/limits.ts';
import type { IsolationBackend, SandboxRequest } from '../isolation/index.ts';
import type { InvocationOutcome, InvocationRequest } from './active-invocation.ts';
import { EnvironmentPool } from './environment-pool.ts';
import type { FunctionVersion, RuntimeRoot } from './function-version.ts';
import type { LogSink } from './log-sink.ts';
import { WorkerEnvironment } from './worker-environment.ts';

export type WorkerOptions = {
  clock: Clock;
  backend: IsolationBackend;
  /** The server that runs first in every sandbox: its folder and its command line. */
  server: Pick<SandboxRequest, 'platformDir' | 'command' | 'environment'>;
  logSink: LogSink;
  onProblem(error: unknown): void;
  environmentsMax?: number | undefined;
  idleTimeoutMs?: number | undefined;
  blankPerRoot?: number | undefined;
};

/** Invocations running and waiting in one region. Source: quotas page, concurrent executions. */
const WAITING_MAX = 1_000;
/** Between 5 and 15 minutes on AWS. Source: platform specification, environment selection. */
const IDLE_TIMEOUT_MS = 600_000;
const FREEZE_AFTER_MS = 100;
const ENVIRONMENTS_MAX = 64;
/** What an environment of the default size and its server may come to; half of the machine is left alone. */
const ENVIRONMENT_MIB = 192;

export class Worker {
  readonly #pool: EnvironmentPool;
  readonly #backend: IsolationBackend;

  constructor(options: WorkerOptions) {
    this.#backend = options.backend;
    this.#pool = new EnvironmentPool({
      clock: options.clock,
      openBlank: (root, tmpMiB) => openBlank(options, root, tmpMiB),
      environmentsMax: options.environmentsMax ?? defaultEnvironmentsMax(),
      startsMax: 2 * availableParallelism(),
      waitingMax: WAITING_MAX,
      idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      freezeAfterMs: FREEZE_AFTER_MS,
      blankPerRoot: options.blankPerRoot ?? 1,
      blankTmpMiB: TMP_MIB_DEFAULT,
      onProblem: options.onProblem,
    });
  }

  /** Rejects when no environment could be had; once one has taken the invocation, the outcome tells everything. */
  async invoke(version: FunctionVersion, request: InvocationRequest): Promise<InvocationOutcome> {
    const environment = await this.#pool.acquire(version);
    try {
      const outcome = await environment.invoke(request);
      void outcome.completed.then(() => this.#pool.release(environment));
      return outcome;
    } catch (error) {
      this.#pool.release(environment);
      throw error;
    }
  }

  get counts(): EnvironmentPool['counts'] {
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
    await this.#backend.close();
  }
}

async function openBlank(options: WorkerOptions, root: RuntimeRoot, tmpMiB: number): Promise<WorkerEnvironment> {
  const sandbox = await options.backend.prepare({
    rootPath: root.rootPath,
    rootDigest: root.rootDigest,
    architecture: root.architecture,
    tmpMiB,
    ...options.server,
  });
  try {
    return await WorkerEnvironment.open(sandbox, options.clock, options.logSink);
  } catch (error) {
    await sandbox.destroy().catch(options.onProblem);
    throw error;
  }
}

function defaultEnvironmentsMax(): number {
  return Math.max(4, Math.min(ENVIRONMENTS_MAX, Math.floor(totalmem() / 2 / (ENVIRONMENT_MIB * 1_048_576))));
}
