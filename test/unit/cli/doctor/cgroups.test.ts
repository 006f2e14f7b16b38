import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { examineCgroups, readLayout } from '../../../../cli/doctor/cgroups.ts';

const test = suite('cli/doctor/cgroups');

const V1_MEMORY = '30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory';
const V1_CPU = '31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct';
const V1_PIDS = '32 25 0:28 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids';
const V2 = '33 25 0:29 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const V2_UNIFIED = '34 25 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';

for (const [title, mounts, controllers, kind, folders] of [
  ['version 2 alone', [V2], ['cpuset', 'cpu', 'io', 'memory', 'pids'], 'v2', { memory: '/sys/fs/cgroup', cpu: '/sys/fs/cgroup', pids: '/sys/fs/cgroup' }],
  ['version 1 alone, with controllers that share a hierarchy', [V1_MEMORY, V1_CPU, V1_PIDS], [], 'v1', { memory: '/sys/fs/cgroup/memory', cpu: '/sys/fs/cgroup/cpu,cpuacct', pids: '/sys/fs/cgroup/pids' }],
  ['hybrid, where version 2 has no controller that matters', [V1_MEMORY, V1_CPU, V1_PIDS, V2_UNIFIED], ['hugetlb'], 'hybrid', { memory: '/sys/fs/cgroup/memory', cpu: '/sys/fs/cgroup/cpu,cpuacct', pids: '/sys/fs/cgroup/pids' }],
  ['hybrid, where version 2 has one of them', [V1_MEMORY, V1_CPU, V2_UNIFIED], ['pids'], 'hybrid', { memory: '/sys/fs/cgroup/memory', cpu: '/sys/fs/cgroup/cpu,cpuacct', pids: '/sys/fs/cgroup/unified' }],
  ['none', ['1 1 0:1 / / rw - ext4 /dev/sda rw'], [], 'none', {}],
  ['a mount path with a space', ['30 25 0:26 / /sys/fs/c\\040g rw - cgroup cgroup rw,memory'], [], 'v1', { memory: '/sys/fs/c g' }],
] as const) {
  test(`the layout is read: ${title}`, () => {
    const layout = readLayout(mounts.join('\n'), () => [...controllers]);
    assert.is(layout.kind, kind);
    assert.equal(Object.fromEntries(layout.folders), folders);
  });
}

test('no text is too odd for a layout', () => {
  fc.assert(fc.property(fc.string(), (text) => ['v1', 'v2', 'hybrid', 'none'].includes(readLayout(text, () => []).kind)));
});

test('without root, control groups stop nothing', () => {
  const host = { environment: {}, isRoot: false, platform: process.platform, architecture: process.arch };
  for (const finding of examineCgroups(host)) assert.is(finding.needed, 'optional');
});

test.run();
