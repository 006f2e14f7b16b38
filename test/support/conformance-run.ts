/** A whole conformance run of a target, as its command line makes it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

const MAIN = join(import.meta.dirname, '..', 'conformance', 'main.ts');
/** More than these are no matter of a machine that was busy for a moment. */
const ONCE_MORE_MAX = 5;

/**
 * Fails unless each of `count` cases comes out as expected. The few that do not are run once more, one after the other: a machine
 * that was late for a moment is not late there again, and a fault is.
 */
export async function passesAsExpected(target: string, { count, words }: { count: number; words: readonly string[] }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rik-conformance-'));
  try {
    const json = join(folder, 'report.json');
    const whole = ['--target', target, ...words];
    const first = await run(...whole, '--json', json);
    assert.ok(first.code === 0 || first.code === 1, first.output);
    const cases = casesOf(json);
    assert.is(cases.length, count);
    const unexpected = cases.filter((one) => one.isUnexpected === true).map((one) => String(one.id));
    assert.is(unexpected.length === 0, first.code === 0, first.output);
    if (unexpected.length === 0) return;
    assert.ok(unexpected.length <= ONCE_MORE_MAX, first.output);
    const again = await run(...whole, '--jobs', '1', ...unexpected.flatMap((id) => ['--case', id]));
    assert.is(again.code, 0, `${first.output}\nonce more:\n${again.output}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function casesOf(json: string): Record<string, unknown>[] {
  const report = Object(JSON.parse(readFileSync(json, 'utf8')));
  assert.ok(Array.isArray(report.cases));
  return report.cases.map(Object);
}

function run(...words: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: `${stdout}${stderr}` });
    });
  });
}
