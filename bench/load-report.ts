/** Runs the load generator, in C or in Node, and reads the one line of JSON that both print. */
import { z } from 'zod';
import { benchError } from './errors.ts';
import { runProcess } from './processes.ts';

const INVOCATION_PATH = '/2015-03-31/functions/function/invocations';
/** One answer may take 30 s before the generator itself gives up. */
const ANSWER_LIMIT_MS = 40_000;

const REPORT = z.object({
  count: z.int().nonnegative(),
  warmupCount: z.int().nonnegative(),
  elapsedNs: z.int().nonnegative(),
  failure: z.string(),
  /** Processor time of the generator itself and of the whole machine, over the measured part. */
  generatorCpuUs: z.int(),
  machineBusyUs: z.int(),
  watched: z.array(z.object({ pid: z.int(), cpuUs: z.int() })),
  histogram: z.array(z.tuple([z.int().nonnegative(), z.int().positive()])),
});

export type LoadReport = z.infer<typeof REPORT>;

export type Load = {
  port: number;
  bytes: number;
  seconds: number;
  warmupSeconds: number;
  connections: number;
  /** Ends after so many measured exchanges per connection, if `seconds` do not end it before. */
  count?: number;
  /** Processes whose processor time is taken over exactly the measured part. */
  watch?: readonly number[];
};

/** Throws `bench/load-failed` unless every answer was 200 and the echo of its event. */
export async function runLoad(generator: readonly string[], load: Load): Promise<LoadReport> {
  const flags: [string, number][] = [
    ['--port', load.port],
    ['--bytes', load.bytes],
    ['--seconds', load.seconds],
    ['--warmup-seconds', load.warmupSeconds],
    ['--connections', load.connections],
    ...(load.count === undefined ? [] : [['--count', load.count] satisfies [string, number]]),
    ...(load.watch ?? []).map((pid): [string, number] => ['--watch', pid]),
  ];
  const argv = [...generator, '--path', INVOCATION_PATH, ...flags.flatMap(([name, value]) => [name, String(value)])];
  const { stdout, stderr } = await runProcess(argv, { timeLimitMs: (load.seconds + load.warmupSeconds) * 1_000 + ANSWER_LIMIT_MS });
  const report = parseLoadReport(stdout, stderr);
  if (report.failure !== '') throw benchError('bench/load-failed', `the load stopped: ${report.failure}`);
  return report;
}

/** Several loads on the same broker as one: everything adds up. A process that was gone once has no processor time. */
export function mergeLoadReports(reports: readonly LoadReport[]): LoadReport {
  const sum = (value: (report: LoadReport) => number): number => reports.reduce((total, report) => total + value(report), 0);
  const pids = [...new Set(reports.flatMap(({ watched }) => watched.map(({ pid }) => pid)))];
  return {
    count: sum((report) => report.count),
    warmupCount: sum((report) => report.warmupCount),
    elapsedNs: sum((report) => report.elapsedNs),
    failure: reports.find(({ failure }) => failure !== '')?.failure ?? '',
    generatorCpuUs: sum((report) => report.generatorCpuUs),
    machineBusyUs: sum((report) => report.machineBusyUs),
    watched: pids.map((pid) => {
      const each = reports.map(({ watched }) => watched.find((entry) => entry.pid === pid)?.cpuUs ?? -1);
      return { pid, cpuUs: each.some((cpuUs) => cpuUs < 0) ? -1 : each.reduce((total, cpuUs) => total + cpuUs, 0) };
    }),
    histogram: reports.flatMap(({ histogram }) => histogram),
  };
}

export function parseLoadReport(stdout: string, stderr: string): LoadReport {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch (cause) {
    throw benchError('bench/bad-report', `the load generator printed no report: ${(stderr || stdout).slice(0, 300).trim()}`, { cause });
  }
  const parsed = REPORT.safeParse(value);
  if (!parsed.success) throw benchError('bench/bad-report', `the load generator's report has another shape: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
