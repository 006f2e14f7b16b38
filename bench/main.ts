/** `npm run bench`: parse → prepare → measure → print. Results on stdout, progress and errors on stderr. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isCodedError, type Fault } from '../foundation/coded-error.ts';
import { parseArguments, USAGE, type BenchName, type BenchOptions } from './arguments.ts';
import { measureColdStart } from './benches/cold-start.ts';
import { measureEnvironmentMemory } from './benches/environment-memory.ts';
import { measureFrontDoor } from './benches/front-door.ts';
import { measureMemory } from './benches/memory.ts';
import { measureStartUp } from './benches/start-up.ts';
import type { PinPlan } from './broker.ts';
import { selectBrokers } from './contenders.ts';
import { allowedProcessors, describeMachine } from './machine.ts';
import { killAllStarted } from './processes.ts';
import { reportCase, type BenchReport, type MeasuredCase } from './report.ts';
import { REPOSITORY_FOLDER } from './repository-folder.ts';
import type { RunContext } from './run-context.ts';
import { printCase, printHeading } from './table.ts';
import { findProgram, prepareTools } from './tools.ts';

const BENCHES: Readonly<Record<BenchName, (context: RunContext) => Promise<MeasuredCase[]>>> = {
  'front-door': (context) => measureFrontDoor(context),
  'start-up': measureStartUp,
  'cold-start': measureColdStart,
  memory: async (context) => [...(await measureMemory(context)), ...(await measureEnvironmentMemory(context))],
};

/** The platform-wide exit codes, as far as a bench can end with them. */
const EXIT_CODES: Readonly<Record<Fault, number>> = { caller: 2, environment: 3, function: 5, runtime: 5, platform: 70 };
const INTERRUPTED = 130;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));
process.on('exit', killAllStarted);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseArguments(argv);
    if (options.help) process.stdout.write(USAGE);
    else await runBenches(options);
    return 0;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    process.stderr.write(`bench: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
    return EXIT_CODES[error.fault];
  }
}

async function runBenches(options: BenchOptions): Promise<void> {
  const searchPath = process.env['PATH'] ?? '';
  const cacheFolder = join(REPOSITORY_FOLDER, 'dist', 'bench');
  const tools = await prepareTools({ cacheFolder, searchPath });
  const selection = await selectBrokers({ tools, only: options.only, added: options.added, searchPath, rieNamed: process.env['RIK_BENCH_RIE'] });
  const pin = options.pin ? await planPin(searchPath) : undefined;
  const report: BenchReport = {
    schema: 'rik-bench/1',
    dateIso: new Date().toISOString(),
    machine: describeMachine(),
    settings: {
      rounds: options.rounds,
      seconds: options.seconds,
      connections: options.connections,
      pinned: pin !== undefined,
      pipeline: options.pipeline,
      tools: tools.kind,
    },
    cases: [],
    notes: [...tools.notes, ...selection.notes],
  };
  if (!options.json) process.stdout.write(`${printHeading(report)}${report.notes.map((note) => `note: ${note}\n`).join('')}\n`);
  const context: RunContext = {
    tools,
    brokers: selection.brokers,
    values: selection.values,
    pin,
    pipeline: options.pipeline,
    rounds: options.rounds,
    seconds: options.seconds,
    connections: options.connections,
    payloads: options.payloads,
    cacheFolder,
    onProgress: showProgress,
  };
  for (const name of options.names) {
    for (const measured of await BENCHES[name](context)) {
      const reported = reportCase(measured);
      report.cases.push(reported);
      clearProgress();
      if (!options.json) process.stdout.write(`${printCase(reported, measured)}\n`);
    }
  }
  clearProgress();
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
}

/** Two processors at least: the broker alone on the first, load and bootstrap, which take turns anyway, on the second. */
async function planPin(searchPath: string): Promise<PinPlan | undefined> {
  const taskset = await findProgram(['taskset'], searchPath);
  const [broker, clients] = allowedProcessors();
  if (taskset === undefined || broker === undefined || clients === undefined || availableParallelism() < 2) return undefined;
  return { taskset, broker, clients };
}

function showProgress(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}
