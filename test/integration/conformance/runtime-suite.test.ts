// time-limit-seconds: 420
// exclusive: many cases measure times, and their limits assume that the machine is theirs
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RUNTIME_TOPICS } from '../../conformance/index.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'conformance', 'main.ts');
const CASES = RUNTIME_TOPICS.flatMap(({ cases }) => cases).length;
/** The long waits are tested by hand and in reports; here they would only make the run longer. */
const PATIENCE_SECONDS = '2';

const test = suite('conformance/runtime-suite');

for (const [target, program] of [
  ['rik-nodejs', 'node'],
  ['rik-python', 'python3'],
  ['rik-java', 'javac'],
  ['rik-shell', 'curl'],
  ['rik-sdk', 'node'],
] as const) {
  test(`${target} answers every case about runtimes as expected`, async () => {
    if (!onPath(program)) return console.log(`skip: ${program} is not installed`);
    const folder = mkdtempSync(join(tmpdir(), 'conformance-runtime-suite-'));
    try {
      const json = join(folder, 'report.json');
      const { code, output } = await run('--target', target, '--tolerance', '3', '--patience', PATIENCE_SECONDS, '--json', json);
      assert.is(code, 0, output);
      const report: unknown = JSON.parse(readFileSync(json, 'utf8'));
      assert.ok(typeof report === 'object' && report !== null && 'cases' in report && Array.isArray(report.cases));
      assert.is(report.cases.length, CASES);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function run(...words: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: `${stdout}${stderr}` });
    });
  });
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

test.run();
