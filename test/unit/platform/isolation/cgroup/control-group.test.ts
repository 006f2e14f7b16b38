/** File names, values and order on folders that look like cgroup file systems; then a real tree of processes in real groups, as root. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { detectCgroupLayout } from '../../../../../platform/isolation/cgroup/cgroup-layout.ts';
import { ControlGroup, cpuQuotaUs } from '../../../../../platform/isolation/cgroup/control-group.ts';
import { withTemporaryFolder } from '../../../../support/temporary-folder.ts';

const test = suite('platform/isolation/cgroup/control-group');
const MIB = 1_048_576;

type Fake = { group: ControlGroup; read: (name: string) => string; write: (name: string, text: string) => void; path: string };

async function withV2(files: Record<string, string>, use: (fake: Fake) => void | Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'group');
    mkdirSync(path);
    const write = (name: string, text: string): void => writeFileSync(join(path, name), text);
    for (const [name, text] of Object.entries(files)) write(name, text);
    await use({ group: new ControlGroup([{ version: 2, path, controllers: ['memory', 'cpu', 'pids'] }]), read: (name) => readFileSync(join(path, name), 'utf8'), write, path });
  });
}

async function withV1(files: Record<string, string>, use: (fake: Fake) => void | Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'group');
    mkdirSync(path);
    const write = (name: string, text: string): void => writeFileSync(join(path, name), text);
    for (const [name, text] of Object.entries(files)) write(name, text);
    await use({ group: new ControlGroup([{ version: 1, path, controllers: ['memory', 'cpu', 'cpuacct', 'pids', 'freezer'] }]), read: (name) => readFileSync(join(path, name), 'utf8'), write, path });
  });
}

test('the quota is one processor per 1,769 MiB and never below a millisecond', () => {
  assert.equal([128, 512, 1769, 10_240, 16].map(cpuQuotaUs), [1447, 5789, 20_000, 115_772, 1000]);
});

test('v2 limits go into memory.max, cpu.max and pids.max, without swap and with the group dying as one', () =>
  withV2({ 'memory.swap.max': 'max', 'memory.oom.group': '0', 'cpu.weight': '100' }, ({ group, read }) => {
    group.limitMemory(128);
    group.limitCpu(1769);
    group.limitPids(64);
    assert.equal(['memory.max', 'memory.swap.max', 'memory.oom.group', 'cpu.max', 'cpu.weight', 'pids.max'].map(read), [String(128 * MIB), '0', '1', '20000 20000', '100', '64']);
  }));

test('files that a v2 kernel does not have are not made', () =>
  withV2({}, ({ group, path }) => {
    group.limitMemory(128);
    assert.not.ok(existsSync(join(path, 'memory.swap.max')));
    assert.not.ok(existsSync(join(path, 'memory.oom.group')));
  }));

test('v1 limits go into the files of their controllers', () =>
  withV1({ 'memory.memsw.limit_in_bytes': '' }, ({ group, read }) => {
    group.limitMemory(256);
    group.limitCpu(512);
    group.limitPids(10);
    assert.equal(['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', 'cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.shares', 'pids.max'].map(read), [String(256 * MIB), String(256 * MIB), '20000', '5789', '296', '10']);
  }));

test('v2 usage is anonymous, shared and kernel memory without page cache', () =>
  withV2({ 'memory.stat': 'anon 100\nfile 9999\nkernel 20\nshmem 3\nanon_thp 7\n', 'memory.events': 'low 0\noom 5\noom_kill 2\noom_group_kill 1\n', 'cpu.stat': 'usage_usec 1500\nuser_usec 1\n', 'pids.current': '7\n' }, ({ group }) => {
    assert.equal(group.usage(), { memoryBytes: 123, cpuNs: 1_500_000, pidCount: 7, oomKills: 2 });
  }));

test('v1 usage is the hierarchical resident and shared memory', () =>
  withV1({ 'memory.stat': 'rss 1\ntotal_rss 100\ntotal_shmem 30\ntotal_cache 999\n', 'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n', 'cpuacct.usage': '123456\n', 'pids.current': '2\n' }, ({ group }) => {
    assert.equal(group.usage(), { memoryBytes: 130, cpuNs: 123_456, pidCount: 2, oomKills: 3 });
  }));

test('a v2 group freezes through cgroup.freeze and is frozen when the kernel says so', () =>
  withV2({ 'cgroup.freeze': '0', 'cgroup.events': 'populated 1\nfrozen 1\n' }, async ({ group, read }) => {
    await group.freeze();
    assert.is(read('cgroup.freeze'), '1');
    group.thaw();
    assert.is(read('cgroup.freeze'), '0');
  }));

test('a group that does not freeze in time is thawed and reported, its processor debt forgiven on the way', () =>
  withV2({ 'cgroup.freeze': '0', 'cgroup.events': 'populated 1\nfrozen 0\n', 'cpu.max': 'max 100000' }, async ({ group, read }) => {
    group.limitCpu(1769);
    let error: unknown;
    await group.freeze().catch((thrown: unknown) => (error = thrown));
    assert.match(String(error), /did not freeze/);
    assert.is(read('cgroup.freeze'), '0');
    assert.is(read('cpu.max'), '20000 20000');
  }));

test('kill writes cgroup.kill, thaws, and puts the processor limit back', () =>
  withV2({ 'cgroup.kill': '', 'cgroup.freeze': '1', 'cgroup.procs': '', 'cpu.max': '' }, async ({ group, read }) => {
    group.limitCpu(1769);
    await group.kill();
    assert.equal(['cgroup.kill', 'cgroup.freeze', 'cpu.max'].map(read), ['1', '0', '20000 20000']);
  }));

test('a group without folders limits and lists nothing', async () => {
  const group = new ControlGroup([]);
  group.limitMemory(128);
  group.limitCpu(128);
  group.limitPids(8);
  await group.freeze();
  await group.kill();
  assert.equal([group.exists, group.canFreeze, group.pids(), group.remove()], [false, false, [], []]);
});

test('process ids are read once whatever the number of hierarchies, and the id 0 of a foreign namespace is left out', () =>
  withTemporaryFolder((folder) => {
    const folders = ['a', 'b'].map((name) => ({ version: 1 as const, path: join(folder, name), controllers: [] }));
    const group = new ControlGroup(folders);
    group.make();
    writeFileSync(join(folder, 'a/cgroup.procs'), '5\n0\n7\n');
    writeFileSync(join(folder, 'b/cgroup.procs'), '7\n9\n');
    assert.equal(group.pids().sort(), [5, 7, 9]);
  }));

// The same operations on each half of what this machine has: only v1, only v2.
const hierarchies = process.platform === 'linux' ? detectCgroupLayout().hierarchies : [];

for (const version of [1, 2] as const) {
  const half = hierarchies.filter((hierarchy) => hierarchy.version === version);
  const folders = half.map(({ mountPoint, controllers }) => ({ version, controllers, path: join(mountPoint, `rik-test-${process.pid}-v${version}`) }));
  const reason = half.length === 0 ? `this machine has no cgroup v${version}` : process.getuid?.() !== 0 ? 'needs root' : whyNotWritable(folders.map(({ path }) => path));

  if (reason !== undefined) {
    test.skip(`v${version}: frozen processes die (${reason})`, () => undefined);
    console.log(`skip: ${reason}`);
    continue;
  }

  test(`v${version}: a tree of processes is frozen, thawed, counted, and dies frozen`, async () => {
    const group = new ControlGroup(folders);
    group.make();
    // It waits for its gate, so that all its children are born in the group.
    const tree = spawn('/bin/sh', ['-c', 'read go; trap "" TERM; sleep 600 & sleep 601 & while :; do sleep 1; done'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = new Promise((resolve) => tree.on('exit', (_, signal) => resolve(signal)));
    try {
      await group.add(tree.pid ?? 0);
      tree.stdin?.end('go\n');
      while (group.pids().length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
      if (group.canFreeze) {
        await group.freeze();
        assert.match(readFileSync(`/proc/${tree.pid}/status`, 'utf8'), /^State:\t[DS]/m);
        group.thaw();
        await group.freeze();
      }
      // Pages are charged in batches per processor, so that small trees may count as none; processes are counted exactly.
      assert.ok(group.usage().pidCount >= 4 || !folders.some(({ controllers }) => controllers.includes('pids')));
      await group.kill();
      assert.is(await ended, 'SIGKILL');
      assert.equal(group.pids(), []);
    } finally {
      await group.kill();
      await ended;
      for (let round = 0; group.remove().length > 0 && round < 100; round += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(group.remove(), []);
  });
}

function whyNotWritable(paths: readonly string[]): string | undefined {
  try {
    for (const path of paths) {
      mkdirSync(path);
      rmdirSync(path);
    }
    return undefined;
  } catch (error) {
    return `control groups cannot be made here (${String(error)})`;
  }
}

test.run();
