// time-limit-seconds: 180
/** Attacks on what is shared by all: memory, processes, processor, disk. The worker and the neighbours must not notice. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openFixture, type TestSandbox } from '../isolation/sandbox-fixture.ts';

const MIB = 1_048_576;

const opened = await openFixture();
const test = suite('integration/security/resources');

if (opened.fixture === undefined) {
  test.skip(`resources are limited (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { fixture } = opened;
  const { capabilities } = await fixture.backend.probe();
  const lacks = (name: 'memoryLimit' | 'pidsLimit' | 'cpuLimit' | 'diskQuota'): boolean => {
    if (!capabilities[name].available) console.log(`skip: ${name}: ${capabilities[name].how}`);
    return !capabilities[name].available;
  };
  /** A program of the function that runs JavaScript. */
  const script = (sandbox: TestSandbox, code: string): ReturnType<TestSandbox['start']> => sandbox.start([...fixture.request.command.slice(0, -1), '-e', code]);

  test('a memory hog is killed alone, counted, and its peak is the limit', async () => {
    if (lacks('memoryLimit')) return;
    const sandbox = await fixture.bound({ limits: { memoryMiB: 64 } });
    const { signal } = await sandbox.run(['/bin/busybox', 'sh', '-c', 'a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done']);
    assert.is(signal, 'SIGKILL');
    const stats = await sandbox.sandbox.stats();
    assert.ok(stats.oomKills >= 1);
    assert.is(stats.memoryPeakBytes, 64 * MIB);
    assert.is(await sandbox.evaluate('1 + 1'), 2);
    await sandbox.sandbox.reset();
    assert.is((await sandbox.shell('echo again')).stdout, 'again\n');
    await sandbox.sandbox.destroy();
  });

  test('many children together have one limit', async () => {
    if (lacks('memoryLimit')) return;
    const sandbox = await fixture.bound({ limits: { memoryMiB: 64 } });
    // Each holds a filled buffer of 16 MiB while nobody reads.
    const hogs = await sandbox.start(['/bin/busybox', 'sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do /bin/busybox dd if=/dev/zero bs=16M count=1 2>/dev/null | sleep 600 & done; wait']);
    while ((await sandbox.sandbox.stats()).oomKills === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    // The storm has used up seconds of processor quota; the reset must not wait for them.
    await sandbox.sandbox.reset();
    await hogs.exited;
    assert.is((await sandbox.shell('echo again')).stdout, 'again\n');
    await sandbox.sandbox.destroy();
  });

  test('the server is not charged to the function, and page cache is not billed', async () => {
    if (lacks('memoryLimit')) return;
    const sandbox = await fixture.bound({ limits: { memoryMiB: 512 } });
    await sandbox.evaluate('void (globalThis.kept = Buffer.alloc(60e6, 1))');
    assert.is((await sandbox.sandbox.stats()).memoryCurrentBytes, 0);
    // Where /tmp is a tmpfs it is memory, and the report says so.
    if (capabilities.diskQuota.available) await sandbox.shell('/bin/busybox dd if=/dev/zero of=/tmp/big bs=1M count=40 2>/dev/null; cat /tmp/big >/dev/null');
    else await sandbox.shell('cat /var/rapid/node >/dev/null');
    const { memoryPeakBytes } = await sandbox.sandbox.stats();
    assert.ok(memoryPeakBytes < 20 * MIB, String(memoryPeakBytes));
    await sandbox.sandbox.destroy();
  });

  test('the peak follows what was used and does not fall', async () => {
    if (lacks('memoryLimit')) return;
    const sandbox = await fixture.bound({ limits: { memoryMiB: 512 } });
    const running = await script(sandbox, 'globalThis.kept = Buffer.alloc(100e6, 1); setInterval(() => {}, 1e6)');
    let peak = 0;
    while (peak < 100e6) {
      peak = (await sandbox.sandbox.stats()).memoryPeakBytes;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(peak < 250 * MIB, String(peak));
    await sandbox.sandbox.reset();
    await running.exited;
    const after = await sandbox.sandbox.stats();
    assert.ok(after.memoryPeakBytes >= peak);
    assert.ok(after.memoryCurrentBytes < 10 * MIB, String(after.memoryCurrentBytes));
    await sandbox.sandbox.destroy();
  });

  test('a server that was taken over cannot eat the host’s memory either', async () => {
    if (lacks('memoryLimit')) return;
    const sandbox = await fixture.bound();
    void sandbox.evaluate('(() => { const list = []; for (;;) list.push(Buffer.alloc(8e6, 1)); })()');
    assert.equal(await sandbox.sandbox.died, { cause: 'signaled', signal: 'SIGKILL' });
    await sandbox.sandbox.destroy();
  });

  test('a fork bomb ends at its limit and dies at reset', async () => {
    if (lacks('pidsLimit')) return;
    const sandbox = await fixture.bound({ limits: { pidsMax: 32 } });
    const bomb = await sandbox.start(['/bin/busybox', 'sh', '-c', 'bomb() { bomb | bomb & }; bomb; sleep 600']);
    let highest = 0;
    for (let sample = 0; sample < 20; sample += 1) {
      highest = Math.max(highest, (await sandbox.sandbox.stats()).pidsCurrent);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(highest <= 32, String(highest));
    assert.is(await sandbox.evaluate('1 + 1'), 2);
    await sandbox.sandbox.reset();
    await bomb.exited;
    assert.is((await sandbox.sandbox.stats()).pidsCurrent, 0);
    assert.is((await sandbox.shell('echo again')).stdout, 'again\n');
    await sandbox.sandbox.destroy();
  });

  const onlyWithoutController = capabilities.pidsLimit.available ? (): void => undefined : test;
  onlyWithoutController('without a pids controller processes end at the resource limit of the sandbox', async () => {
    const sandbox = await fixture.bound();
    const many = await sandbox.shell('i=0; while [ $i -lt 1000 ]; do sleep 600 & i=$((i+1)); done 2>&1; echo all');
    assert.match(many.stdout, /can't fork|Resource temporarily unavailable/);
    assert.ok((await sandbox.sandbox.stats()).pidsCurrent < 742);
    await sandbox.sandbox.reset();
    assert.is((await sandbox.sandbox.stats()).pidsCurrent, 0);
    await sandbox.sandbox.destroy();
  });

  test('threads count as processes', async () => {
    if (lacks('pidsLimit')) return;
    const sandbox = await fixture.bound({ limits: { pidsMax: 20, memoryMiB: 512 } });
    // Node.js itself may end, abort or hang at the limit, and a sample may come just before or after: the count is of threads, and never above it.
    const bomb = await script(sandbox, `const { Worker } = require('worker_threads'); for (let i = 0; i < 60; i++) new Worker('setInterval(() => {}, 1e6)', { eval: true }).on('error', () => {}); setInterval(() => {}, 1e6);`);
    let highest = 0;
    for (let sample = 0; sample < 100 && highest < 20; sample += 1) {
      highest = Math.max(highest, (await sandbox.sandbox.stats()).pidsCurrent);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(highest > 10 && highest <= 20, String(highest));
    await sandbox.sandbox.reset();
    await bomb.exited;
    await sandbox.sandbox.destroy();
  });

  test('processor time follows the memory size', async () => {
    if (lacks('cpuLimit')) return;
    const sandbox = await fixture.bound({ limits: { memoryMiB: 177 } });
    await sandbox.start(['/bin/busybox', 'sh', '-c', 'while :; do :; done & while :; do :; done']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [from, start] = [(await sandbox.sandbox.stats()).cpuNs, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const share = ((await sandbox.sandbox.stats()).cpuNs - from) / 1e6 / (performance.now() - start);
    // A tenth of one processor; a loaded machine can only give less.
    assert.ok(share < 0.15, String(share));
    await sandbox.sandbox.destroy();
  });

  test('/tmp ends at its size, in bytes and in files, and the neighbour’s does not', async () => {
    const [sandbox, neighbour] = await Promise.all([fixture.bound({ request: { tmpMiB: 16 }, limits: { memoryMiB: 256 } }), fixture.bound()]);
    const { stderr } = await sandbox.shell('/bin/busybox dd if=/dev/zero of=/tmp/full bs=1M count=64');
    assert.match(stderr, /No space left on device/);
    const { tmpUsedBytes } = await sandbox.sandbox.stats();
    assert.ok(tmpUsedBytes > 12 * MIB && tmpUsedBytes <= 16 * MIB, String(tmpUsedBytes));
    assert.is((await neighbour.shell('/bin/busybox dd if=/dev/zero of=/tmp/some bs=1M count=8 2>/dev/null && echo fits')).stdout, 'fits\n');
    await sandbox.shell('/bin/busybox rm /tmp/full');
    assert.ok((await sandbox.sandbox.stats()).tmpUsedBytes < MIB);
    await Promise.all([sandbox.sandbox.destroy(), neighbour.sandbox.destroy()]);
  });

  test('data in /tmp is no memory of the function', async () => {
    if (lacks('diskQuota') || lacks('memoryLimit')) return;
    const sandbox = await fixture.bound({ request: { tmpMiB: 128 }, limits: { memoryMiB: 32 } });
    const { exitCode, stderr } = await sandbox.shell('/bin/busybox dd if=/dev/zero of=/tmp/big bs=1M count=100');
    assert.is(exitCode, 0, stderr);
    assert.is((await sandbox.sandbox.stats()).oomKills, 0);
    await sandbox.sandbox.destroy();
  });

  test('a huge sparse file and many files do not hold up the end', async () => {
    const sandbox = await fixture.bound();
    await sandbox.shell('/bin/busybox truncate -s 60G /tmp/sparse; i=0; while [ $i -lt 3000 ]; do : > /tmp/file$i || break; i=$((i+1)); done');
    await sandbox.sandbox.destroy();
  });

  test('a flood on the server’s own output does not fill the worker', async () => {
    const sandbox = await fixture.bound();
    await sandbox.evaluate(`new Promise((resolve) => { let left = 200; const more = () => left-- > 0 ? process.stdout.write('x'.repeat(100000), more) : resolve(); more(); })`);
    assert.ok(sandbox.sandbox.diagnostics().length <= 4096);
    await sandbox.sandbox.destroy();
  });

  test('after all attacks everything leaves cleanly', async () => {
    await fixture.close();
  });
}

test.run();
