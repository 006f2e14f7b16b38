import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { directLauncher } from '../../../../runtime-api/supervisor/direct-launcher.ts';
import { LogPipe } from '../../../../runtime-api/supervisor/log-pipe.ts';
import { makeFifo } from '../../../support/log-fifo.ts';
import { processesWith } from '../../../support/processes.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/supervisor/direct-launcher');

async function withLauncher(use: (launcher: ReturnType<typeof directLauncher>, folder: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const logs = new LogPipe(makeFifo(folder), () => {});
    const launcher = directLauncher({ output: { kind: 'descriptors', descriptors: { function: logs.writeDescriptor, extension: logs.writeDescriptor, frames: logs.writeDescriptor } } });
    try {
      await use(launcher, folder);
    } finally {
      await launcher.endAll();
      logs.close();
    }
  });
}

const shell = (script: string, folder: string): { argv: string[]; variables: Record<string, string>; workingDirectory: string } => ({
  argv: ['/bin/sh', '-c', script],
  variables: { PATH: '/usr/bin:/bin', RIK_LAUNCH_TEST: folder },
  workingDirectory: folder,
});

for (const [title, script, end] of [
  ['status 0', 'exit 0', { code: 0 }],
  ['another status', 'exit 7', { code: 7 }],
  ['a signal', 'kill -SEGV $$', { signal: 'SIGSEGV' }],
] as const) {
  test(`an end by ${title} is reported`, async () => {
    await withLauncher(async (launcher, folder) => assert.equal(await (await launcher.launch(shell(script, folder))).exited, end));
  });
}

test('when everything has been ended, the process and its children are gone, not merely told to go', async () => {
  await withLauncher(async (launcher, folder) => {
    await launcher.launch(shell('trap "" TERM HUP; sleep 1000 & sleep 1000 & touch ready; sleep 1000', folder));
    while (!existsSync(join(folder, 'ready'))) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(processesWith(folder).length >= 3);
    await launcher.endAll();
    assert.equal(processesWith(folder), []);
  });
});

test('children that outlive the process are ended too', async () => {
  await withLauncher(async (launcher, folder) => {
    const running = await launcher.launch(shell('sleep 1000 & exit 0', folder));
    await running.exited;
    await launcher.endAll();
    assert.equal(processesWith(folder), []);
  });
});

test('a start that is under way is ended as well', async () => {
  await withLauncher(async (launcher, folder) => {
    const launching = launcher.launch(shell('sleep 1000', folder));
    await launcher.endAll();
    assert.equal(await (await launching).exited, { signal: 'SIGKILL' });
    assert.equal(processesWith(folder), []);
  });
});

test('a process that is asked to end may do so in its own way, and its neighbour goes on', async () => {
  await withLauncher(async (launcher, folder) => {
    const ready = join(folder, 'ready');
    const asked = await launcher.launch(shell(`trap 'exit 7' TERM; : > ${ready}; while :; do sleep 0.01; done`, folder));
    const stays = await launcher.launch(shell('sleep 1000', folder));
    while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 5));
    asked.terminate();
    assert.equal(await asked.exited, { code: 7 });
    stays.kill();
    assert.equal(await stays.exited, { signal: 'SIGKILL' });
  });
});

test('the start environment is what was asked for and nothing else', async () => {
  await withLauncher(async (launcher, folder) => {
    const out = join(folder, 'env');
    const running = await launcher.launch({ argv: ['/usr/bin/env'], variables: { A: 'b', RIK_LAUNCH_TEST: folder }, workingDirectory: folder });
    await running.exited;
    writeFileSync(out, '');
    const show = await launcher.launch({ argv: [process.execPath, '-e', `require("fs").writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.env))`], variables: { A: 'b' }, workingDirectory: folder });
    assert.equal(await show.exited, { code: 0 });
    const { readFileSync } = await import('node:fs');
    assert.is(readFileSync(out, 'utf8'), '{"A":"b"}');
  });
});

for (const [title, argv, code] of [
  ['that is absent', ['/nonexistent/program'], 'ENOENT'],
  ['that is a folder', ['/tmp'], 'EACCES'],
] as const) {
  test(`a program ${title} fails the launch with ${code}`, async () => {
    await withLauncher(async (launcher) => {
      const outcome = await launcher.launch({ argv, variables: {}, workingDirectory: '/' }).then(() => 'launched', (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'failed'));
      assert.is(outcome, code);
    });
  });
}

test.run();
