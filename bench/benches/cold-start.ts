/**
 * A whole cold start of a hello-world against the bare interpreter that runs the same file from the same image root.
 * The target is a difference ("so many milliseconds more"), so both difference and ratio are taken inside each round.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { COLD_START_CASES, type ColdStartCase, type ColdStartContender } from '../cold-start-cases.ts';
import { openDriver, type Driver } from '../driver-client.ts';
import { benchError } from '../errors.ts';
import { findImageRoots } from '../image-roots.ts';
import { runProcess } from '../processes.ts';
import type { MeasuredCase } from '../report.ts';
import { REPOSITORY_FOLDER } from '../repository-folder.ts';
import type { RunContext } from '../run-context.ts';
import { runRounds, type Contender } from '../rounds.ts';
import { expandArgv, type PlaceholderValues } from '../subjects.ts';
import { timeCommand } from '../timed-command.ts';
import { findProgram } from '../tools.ts';

const COMPILE_LIMIT_MS = 60_000;

export async function measureColdStart(context: RunContext): Promise<MeasuredCase[]> {
  const roots = await findImageRoots();
  const cases: MeasuredCase[] = [];
  for (const coldStart of COLD_START_CASES) {
    try {
      const values = await placeCase(coldStart, roots, context);
      // A run about peers only starts no platform.
      const withSubject = context.brokers.some(({ role }) => role === 'subject');
      const contenders = coldStart.contenders.filter(({ role }) => withSubject || role !== 'subject');
      cases.push(await measureContenders(coldStart.name, contenders, values, context));
    } catch (error) {
      // One runtime that is not there must not hide the figures of the others.
      cases.push(describeCase(coldStart.name, [], [`not measured: ${error instanceof Error ? error.message : String(error)}`]));
    }
  }
  return cases;
}

/** Runs any list of contenders in turns; the drivers among them are opened once and closed at the end. */
export async function measureContenders(
  name: string,
  contenders: readonly ColdStartContender[],
  values: PlaceholderValues,
  context: Pick<RunContext, 'tools' | 'rounds' | 'onProgress'>,
): Promise<MeasuredCase> {
  const drivers: Driver[] = [];
  try {
    const prepared: Contender[] = [];
    const missing: string[] = [];
    for (const contender of contenders) {
      try {
        prepared.push(await prepareContender(contender, values, context, drivers));
      } catch (error) {
        // The others' figures are worth having without it.
        missing.push(`${contender.name} is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const { rows, notes } = await runRounds({
      rounds: context.rounds,
      contenders: prepared,
      onProgress: (line) => context.onProgress(`cold-start ${name}, ${line}`),
    });
    return describeCase(name, rows, [...missing, ...notes]);
  } finally {
    for (const driver of drivers) await driver.close();
  }
}

function describeCase(name: string, rows: MeasuredCase['rows'], notes: readonly string[]): MeasuredCase {
  return {
    bench: 'cold-start',
    name,
    title: `cold-start ${name}, hello-world: from asking for it to its answer (bare: from exec to exit)`,
    metrics: [{ key: 'elapsedMs', label: 'elapsed ms', decimals: 1 }],
    comparisons: [
      { metric: 'elapsedMs', kind: 'difference' },
      { metric: 'elapsedMs', kind: 'ratio' },
    ],
    rows,
    notes,
  };
}

async function prepareContender(
  contender: ColdStartContender,
  values: PlaceholderValues,
  context: Pick<RunContext, 'tools'>,
  drivers: Driver[],
): Promise<Contender> {
  const { name, role } = contender;
  const argv = expandArgv(contender.argv, values);
  if (contender.kind === 'command') {
    const { ready } = contender;
    return { name, role, measure: async () => ({ elapsedMs: await timeCommand(context.tools, { argv, ready }) }) };
  }
  const driver = await openDriver(argv);
  drivers.push(driver);
  return { name, role, measure: async () => ({ elapsedMs: await driver.start() }) };
}

async function placeCase(coldStart: ColdStartCase, roots: ReadonlyMap<string, string>, context: RunContext): Promise<PlaceholderValues> {
  const root = roots.get(coldStart.runtime);
  if (root === undefined) throw benchError('bench/subject-missing', `no image of ${coldStart.runtime} on this machine: rik image build ${coldStart.runtime}@debian`);
  const [enterRoot] = context.tools.enterRoot ?? [];
  if (enterRoot === undefined) throw benchError('bench/subject-missing', 'running an interpreter bare inside an image root needs a C compiler');
  const source = join(REPOSITORY_FOLDER, coldStart.task);
  const task = coldStart.compileJava ? await compileJava(source, context) : source;
  return { ...context.values, 'enter-root': enterRoot, root, task };
}

async function compileJava(source: string, context: RunContext): Promise<string> {
  const compiler = await findProgram(['javac'], process.env['PATH'] ?? '');
  if (compiler === undefined) throw benchError('bench/subject-missing', 'no javac on the PATH');
  const folder = join(context.cacheFolder, 'hello-java');
  await mkdir(folder, { recursive: true });
  const { status, stderr } = await runProcess([compiler, '--release', '17', '-d', folder, join(source, 'Hello.java')], { timeLimitMs: COMPILE_LIMIT_MS });
  if (status !== 0) throw benchError('bench/not-ready', `javac failed: ${stderr.slice(0, 300)}`);
  return folder;
}
