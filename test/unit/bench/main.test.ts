import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runProcess } from '../../../bench/processes.ts';
import { descendantsOf, startTicksOf } from '../../../bench/process-figures.ts';
import { REPOSITORY_FOLDER } from '../../../bench/repository-folder.ts';

const test = suite('bench/main');
const MAIN = [process.execPath, join(REPOSITORY_FOLDER, 'bench', 'main.ts')];
const QUICK = ['--only', 'node-http', '--rounds', '1', '--seconds', '0.05'];

test('one run prints one JSON document with the machine, the date and every case', async () => {
  const { status, stdout } = await runProcess([...MAIN, 'front-door', 'start-up', '--json', ...QUICK], { timeLimitMs: 120_000 });
  assert.is(status, 0);
  const report = JSON.parse(stdout);
  assert.is(report.schema, 'rik-bench/1');
  assert.equal(Object.keys(report), ['schema', 'dateIso', 'machine', 'settings', 'cases', 'notes']);
  assert.ok(report.machine.cores >= 1 && report.machine.kernel !== '' && report.machine.node === process.version);
  assert.equal(report.cases.map((each: { name: string }) => each.name), ['2B', '1KiB', '100KiB', '5.9MB', 'listen']);
});

test('a table begins with the machine and has the case under it', async () => {
  const { status, stdout } = await runProcess([...MAIN, 'start-up', ...QUICK], { timeLimitMs: 120_000 });
  assert.is(status, 0);
  assert.match(stdout, /^\d{4}-\d\d-\d\d · \d+ cores .*Node v/);
  assert.match(stdout, /== start-up.*\n.*listen ms\nnode-http +\d/);
});

const REFUSED: [title: string, argv: string[], status: number, words: RegExp][] = [
  ['a wrong argument ends as a usage error', ['nothing'], 2, /no bench is called "nothing"/],
  ['a contender that cannot run here ends as an environment error', ['--only', 'rie'], 3, /rie cannot be measured/],
];

for (const [title, argv, status, words] of REFUSED) {
  test(title, async () => {
    const environment = { RIK_BENCH_RIE: '/nonexistent/rie' };
    const end = await runProcess([...MAIN, ...argv], { timeLimitMs: 60_000, environment });
    assert.is(end.status, status);
    assert.match(end.stderr, words);
    assert.is(end.stdout, '');
  });
}

test('help goes to stdout', async () => {
  const { status, stdout } = await runProcess([...MAIN, '--help'], { timeLimitMs: 60_000 });
  assert.is(status, 0);
  assert.match(stdout, /^usage: npm run bench/);
});

test('an interrupted bench leaves no process behind', async () => {
  const [program = '', ...parameters] = [...MAIN, 'front-door', '--only', 'node-http', '--seconds', '30'];
  const child = spawn(program, parameters, { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  try {
    // Broker and bootstrap stay for the whole round; the load generator comes and goes.
    let family: number[] = [];
    for (let left = 1_000; left > 0 && family.length < 2; left -= 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      family = await descendantsOf(pid);
    }
    assert.ok(family.length >= 2);
    const ticks = await Promise.all(family.map(startTicksOf));
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    assert.equal(await ended, [130, null]);
    const isLeft = async (): Promise<boolean> => (await Promise.all(family.map(startTicksOf))).some((now, index) => now !== undefined && now === ticks[index]);
    for (let left = 500; left > 0 && (await isLeft()); left -= 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.not(await isLeft());
  } finally {
    child.kill('SIGKILL');
  }
});

test.run();
