import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commandLineOf, descendantsOf, listProcesses, memoryFromSmaps, memoryOf, NO_MEMORY, parentFromStat, startTicksOf } from '../../../bench/process-figures.ts';

const test = suite('bench/process-figures');

test('the parent is found behind a name with brackets and spaces', () => {
  assert.is(parentFromStat('42 (a) S) b (c)) S 7 42 42 0 -1'), 7);
});

test('a text that is no stat line has no parent', () => {
  assert.is(parentFromStat(''), undefined);
  assert.is(parentFromStat('42 (half'), undefined);
});

test('unique memory is private clean plus private dirty', () => {
  const text = '55d0-7ffe ---p 0 00:00 0 [rollup]\nRss:  1000 kB\nPss:  300 kB\nPss_Dirty:  90 kB\nPrivate_Clean:  20 kB\nPrivate_Dirty:  80 kB\n';
  assert.equal(memoryFromSmaps(text), { rssKiB: 1000, pssKiB: 300, ussKiB: 100 });
});

test('a process that is gone costs nothing and has no arguments', async () => {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  const pid = child.pid ?? 0;
  assert.equal(await memoryOf([pid]), NO_MEMORY);
  assert.equal(await commandLineOf(pid), []);
  assert.is(await startTicksOf(pid), undefined);
  assert.equal(await descendantsOf(pid), []);
});

test('children and grandchildren are descendants, and their memory is counted', async () => {
  const inner = 'process.stdout.write("up"); setInterval(() => {}, 1000)';
  const outer = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { stdio: "inherit" })`;
  const child = spawn(process.execPath, ['-e', outer], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  try {
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const [grandchild] = await descendantsOf(pid);
    assert.ok(grandchild !== undefined);
    assert.ok((await descendantsOf(process.pid)).includes(grandchild));
    assert.ok((await commandLineOf(grandchild)).includes(inner));
    assert.ok((await listProcesses()).some((record) => record.pid === grandchild && record.parent === pid && record.command.includes(inner)));
    assert.ok((await memoryOf([pid, grandchild])).pssKiB > (await memoryOf([pid])).ussKiB);
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }
});

test.run();
