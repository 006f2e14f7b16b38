/**
 * What one idle environment costs beyond the runtime's own processes. Several run at once, because what the copies share
 * must count once: with a single copy the kernel calls even the program's text unique.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker, type RunningBroker } from '../broker.ts';
import { memoryOf } from '../process-figures.ts';
import type { MeasuredCase } from '../report.ts';
import type { RunContext } from '../run-context.ts';
import { runRounds, type Sample } from '../rounds.ts';
import type { BrokerSpec } from '../subjects.ts';

const COPIES = 4;
/** Idle long enough that what was started lazily by the first invocation has settled. */
const IDLE_MS = 500;

export async function measureMemory(context: RunContext): Promise<MeasuredCase[]> {
  const { rows, notes } = await runRounds({
    rounds: context.rounds,
    contenders: context.brokers.map((spec) => ({ name: spec.name, role: spec.role, measure: () => measureOnce(spec, context) })),
    onProgress: (line) => context.onProgress(`memory, ${line}`),
  });
  return [
    {
      bench: 'memory',
      name: 'idle',
      title: `memory of one idle environment without its runtime, ${COPIES} at once, after one invocation each`,
      metrics: [
        { key: 'rssMiB', label: 'RSS MiB', decimals: 1 },
        { key: 'pssMiB', label: 'PSS MiB', decimals: 1 },
        { key: 'ussMiB', label: 'USS MiB', decimals: 1 },
        { key: 'processes', label: 'processes', decimals: 1 },
      ],
      comparisons: [{ metric: 'ussMiB', kind: 'ratio' }],
      rows,
      notes,
    },
  ];
}

async function measureOnce(spec: BrokerSpec, context: RunContext): Promise<Sample> {
  const brokers: RunningBroker[] = [];
  try {
    for (let copy = 0; copy < COPIES; copy += 1) brokers.push(await startBroker(spec, context));
    await sleep(IDLE_MS);
    const pids = brokers.flatMap(({ brokerPids }) => brokerPids);
    const total = await memoryOf(pids);
    return {
      rssMiB: total.rssKiB / 1024 / COPIES,
      pssMiB: total.pssKiB / 1024 / COPIES,
      ussMiB: total.ussKiB / 1024 / COPIES,
      processes: pids.length / COPIES,
    };
  } finally {
    for (const broker of brokers) await broker.stop();
  }
}
