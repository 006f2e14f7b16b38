import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concludeFrom, isReady } from '../../../../cli/doctor/conclusions.ts';
import { missing, ok, type Finding } from '../../../../cli/doctor/finding.ts';

const test = suite('cli/doctor/conclusions');

const NAMES = ['kernel', 'architecture', 'memory', 'disk', 'bwrap', 'buildah', 'mmdebstrap', 'javac', 'busybox', 'newuidmap', 'util-linux', 'dpkg', 'cgroup layout', 'cgroup memory', 'cgroup cpu', 'cgroup pids', 'sandbox', 'seccomp', ...['user', 'pid', 'mount', 'net', 'ipc', 'uts', 'cgroup'].map((kind) => `namespace ${kind}`)];

function conclude(lacking: readonly string[], isRoot: boolean): Record<string, string> {
  const findings: Finding[] = NAMES.map((name) => (lacking.includes(name) ? missing(name, 'required', 'no', { fix: 'x' }) : ok(name, 'required', 'yes')));
  return Object.fromEntries(concludeFrom(findings, { isRoot }).map(({ name, status, needed }) => [name, `${status} ${needed}`]));
}

const ROOT = 'run functions as root';
const USER = 'run functions unprivileged';
const IMAGES = 'build images';

for (const [title, lacking, isRoot, expected] of [
  ['root with everything can do everything', [], true, { [ROOT]: 'ok required', [USER]: 'ok optional', [IMAGES]: 'ok required' }],
  ['an ordinary user with everything can do all but run as root', [], false, { [ROOT]: 'missing optional', [USER]: 'ok required', [IMAGES]: 'ok required' }],
  ['without buildah only images cannot be built', ['buildah'], true, { [ROOT]: 'ok required', [USER]: 'ok optional', [IMAGES]: 'missing required' }],
  ['without a memory controller only root is stopped', ['cgroup memory'], true, { [ROOT]: 'missing required', [USER]: 'ok optional', [IMAGES]: 'ok required' }],
  ['without a filter nothing runs', ['seccomp'], false, { [ROOT]: 'missing optional', [USER]: 'missing required', [IMAGES]: 'ok required' }],
  ['root needs no id mapping', ['newuidmap'], true, { [ROOT]: 'ok required', [USER]: 'ok optional', [IMAGES]: 'ok required' }],
  ['an ordinary user needs it for images', ['newuidmap'], false, { [ROOT]: 'missing optional', [USER]: 'ok required', [IMAGES]: 'missing required' }],
] as const) {
  test(title, () => assert.equal(conclude(lacking, isRoot), expected));
}

test('a finding that was not made counts as lacking', () => {
  assert.ok(concludeFrom([], { isRoot: true }).every(({ status }) => status === 'missing'));
});

test('a machine is ready when nothing required is missing', () => {
  assert.ok(isReady([ok('a', 'required', ''), missing('b', 'optional', '', {})]));
  assert.not(isReady([ok('a', 'required', ''), missing('b', 'required', '', {})]));
});

test.run();
