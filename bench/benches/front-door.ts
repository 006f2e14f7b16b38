/**
 * Invocations through the front door: load generator → broker → bootstrap and back, the event echoed. In each round all
 * brokers are fresh, warmed up by number and not by time (what a JIT has seen, not how long it slept), and then loaded by
 * turns in short slices.
 */
import type { PayloadName } from '../arguments.ts';
import { pinned, startBroker, type RunningBroker } from '../broker.ts';
import { mergeLoadReports, runLoad, type LoadReport } from '../load-report.ts';
import { memoryOf, type MemoryFigures } from '../process-figures.ts';
import type { Comparison, Metric, MeasuredCase } from '../report.ts';
import type { RunContext } from '../run-context.ts';
import { runSlicedRounds, type OpenContender, type Sample } from '../rounds.ts';
import { percentileNs } from '../statistics.ts';
import type { BrokerSpec } from '../subjects.ts';

/** `warmupCount` is for a run of one second or more per round; a shorter one warms up in proportion. */
export type Payload = { name: PayloadName; label: string; bytes: number; warmupCount: number };

export const PAYLOADS: readonly Payload[] = [
  { name: '2B', label: '2 B', bytes: 2, warmupCount: 4_000 },
  { name: '1KiB', label: '1 KiB', bytes: 1_024, warmupCount: 4_000 },
  { name: '100KiB', label: '100 KiB', bytes: 102_400, warmupCount: 800 },
  // Just under the limit of a buffered event; every contender takes it.
  { name: '5.9MB', label: '5.9 MB', bytes: 5_900_000, warmupCount: 20 },
];

/** On a machine so busy that the warm-up does not get through, the figures are worth little anyway. */
const WARMUP_SECONDS_MAX = 20;

const SLICES_MAX = 10;
const SLICE_SECONDS_MIN = 0.1;

const METRICS: readonly Metric[] = [
  { key: 'ratePerSecond', label: 'rate /s', decimals: 0 },
  { key: 'p50Us', label: 'p50 µs', decimals: 0 },
  { key: 'p99Us', label: 'p99 µs', decimals: 0 },
  { key: 'p999Us', label: 'p99.9 µs', decimals: 0, range: false },
  { key: 'brokerCpuUs', label: 'broker cpu µs', decimals: 1, range: false },
  { key: 'bootstrapCpuUs', label: 'bootstrap cpu µs', decimals: 1, range: false },
  { key: 'loadCpuUs', label: 'load cpu µs', decimals: 1, range: false },
  { key: 'othersCpus', label: 'others', decimals: 2, range: false },
  { key: 'rssMiB', label: 'RSS MiB', decimals: 1, range: false },
  { key: 'pssMiB', label: 'PSS MiB', decimals: 1, range: false },
  { key: 'ussMiB', label: 'USS MiB', decimals: 1, range: false },
];

const COMPARISONS: readonly Comparison[] = [
  { metric: 'ratePerSecond', kind: 'ratio' },
  { metric: 'p50Us', kind: 'ratio' },
  { metric: 'brokerCpuUs', kind: 'ratio' },
];

export async function measureFrontDoor(context: RunContext, payloads: readonly Payload[] = selectPayloads(context.payloads)): Promise<MeasuredCase[]> {
  const cases: MeasuredCase[] = [];
  for (const payload of payloads) {
    const slices = Math.min(SLICES_MAX, Math.max(1, Math.floor(context.seconds / SLICE_SECONDS_MIN)));
    const { rows, notes } = await runSlicedRounds({
      rounds: context.rounds,
      slices,
      contenders: context.brokers.map((spec) => ({ name: spec.name, role: spec.role, open: () => openBroker(spec, payload, context, context.seconds / slices) })),
      onProgress: (line) => context.onProgress(`front-door ${payload.label}, ${line}`),
    });
    cases.push({
      bench: 'front-door',
      name: payload.name,
      title: `front-door, ${payload.label} echoed (cpu: per invocation; others: processors that were busy with something else; memory: the broker's, under load)`,
      metrics: METRICS,
      comparisons: COMPARISONS,
      rows,
      notes,
    });
  }
  return cases;
}

function selectPayloads(names: readonly PayloadName[]): readonly Payload[] {
  return names.length === 0 ? PAYLOADS : PAYLOADS.filter(({ name }) => names.includes(name));
}

async function openBroker(spec: BrokerSpec, payload: Payload, context: RunContext, sliceSeconds: number): Promise<OpenContender> {
  const broker = await startBroker(spec, context);
  const generator = pinned(context.pin, 'clients', context.tools.loadGenerator);
  const load = { port: broker.frontPort, bytes: payload.bytes, connections: context.connections };
  const watch = [...broker.brokerPids, ...broker.bootstrapPids];
  const reports: LoadReport[] = [];
  try {
    const count = Math.ceil((payload.warmupCount * Math.min(1, context.seconds)) / context.connections);
    await runLoad(generator, { ...load, seconds: WARMUP_SECONDS_MAX, warmupSeconds: 0, count });
  } catch (error) {
    await broker.stop();
    throw error;
  }
  return {
    slice: async () => void reports.push(await runLoad(generator, { ...load, seconds: sliceSeconds, warmupSeconds: sliceSeconds / 10, watch })),
    finish: async () => toSample(mergeLoadReports(reports), broker, await memoryOf(broker.brokerPids)),
    close: () => broker.stop(),
  };
}

function toSample(report: LoadReport, broker: RunningBroker, memory: MemoryFigures): Sample {
  return {
    ratePerSecond: (report.count / report.elapsedNs) * 1e9,
    p50Us: percentileNs(report.histogram, 0.5) / 1e3,
    p99Us: percentileNs(report.histogram, 0.99) / 1e3,
    p999Us: percentileNs(report.histogram, 0.999) / 1e3,
    brokerCpuUs: cpuPerInvocationUs(report, broker.brokerPids),
    bootstrapCpuUs: cpuPerInvocationUs(report, broker.bootstrapPids),
    loadCpuUs: report.generatorCpuUs / report.count,
    othersCpus: processorsOfOthers(report),
    rssMiB: memory.rssKiB / 1024,
    pssMiB: memory.pssKiB / 1024,
    ussMiB: memory.ussKiB / 1024,
  };
}

/** Above a few hundredths somebody else worked on this machine, and figures of time (not of processor time) suffered. */
function processorsOfOthers(report: LoadReport): number {
  const ownUs = report.watched.reduce((sum, { cpuUs }) => sum + Math.max(0, cpuUs), report.generatorCpuUs);
  return Math.max(0, (report.machineBusyUs - ownUs) / (report.elapsedNs / 1e3));
}

/** NaN, printed as a dash, when a process was gone at the end or is none of ours to see. */
function cpuPerInvocationUs(report: LoadReport, pids: readonly number[]): number {
  const watched = report.watched.filter(({ pid }) => pids.includes(pid));
  if (watched.length === 0 || watched.some(({ cpuUs }) => cpuUs < 0)) return Number.NaN;
  return watched.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / report.count;
}
