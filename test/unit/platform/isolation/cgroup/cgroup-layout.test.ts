import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { parseCgroupLayout } from '../../../../../platform/isolation/cgroup/cgroup-layout.ts';

const test = suite('platform/isolation/cgroup/cgroup-layout');

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw';
const HYBRID = [
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
  '39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:4 - cgroup cgroup rw,pids',
  '40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd',
  '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
].join('\n');

test('a machine with only cgroup2 is v2, with the controllers that the root offers', () => {
  const layout = parseCgroupLayout({ mountInfo: V2, ownGroups: '0::/user.slice/user-1000.slice', readControllers: () => 'cpuset cpu io memory pids\n' });
  assert.equal(layout, { kind: 'v2', hierarchies: [{ version: 2, mountPoint: '/sys/fs/cgroup', ownPath: '/user.slice/user-1000.slice', controllers: ['memory', 'cpu', 'pids'] }] });
});

test('in a hybrid layout limits come from v1 and the empty v2 half stays for freezing and killing', () => {
  const layout = parseCgroupLayout({ mountInfo: HYBRID, ownGroups: '9:memory:/a\n3:cpu,cpuacct:/b\n1:name=systemd:/\n0::/c', readControllers: () => 'hugetlb' });
  assert.is(layout.kind, 'hybrid');
  assert.equal(
    layout.hierarchies.map(({ version, mountPoint, ownPath, controllers }) => [version, mountPoint, ownPath, controllers]),
    [
      [2, '/sys/fs/cgroup/unified', '/c', []],
      [1, '/sys/fs/cgroup/cpu,cpuacct', '/b', ['cpu', 'cpuacct']],
      [1, '/sys/fs/cgroup/memory', '/a', ['memory']],
      [1, '/sys/fs/cgroup/pids', '/', ['pids']],
    ],
  );
});

test('a controller that v2 has is not taken from v1', () => {
  const { hierarchies } = parseCgroupLayout({ mountInfo: HYBRID, ownGroups: '', readControllers: () => 'memory cpu' });
  assert.equal(hierarchies.flatMap(({ version, controllers }) => controllers.map((name) => `${version} ${name}`)), ['2 memory', '2 cpu', '1 pids']);
});

test('only v1 mounts make v1, and no mount makes none', () => {
  assert.is(parseCgroupLayout({ mountInfo: HYBRID.split('\n').slice(0, 3).join('\n'), ownGroups: '', readControllers: () => '' }).kind, 'v1');
  assert.equal(parseCgroupLayout({ mountInfo: '22 27 0:21 / /proc rw - proc proc rw', ownGroups: '', readControllers: () => '' }), { kind: 'none', hierarchies: [] });
});

test('where a mount shows a part only, the own path is inside that part', () => {
  const mountInfo = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';
  const own = (ownGroups: string): string | undefined => parseCgroupLayout({ mountInfo, ownGroups, readControllers: () => '' }).hierarchies[0]?.ownPath;
  assert.is(own('4:memory:/docker/abc/x'), '/x');
  assert.is(own('4:memory:/docker/abc'), '/');
  assert.is(own('4:memory:/../outside'), '/');
  assert.is(own('4:memory:/with:colon'), '/with:colon');
});

test('escaped blanks in a mount point are read', () => {
  assert.is(parseCgroupLayout({ mountInfo: '1 2 0:3 / /my\\040groups rw - cgroup2 none rw', ownGroups: '', readControllers: () => '' }).hierarchies[0]?.mountPoint, '/my groups');
});

test('any text is read without a throw', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (mountInfo, ownGroups) => parseCgroupLayout({ mountInfo, ownGroups, readControllers: () => '' }).hierarchies.length >= 0));
});

test.run();
