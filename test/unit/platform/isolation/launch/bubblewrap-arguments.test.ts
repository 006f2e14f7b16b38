import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bubblewrapArguments, type BubblewrapPlan } from '../../../../../platform/isolation/launch/bubblewrap-arguments.ts';

const test = suite('platform/isolation/launch/bubblewrap-arguments');

const PLAN: BubblewrapPlan = { rootPath: '/m/source/1', platformPath: '/m/source/2', boxPath: '/m/box/x', maskedProcFiles: ['kcore'], hasBootId: true, hostName: '169-254-1-2', environment: { A: '--bind / /mnt' }, seccompDescriptor: 5, infoDescriptor: 6 };
const argumentsOf = (changes: Partial<BubblewrapPlan> = {}): string[] => bubblewrapArguments({ ...PLAN, ...changes }).split('\0').slice(0, -1);
const follows = (list: readonly string[], ...sought: string[]): boolean => list.some((_, at) => sought.every((argument, index) => list[at + index] === argument));

test('every namespace is asked for by name, and never in the form that goes on without it', () => {
  const list = argumentsOf();
  for (const name of ['user', 'pid', 'ipc', 'uts', 'cgroup', 'net']) assert.ok(list.includes(`--unshare-${name}`), name);
  assert.not.ok(list.some((argument) => argument.endsWith('-try') || argument === '--unshare-all' || argument === '--share-net'));
});

test('the root, code, layers and platform folder are read-only and only /tmp is bound writable', () => {
  const list = argumentsOf();
  for (const [from, to] of [['/m/source/1', '/'], ['/m/box/x/opt', '/opt'], ['/m/box/x/task', '/var/task'], ['/m/source/2', '/var/rapid']] as const) assert.ok(follows(list, '--ro-bind', from, to), to);
  assert.equal(list.flatMap((argument, at) => (argument === '--bind' ? [list[at + 2]] : [])), ['/tmp']);
  for (const path of ['/dev', '/proc']) assert.ok(follows(list, '--remount-ro', path), path);
});

test('masks come before /proc is made read-only', () => {
  const list = argumentsOf();
  assert.ok(list.indexOf('/proc/kcore') < list.lastIndexOf('--remount-ro'));
  assert.ok(follows(list, '--ro-bind', '/dev/null', '/proc/kcore'));
});

test('the process has no rights, its own session, a filter and dies with its parent', () => {
  const list = argumentsOf();
  assert.ok(follows(list, '--cap-drop', 'ALL'));
  assert.ok(follows(list, '--uid', '993', '--gid', '990'));
  assert.ok(follows(list, '--seccomp', '5'));
  for (const option of ['--new-session', '--die-with-parent', '--disable-userns', '--clearenv']) assert.ok(list.includes(option), option);
});

test('a value that looks like options stays one argument', () => {
  assert.ok(follows(argumentsOf(), '--setenv', 'A', '--bind / /mnt'));
});

test.run();
