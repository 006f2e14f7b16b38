import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gatedLauncher } from '../../../../runtime-api/supervisor/gate.ts';
import { LogPipe } from '../../../../runtime-api/supervisor/log-pipe.ts';
import { makeFifo } from '../../../support/log-fifo.ts';
import { processesLeft } from '../../../support/processes.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/supervisor/gate');
const BUSYBOX = '/bin/busybox';

type Harness = {
  launcher: ReturnType<typeof gatedLauncher>;
  /** Ids that the worker was asked to admit, oldest first. */
  asked: number[];
  answer: (admit: boolean) => void;
  output: () => string;
  marker: string;
};

/** A gate whose worker answers when the test says so; afterwards nothing may be left. */
async function withGate(use: (harness: Harness) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const pieces: Buffer[] = [];
    const logs = new LogPipe(makeFifo(folder), (bytes) => pieces.push(bytes));
    const asked: number[] = [];
    const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
    let ended = 0;
    const launcher = gatedLauncher({
      busyboxPath: BUSYBOX,
      outputs: { function: logs.writeDescriptor, extension: logs.writeDescriptor, frames: logs.writeDescriptor },
      admit(processId) {
        asked.push(processId);
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      },
      endAll: async () => void (ended += 1),
    });
    const marker = `RIK_GATE_TEST=${folder}`;
    try {
      await use({
        launcher,
        asked,
        answer(admit) {
          const next = waiting.shift();
          if (admit) next?.resolve();
          else next?.reject(new Error('no'));
        },
        output() {
          logs.drain();
          return Buffer.concat(pieces).toString();
        },
        marker: folder,
      });
      await launcher.endAll();
      assert.ok(ended > 0);
      assert.equal(await processesLeft(marker), []);
      // A gate that is left keeps this waiting until the runner's time limit.
      for (const pid of asked) while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      await launcher.endAll();
      logs.close();
    }
  });
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const request = (script: string, marker: string): { argv: string[]; variables: Record<string, string>; workingDirectory: string } => ({
  argv: ['/bin/sh', '-c', script],
  variables: { RIK_GATE_TEST: marker, PATH: '/usr/bin:/bin' },
  workingDirectory: '/',
});

test('nothing runs before the worker has admitted the process, and the process keeps its id', async () => {
  await withGate(async ({ launcher, asked, answer, output, marker }) => {
    launcher.prepare();
    const launching = launcher.launch(request('echo $$', marker));
    assert.is(asked.length, 1);
    assert.is(output(), '');
    answer(true);
    const running = await launching;
    assert.is(running.processId, asked[0]);
    assert.equal(await running.exited, { code: 0 });
    assert.is(output(), `${asked[0]}\n`);
  });
});

test('without a prepared gate one is made', async () => {
  await withGate(async ({ launcher, asked, answer, marker }) => {
    const launching = launcher.launch(request('exit 3', marker));
    answer(true);
    assert.equal(await (await launching).exited, { code: 3 });
    assert.is(asked.length, 1);
  });
});

test('a process that the worker cannot limit is never let go', async () => {
  await withGate(async ({ launcher, answer, output, marker }) => {
    const launching = launcher.launch(request('echo ran', marker));
    answer(false);
    const outcome = await launching.then(() => 'launched', () => 'refused');
    assert.is(outcome, 'refused');
    assert.is(output(), '');
  });
});

test('a gate that died while it waited is replaced', async () => {
  await withGate(async ({ launcher, asked, answer, marker }) => {
    launcher.prepare();
    const first = asked[0] ?? 0;
    process.kill(first, 'SIGKILL');
    // Until it has been waited for, which is when its end is known here.
    while (exists(first)) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const launching = launcher.launch(request('exit 0', marker));
    answer(true);
    answer(true);
    assert.equal(await (await launching).exited, { code: 0 });
    assert.is(asked.length, 2);
  });
});

test('ending everything ends a gate that is not admitted yet, and its program never runs', async () => {
  await withGate(async ({ launcher, asked, answer, output, marker }) => {
    const launching = launcher.launch(request('echo ran', marker)).then(({ exited }) => exited, () => ({ signal: 'SIGKILL' }));
    await launcher.endAll();
    while (isRunning(asked[0] ?? 0)) await new Promise((resolve) => setImmediate(resolve));
    answer(true);
    assert.equal(await launching, { signal: 'SIGKILL' });
    assert.is(output(), '');
  });
});

test('killing one process does not touch the one that came after it', async () => {
  await withGate(async ({ launcher, answer, marker }) => {
    const first = launcher.launch(request('exit 0', marker));
    answer(true);
    const ended = await first;
    await ended.exited;
    const second = launcher.launch(request('read -r line; exit 5', marker));
    answer(true);
    const running = await second;
    ended.kill();
    // Its input is empty, so it comes to its end by itself.
    assert.equal(await running.exited, { code: 5 });
  });
});

test('killing reaches what the process started in its group', async () => {
  await withGate(async ({ launcher, answer, marker }) => {
    const launching = launcher.launch(request('sleep 1000 & sleep 1000', marker));
    answer(true);
    const running = await launching;
    running.kill();
    assert.equal(await running.exited, { signal: 'SIGKILL' });
    assert.equal(await processesLeft(`RIK_GATE_TEST=${marker}`), []);
  });
});

test('a process that is asked to end may do so in its own way, and its neighbour goes on', async () => {
  await withGate(async ({ launcher, answer, asked, output, marker }) => {
    const launching = [launcher.launch(request("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done", marker)), launcher.launch(request('sleep 1000', marker))];
    answer(true);
    answer(true);
    const [asks, stays] = await Promise.all(launching);
    while (!output().includes('ready')) await new Promise((resolve) => setTimeout(resolve, 5));
    asks?.terminate();
    assert.equal(await asks?.exited, { code: 7 });
    assert.ok(isRunning(asked[1] ?? 0));
    stays?.kill();
    assert.equal(await stays?.exited, { signal: 'SIGKILL' });
  });
});

test('a busybox that is not there fails the launch, not the server', async () => {
  await withTemporaryFolder(async (folder) => {
    const logs = new LogPipe(makeFifo(folder), () => {});
    const launcher = gatedLauncher({ busyboxPath: '/nonexistent/busybox', outputs: { function: logs.writeDescriptor, extension: logs.writeDescriptor, frames: logs.writeDescriptor }, admit: async () => {}, endAll: async () => {} });
    launcher.prepare();
    const outcome = await launcher.launch(request('exit 0', folder)).then(() => 'launched', (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'failed'));
    assert.is(outcome, 'ENOENT');
    logs.close();
  });
});

test.run();
