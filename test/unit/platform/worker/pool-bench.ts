/** A pool whose environments come when the test says so. */
import { EnvironmentPool } from '../../../../platform/worker/environment-pool.ts';
import type { PoolOptions } from '../../../../platform/worker/environment-pool.ts';
import type { FunctionVersion, RuntimeRoot } from '../../../../platform/worker/index.ts';
import type { WorkerEnvironment } from '../../../../platform/worker/worker-environment.ts';
import { FakeSandbox, functionVersion, settled, workerBench } from './fake-sandbox.ts';

export type PoolBench = ReturnType<typeof workerBench> & {
  pool: EnvironmentPool;
  /** In the order of their making. */
  sandboxes: FakeSandbox[];
  /** While true, environments do not come before `comeUp`; those that wait. */
  hold: { isHeld: boolean; waiting: { comeUp: () => void; fail: (error: Error) => void }[] };
  sandboxOf(environment: WorkerEnvironment): FakeSandbox;
  /** Those that have neither died nor been destroyed. */
  living(): number;
};

export function poolBench(options: Partial<PoolOptions> = {}): PoolBench {
  const bench = workerBench();
  const sandboxes: FakeSandbox[] = [];
  const hold: PoolBench['hold'] = { isHeld: false, waiting: [] };
  const pool = new EnvironmentPool({
    clock: bench.clock,
    async startBlank() {
      if (hold.isHeld) await new Promise<void>((resolve, reject) => hold.waiting.push({ comeUp: resolve, fail: reject }));
      const sandbox = new FakeSandbox(`s${sandboxes.length + 1}`);
      sandboxes.push(sandbox);
      return bench.open(sandbox);
    },
    environmentsMax: 4,
    startsMax: 4,
    waitingMax: 100,
    waitMaxMs: 900_000,
    patienceMs: 1_000,
    idleTimeoutMs: 600_000,
    freezeAfterMs: 100,
    blankPerRoot: 0,
    blankTmpMiB: 512,
    refillAfterMs: 150,
    onProblem: (error) => bench.problems.push(error),
    ...options,
  });
  return {
    ...bench,
    pool,
    sandboxes,
    hold,
    sandboxOf(environment) {
      const sandbox = sandboxes.find(({ id }) => id === environment.id);
      if (sandbox === undefined) throw new Error('not an environment of this test');
      return sandbox;
    },
    living: () => sandboxes.filter(({ calls }) => !calls.includes('destroy')).length,
  };
}

export function functionNamed(functionName: string, changes: Partial<FunctionVersion> = {}): FunctionVersion {
  return functionVersion({ functionName, functionArnUnqualified: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`, ...changes });
}

export function rootNamed(name: string): RuntimeRoot {
  return { ...functionVersion().root, identifier: name, rootDigest: `sha256:${name}` };
}

/** Takes an environment and gives it back. */
export async function useOnce(bench: PoolBench, version: FunctionVersion): Promise<WorkerEnvironment> {
  const environment = await bench.pool.acquire(version);
  bench.pool.release(environment);
  await settled();
  return environment;
}
