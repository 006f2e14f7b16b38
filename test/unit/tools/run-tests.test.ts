/** Plants the mistakes under which uvu alone ends green (style.md §9) in a folder, and shows that each is red here. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { REPOSITORY_ROOT } from '../../../tools/repository.ts';
import { parseJobs, runTests } from '../../../tools/run-tests.ts';

const test = suite('tools/run-tests');
const HEAD = "import { suite } from 'uvu';\nimport * as assert from 'uvu/assert';\nconst test = suite('planted');\n";

type Run = { totals: { passed: number; failed: number; skipped: number }; lines: string[] };

async function runPlanted(files: Record<string, string>, paths = ['.']): Promise<Run> {
  const workingFolder = mkdtempSync(join(tmpdir(), 'rik-planted-'));
  try {
    for (const [name, source] of Object.entries(files)) {
      mkdirSync(join(workingFolder, name, '..'), { recursive: true });
      writeFileSync(join(workingFolder, name), source);
    }
    const lines: string[] = [];
    const totals = await runTests({ paths, jobs: 2, workingFolder, print: (line) => lines.push(line) });
    return { totals, lines };
  } finally {
    rmSync(workingFolder, { recursive: true });
  }
}

const GOOD = `${HEAD}test('a', () => {});\ntest('b', () => assert.ok(true));\ntest.run();\n`;

test('a file whose tests all pass is counted test by test', async () => {
  const { totals, lines } = await runPlanted({ 'good.test.ts': GOOD });
  assert.equal(totals, { passed: 2, failed: 0, skipped: 0 });
  assert.match(lines.join('\n'), /^ok   good\.test\.ts {2}2 passed, 0 failed, /);
});

const mistakes: [title: string, source: string][] = [
  ['a before that throws', `${HEAD}test.before(() => { throw new Error('no'); });\ntest('a', () => {});\ntest.run();\n`],
  ['a before.each that throws', `${HEAD}test.before.each(() => { throw new Error('no'); });\ntest('a', () => {});\ntest.run();\n`],
  ['an after that throws', `${HEAD}test.after(() => { throw new Error('no'); });\ntest('a', () => {});\ntest.run();\n`],
  ['an after.each that throws', `${HEAD}test.after.each(() => { throw new Error('no'); });\ntest('a', () => {});\ntest.run();\n`],
  ['a test that throws something that is no Error', `${HEAD}test('a', () => { throw 'text'; });\ntest.run();\n`],
  ['a test that throws undefined', `${HEAD}test('a', () => { throw undefined; });\ntest.run();\n`],
  ['a forgotten run', `${HEAD}test('a', () => {});\n`],
  ['a forgotten run beside a suite that runs', `${HEAD}const other = suite('other');\nother('a', () => {});\ntest('a', () => {});\ntest.run();\n`],
  ['a test that is added after run', `${HEAD}test('a', () => {});\ntest.run();\ntest('late', () => {});\n`],
  ['a suite without a test', `${HEAD}test.run();\n`],
  ['an only that leaves the rest out', `${HEAD}test.only('a', () => {});\ntest('b', () => {});\ntest.run();\n`],
  ['a skip without a reason', `${HEAD}test('a', () => {});\ntest.skip('b', () => {});\ntest.run();\n`],
  ['a process that leaves with 0 in the middle', `${HEAD}test('a', () => process.exit(0));\ntest.run();\n`],
  ['a promise that never settles', `${HEAD}test('a', () => new Promise(() => {}));\ntest.run();\n`],
  ['a rejection that nobody awaits', `${HEAD}test('a', () => { setTimeout(() => Promise.reject(new Error('late')), 20); });\ntest.run();\n`],
  ['a source that does not parse', `${HEAD}test('a', () => {);\n`],
  ['an import that does not exist', `import './nowhere.ts';\n${GOOD}`],
  ['a test that outlives its time limit', `// time-limit-seconds: 1\n${HEAD}test('a', () => new Promise((go) => setTimeout(go, 60_000)));\ntest.run();\n`],
];
for (const [title, source] of mistakes) {
  test(`${title} is red`, async () => {
    const { totals, lines } = await runPlanted({ 'planted.test.ts': source, 'good.test.ts': GOOD });
    assert.ok(totals.failed >= 1, lines.join('\n'));
    assert.match(lines.join('\n'), /^FAIL planted\.test\.ts/m);
    assert.match(lines.join('\n'), /^ok   good\.test\.ts/m);
  });
}

test('a folder without a test file is red', async () => {
  const { totals, lines } = await runPlanted({ 'empty/readme.md': '', 'good.test.ts': GOOD }, ['empty', 'good.test.ts']);
  assert.equal(totals, { passed: 2, failed: 1, skipped: 0 });
  assert.ok(lines.includes('FAIL empty  has no test file'));
});

test('a path that does not exist is red', async () => {
  assert.is((await runPlanted({ 'good.test.ts': GOOD }, ['gone'])).totals.failed, 1);
});

test('a failure is shown with the line of the source and not of the bundle', async () => {
  const { lines } = await runPlanted({ 'bad.test.ts': `${HEAD}test('a', () => assert.is(1, 2));\ntest.run();\n` });
  assert.match(lines.join('\n'), /bad\.test\.ts:4/);
});

test('a skip with its reason is accepted and the reason is printed once with its count', async () => {
  const source = `${HEAD}for (const name of ['a', 'b']) { console.log('skip: needs root'); test.skip(name, () => {}); }\ntest('c', () => {});\ntest.run();\n`;
  const { totals, lines } = await runPlanted({ 'skip.test.ts': source });
  assert.equal(totals, { passed: 1, failed: 0, skipped: 2 });
  assert.ok(lines.includes('skip: needs root (2)'));
});

test('import.meta of a module below the test is that of its source file', async () => {
  const files = {
    'lib/place.ts': "export const place: string = import.meta.dirname;\nexport const url: string = import.meta.url;\nexport const text = 'import.meta.url';\nexport const near = import.meta.resolve('./near.txt');\n",
    'meta.test.ts': `${HEAD}import { existsSync } from 'node:fs';\nimport { place, url, text, near } from './lib/place.ts';
test('a', () => {
  assert.ok(existsSync(place + '/place.ts'));
  assert.ok(existsSync(new URL(url)));
  assert.is(text, ['import', 'meta', 'url'].join('.'));
  assert.match(near, /lib.near\\.txt$/);
  assert.match(import.meta.filename, /meta\\.test\\.ts$/);
});\ntest.run();\n`,
  };
  const { totals, lines } = await runPlanted(files);
  assert.equal(totals, { passed: 1, failed: 0, skipped: 0 }, lines.join('\n'));
});

test('what a file started and left behind is killed with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-leak-'));
  try {
    const pidFile = join(folder, 'pid');
    const source = `${HEAD}import { spawn } from 'node:child_process';\nimport { writeFileSync } from 'node:fs';
test('a', () => { const child = spawn('sleep', ['600'], { stdio: 'inherit' }); writeFileSync(${JSON.stringify(pidFile)}, String(child.pid)); child.unref(); });\ntest.run();\n`;
    await runPlanted({ 'leak.test.ts': source });
    assert.is(isRunning(Number(readFileSync(pidFile, 'utf8'))), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an exclusive file runs when no other file runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-exclusive-'));
  const note = (name: string): string =>
    `${HEAD}import { appendFileSync } from 'node:fs';\nconst note = (text: string) => appendFileSync(${JSON.stringify(join(folder, 'log'))}, text);
test('a', async () => { note('<${name}'); await new Promise((go) => setTimeout(go, 50)); note('${name}>'); });\ntest.run();\n`;
  try {
    await runPlanted({ 'a.test.ts': `// exclusive\n${note('a')}`, 'b.test.ts': note('b'), 'c.test.ts': note('c'), 'd.test.ts': `// exclusive\n${note('d')}` });
    assert.match(readFileSync(join(folder, 'log'), 'utf8'), /^[^ad]*(<aa><dd>|<dd><aa>)$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the last line counts the tests and the exit code follows it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-main-'));
  try {
    writeFileSync(join(folder, 'good.test.ts'), GOOD);
    const runner = join(REPOSITORY_ROOT, 'tools/run-tests.ts');
    const output = execFileSync(process.execPath, [runner, folder, '--jobs', '1'], { encoding: 'utf8' });
    assert.is(output.trimEnd().split('\n').at(-1), '2 passed, 0 failed');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the exit code is 1 when nothing was found and 2 for a wrong option', async () => {
  const runner = join(REPOSITORY_ROOT, 'tools/run-tests.ts');
  const exitCode = (args: string[]): Promise<number | null> =>
    new Promise((settle) => spawn(process.execPath, [runner, ...args], { stdio: 'ignore' }).on('exit', settle));
  assert.is(await exitCode(['does-not-exist']), 1);
  assert.is(await exitCode(['--jobs', '0']), 2);
  assert.is(await exitCode(['--unknown']), 2);
});

test('a number of jobs that is not a whole number from 1 is refused', () => {
  assert.is(parseJobs('3'), 3);
  assert.ok(parseJobs(undefined) >= 1);
  for (const text of ['0', '-1', '1.5', 'many', '']) assert.throws(() => parseJobs(text), /--jobs/);
});

/** A process that ended and was not yet collected by its parent is not running any more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.run();
