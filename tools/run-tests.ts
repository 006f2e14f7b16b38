/**
 * The guarded uvu runner: `node tools/run-tests.ts [paths…] [--jobs N]`. uvu alone ends with exit code 0 in eight
 * situations where nothing was shown (a `before` that throws, a forgotten `.run()`, an empty folder, …), so each file
 * runs in its own process and is accepted only by `judgeEnd`. The last line is `N passed, N failed[, N skipped]`.
 */

import { mkdtempSync, rmSync, symlinkSync, mkdirSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleTestFile, findNodeModules } from './run-tests/bundle-test-file.ts';
import { findTestFiles, type TestFile } from './run-tests/find-test-files.ts';
import { judgeEnd } from './run-tests/judge-end.ts';
import { addTotals, describeFailure, describeFile, describeSkips, describeTotals, type FileResult, type TestTotals } from './run-tests/report.ts';
import { killAllRunning, runInProcess } from './run-tests/run-in-process.ts';
import { REPOSITORY_ROOT } from './repository.ts';

export type RunTestsOptions = { paths: readonly string[]; jobs: number; workingFolder: string; print: (line: string) => void };

const PATHS_DEFAULT = ['test/unit', 'test/contract', 'test/third-party', 'test/fuzz', 'test/integration'];

/** Runs the files under `paths` and prints everything but the counting line, which the caller may have more to add to. */
export async function runTests(options: RunTestsOptions): Promise<TestTotals> {
  const { files, empty } = findTestFiles(options.paths, options.workingFolder);
  for (const path of empty) options.print(`FAIL ${path}  has no test file`);
  const scratch = mkdtempSync(join(tmpdir(), 'rik-tests-'));
  symlinkSync(findNodeModules(), join(scratch, 'node_modules'));
  try {
    const run = async (file: TestFile, index: number): Promise<FileResult> => {
      const result = await runFile(file, join(scratch, String(index)), options.workingFolder);
      options.print(describeFile(result));
      return result;
    };
    const indexed = files.map((file, index) => ({ file, index }));
    const shared = await inParallel(indexed.filter(({ file }) => !file.isExclusive), options.jobs, run);
    const alone = await inParallel(indexed.filter(({ file }) => file.isExclusive), 1, run);
    const results = [...shared, ...alone];
    for (const result of results) if (result.refusal !== undefined) options.print(describeFailure(result));
    for (const line of describeSkips(results)) options.print(line);
    return addTotals([...results, { passed: 0, failed: empty.length, skipped: 0 }]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function runFile(file: TestFile, outFolder: string, workingFolder: string): Promise<FileResult> {
  const path = relative(workingFolder, file.path);
  mkdirSync(outFolder);
  try {
    const script = await bundleTestFile({ testFile: file.path, outFolder });
    const end = await runInProcess({ script, workingFolder, timeLimitSeconds: file.timeLimitSeconds });
    return { path, ...judgeEnd(end, file.timeLimitSeconds), durationMs: end.durationMs, stdout: end.stdout, stderr: end.stderr };
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error);
    return { path, passed: 0, failed: 1, skipped: 0, skipReasons: [], refusal: 'it could not be bundled', durationMs: 0, stdout: '', stderr };
  }
}

async function inParallel(
  queue: readonly { file: TestFile; index: number }[],
  jobs: number,
  run: (file: TestFile, index: number) => Promise<FileResult>,
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const waiting = [...queue];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results.push(await run(next.file, next.index));
  };
  await Promise.all(Array.from({ length: Math.max(jobs, 1) }, worker));
  return results.sort((left, right) => left.path.localeCompare(right.path));
}

/** Stops every test process when the runner itself is interrupted, and leaves with the shell's code for the signal. */
export function stopTestsOnSignal(): void {
  for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.on(signal, () => {
      killAllRunning();
      process.exit(exitCode);
    });
  }
}

/** The number of files to run at once: `--jobs`, or one per core. */
export function parseJobs(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs wants a whole number from 1 and got "${text}"`);
  return jobs;
}

if (import.meta.main) {
  stopTestsOnSignal();
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { jobs: { type: 'string' } } });
    const isWhole = positionals.length === 0;
    const totals = await runTests({
      paths: isWhole ? PATHS_DEFAULT : positionals,
      jobs: parseJobs(values.jobs),
      workingFolder: isWhole ? REPOSITORY_ROOT : process.cwd(),
      print: (line) => console.log(line),
    });
    console.log(describeTotals(totals));
    process.exitCode = totals.failed > 0 || totals.passed + totals.skipped === 0 ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
