// time-limit-seconds: 420
// exclusive: many cases measure times, and their limits assume that the machine is theirs
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const MAIN = join(import.meta.dirname, '..', '..', 'conformance', 'main.ts');
/** Two cores are the least that the suite is meant for; a machine that is busy otherwise is given more time. */
const TOLERANCE = '1.5';

const test = suite('conformance/server-suite');

test('our emulator answers every server case as expected', () => passesAsExpected('rik-emulator'));

test('our emulator answers every server case as expected in the classic profile', () => passesAsExpected('rik-emulator-rie'));

for (const name of ['rie', 'rie-managed']) {
  test(`the emulator of AWS answers every server case as listed (${name})`, async () => {
    const program = process.env['RIK_CONFORMANCE_RIE'];
    const isThere = program === undefined ? onPath('aws-lambda-rie') : existsSync(program);
    if (!isThere) return console.log('skip: aws-lambda-rie is not on PATH and RIK_CONFORMANCE_RIE does not name it');
    await passesAsExpected(name);
  });
}

async function passesAsExpected(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-suite-'));
  const json = join(folder, 'report.json');
  try {
    const { code, output } = await run('--target', target, '--tolerance', TOLERANCE, '--json', json);
    assert.is(code, 0, output);
    const report: unknown = JSON.parse(readFileSync(json, 'utf8'));
    assert.ok(typeof report === 'object' && report !== null && 'cases' in report && Array.isArray(report.cases));
    assert.is(report.cases.length, 304);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(...words: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], { timeout: 300_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: `${stdout}${stderr}` });
    });
  });
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

test.run();
