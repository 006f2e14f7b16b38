// time-limit-seconds: 180
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const REPOSITORY = resolve(import.meta.dirname, '..', '..', '..');
const TINY = join(REPOSITORY, 'test', 'fixtures', 'conformance', 'tiny-runtime.json');
const QUICK = ['--target', TINY, '--tag', 'errors', '--tolerance', '10'];

const test = suite('conformance/verbs');

test('the list says where a case comes from', async () => {
  const { code, stdout } = await rik('list', '--case', 'RUN-030', '--json');
  assert.is(code, 0);
  assert.match(stdout, /"id": "response-waits-for-202"[\s\S]*"source": "AWS guide/);
});

test('a run writes its report, tells people, and gives a badge its figures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-verbs-'));
  try {
    const report = join(folder, 'report.json');
    const ran = await rik('run', ...QUICK, '--format', 'json', '--output', report);
    assert.is(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /tiny-runtime \(aws\): 14 cases: /);
    const badge = await rik('badge', report, '--svg', join(folder, 'a.svg'), '--summary', join(folder, 'a.json'));
    assert.is(badge.code, 0, badge.stderr);
    assert.match(readFileSync(join(folder, 'a.svg'), 'utf8'), /^<svg /);
    assert.match(readFileSync(join(folder, 'a.json'), 'utf8'), /"color": "brightgreen"/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const [title, words, code, message] of [
  ['a selection of nothing is wrong usage', ['run', ...QUICK, '--level', 'observed'], 2, /leaves no case/],
  ['a case that is not there is wrong usage', ['run', '--target', TINY, '--case', 'no-such-case'], 2, /there is no case/],
  ['a level that is not there is wrong usage', ['run', '--target', TINY, '--level', 'nice'], 2, /--level takes/],
  ['neither target nor bootstrap is wrong usage', ['run'], 2, /either --target or --bootstrap/],
  ['a target that is not there is a fault of the environment', ['run', '--target', 'no-such-target'], 3, /there is no target file/],
  ['a report that cannot be written is wrong usage', ['run', ...QUICK, '--case', 'RUN-008', '--format', 'tap', '--output', '/nowhere/report'], 2, /cannot be written/],
  ['a badge of something that is no report is wrong usage', ['badge', TINY], 2, /no report of a run/],
] as const) {
  test(title, async () => {
    const ended = await rik(...words);
    assert.is(ended.code, code, ended.stderr);
    assert.match(ended.stderr, message);
  });
}

function rik(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((settle) => {
    execFile(process.execPath, [join(REPOSITORY, 'cli', 'rik.mjs'), 'conformance', ...words], { timeout: 120_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      settle({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

test.run();
