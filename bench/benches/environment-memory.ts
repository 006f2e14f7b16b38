/**
 * What one idle environment of the platform costs beyond the runtime's own processes: the memory of its server and its
 * launchers, for environments that have served a function once. Blank ones of the pool are not counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { COLD_START_CASES } from '../cold-start-cases.ts';
import { findEnvironments } from '../environment-processes.ts';
import { benchError } from '../errors.ts';
import { startPlatform, zipFolder } from '../platform-client.ts';
import { listProcesses, memoryOf } from '../process-figures.ts';
import type { MeasuredCase } from '../report.ts';
import { REPOSITORY_FOLDER } from '../repository-folder.ts';
import type { RunContext } from '../run-context.ts';
import { runRounds, type Sample } from '../rounds.ts';

const COPIES = 4;
const IDLE_MS = 1_000;

/** Nothing when the run is about peers only. */
export async function measureEnvironmentMemory(context: RunContext): Promise<MeasuredCase[]> {
  if (!context.brokers.some(({ role }) => role === 'subject')) return [];
  return [await measureCase(context)];
}

async function measureCase(context: RunContext): Promise<MeasuredCase> {
  const measured = await runPlatformRounds(context).catch((error: unknown) => ({
    rows: [],
    notes: [`not measured: ${error instanceof Error ? error.message : String(error)}`],
  }));
  return {
    bench: 'memory',
    name: 'environment',
    title: `memory of one idle environment of the platform without its runtime, ${COPIES} at once (runtime: its own processes)`,
    metrics: [
      { key: 'rssMiB', label: 'RSS MiB', decimals: 1 },
      { key: 'pssMiB', label: 'PSS MiB', decimals: 1 },
      { key: 'ussMiB', label: 'USS MiB', decimals: 1 },
      { key: 'processes', label: 'processes', decimals: 1 },
      { key: 'runtimeUssMiB', label: 'runtime USS MiB', decimals: 1 },
    ],
    comparisons: [],
    ...measured,
  };
}

function runPlatformRounds(context: RunContext): Promise<Pick<MeasuredCase, 'rows' | 'notes'>> {
  return runRounds({
    rounds: context.rounds,
    contenders: [{ name: 'rik', role: 'subject', measure: measureOnce }],
    onProgress: (line) => context.onProgress(`memory of environments, ${line}`),
  });
}

async function measureOnce(): Promise<Sample> {
  const hello = COLD_START_CASES.find(({ name }) => name === 'nodejs');
  if (hello === undefined) throw benchError('bench/subject-missing', 'there is no hello-world for Node');
  const code = await zipFolder(join(REPOSITORY_FOLDER, hello.task));
  const platform = await startPlatform();
  const names = Array.from({ length: COPIES }, (_, copy) => `bench-memory-${process.pid}-${copy}`);
  const created: string[] = [];
  try {
    for (const name of names) {
      await platform.createFunction({ name, runtime: hello.runtime, handler: 'index.handler', code });
      created.push(name);
      await platform.invoke(name, '{}');
    }
    await sleep(IDLE_MS);
    const environments = findEnvironments(platform.pid, await listProcesses()).filter(({ runtime }) => runtime.length > 0);
    if (environments.length !== COPIES) throw benchError('bench/not-ready', `${environments.length} environments are there instead of ${COPIES}`);
    const own = environments.flatMap((environment) => environment.own);
    const [total, runtime] = await Promise.all([memoryOf(own), memoryOf(environments.flatMap((environment) => environment.runtime))]);
    const perCopyMiB = (kiB: number): number => kiB / 1024 / COPIES;
    return {
      rssMiB: perCopyMiB(total.rssKiB),
      pssMiB: perCopyMiB(total.pssKiB),
      ussMiB: perCopyMiB(total.ussKiB),
      processes: own.length / COPIES,
      runtimeUssMiB: perCopyMiB(runtime.ussKiB),
    };
  } finally {
    for (const name of created) await platform.deleteFunction(name).catch(() => undefined);
    await platform.stop();
  }
}
