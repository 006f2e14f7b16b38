/**
 * What `npm test` goes on with after the set-up: every check, the build, every test; and one last line that counts all
 * of them, each check as one. `node tools/test.ts [--jobs N]`.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isCodedError } from '../foundation/coded-error.ts';
import { buildAll } from './build.ts';
import { runChecks } from './check.ts';
import { REPOSITORY_ROOT } from './repository.ts';
import { parseJobs, runTests, stopTestsOnSignal } from './run-tests.ts';
import { addTotals, describeTotals, type TestTotals } from './run-tests/report.ts';

const SUITES = ['test/unit', 'test/contract', 'test/third-party', 'test/fuzz', 'test/integration'] as const;

const print = (line: string): void => console.log(line);

async function runBuild(): Promise<TestTotals> {
  try {
    await buildAll({ onProgress: (line) => print(`     ${line}`) });
    print('ok   build');
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    if (isCodedError(error) && error.code === 'runtimes/compiler-missing') {
      // An ordinary user's machine may have no Java; everything else is built by then.
      print(`skip: build of the Java client: ${error.message}`);
      return { passed: 0, failed: 0, skipped: 1 };
    }
    print(`     ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    print('FAIL build');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** `ENVIRONMENT` of the command line's exit codes. */
const EXIT_ENVIRONMENT = 3;
/** Images that tests run functions on. Built here, because the first build takes longer than any one test may. */
const IMAGES = ['nodejs24.x@debian', 'python3.11@debian', 'java17@debian', 'provided.al2023@debian'];

/** Where they cannot be built, the tests that need them skip with the reason. */
async function buildImages(): Promise<TestTotals> {
  const child = spawn(process.execPath, [join(REPOSITORY_ROOT, 'cli', 'rik.mjs'), 'image', 'build', ...IMAGES], { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number>((resolve) => child.on('exit', (exitCode) => resolve(exitCode ?? 1)));
  if (code === 0) {
    print('ok   images');
    return { passed: 1, failed: 0, skipped: 0 };
  }
  if (code === EXIT_ENVIRONMENT) {
    print('skip: images: something is missing on this machine (`npx rik doctor` says what)');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  print('FAIL images');
  return { passed: 0, failed: 1, skipped: 0 };
}

/** Other people's programs for `test/third-party`, before its tests for the same reason. What cannot be had skips there, with the reason. */
async function buildThirdParty(): Promise<TestTotals> {
  const child = spawn(process.execPath, [join(REPOSITORY_ROOT, 'test', 'third-party', 'build', 'main.ts')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number>((resolve) => child.on('exit', (exitCode) => resolve(exitCode ?? 1)));
  print(`${code === 0 ? 'ok  ' : 'FAIL'} third-party programs`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

stopTestsOnSignal();
const { values } = parseArgs({ options: { jobs: { type: 'string' } } });
const checks = await runChecks(print);
const totals = addTotals([
  { ...checks, skipped: 0 },
  await runBuild(),
  await buildImages(),
  await buildThirdParty(),
  await runTests({ paths: SUITES, jobs: parseJobs(values.jobs), workingFolder: REPOSITORY_ROOT, print }),
]);
print(describeTotals(totals));
process.exitCode = totals.failed === 0 ? 0 : 1;
