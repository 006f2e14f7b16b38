import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listProcesses, parsePs, processesOf, type ProcessEntry } from '../../../../platform/isolation/process-groups.ts';

const test = suite('platform/isolation/process-groups');

const entry = (pid: number, parentPid: number, groupId: number, more: Partial<ProcessEntry> = {}): ProcessEntry => ({ pid, parentPid, groupId, uid: 1000, residentBytes: 0, isZombie: false, ...more });
const found = (options: { roots?: number[]; groups?: number[]; ownUid?: number }, all: ProcessEntry[]): number[] => processesOf({ roots: options.roots ?? [], groups: options.groups ?? [], ownUid: options.ownUid, all }).map(({ pid }) => pid);

test('children, their groups and what lives in these groups are found in any order', () => {
  const all = [entry(14, 1, 12), entry(13, 12, 12), entry(12, 11, 12), entry(11, 10, 10), entry(10, 5, 10), entry(5, 1, 5), entry(99, 1, 99)];
  assert.equal(found({ roots: [10] }, all).sort(), [10, 11, 12, 13, 14]);
});

test('the group that a root merely belongs to is not taken', () => {
  assert.equal(found({ roots: [10] }, [entry(10, 5, 5), entry(5, 1, 5), entry(6, 5, 5)]), [10]);
});

test('a group outlives its leader', () => {
  assert.equal(found({ groups: [10] }, [entry(11, 1, 10), entry(12, 1, 12)]), [11]);
});

test('with an own user id everything of that user is found', () => {
  assert.equal(found({ ownUid: 7 }, [entry(11, 1, 11, { uid: 7 }), entry(12, 1, 12)]), [11]);
});

test('zombies are left out', () => {
  assert.equal(found({ roots: [10] }, [entry(10, 1, 10, { isZombie: true }), entry(11, 10, 10)]), [11]);
});

test('nothing is found without roots', () => {
  assert.equal(found({}, [entry(1, 0, 1), entry(2, 1, 1)]), []);
});

test('the table of ps is read as other systems print it', () => {
  assert.equal(parsePs('    1     0     1     0   8100 Ss\n  501   499   499   501      0 Z+\n\n'), [
    { pid: 1, parentPid: 0, groupId: 1, uid: 0, residentBytes: 8100 * 1024, isZombie: false },
    { pid: 501, parentPid: 499, groupId: 499, uid: 501, residentBytes: 0, isZombie: true },
  ]);
});

test('this process is in the list', () => {
  const own = listProcesses().find(({ pid }) => pid === process.pid);
  assert.is(own?.parentPid, process.ppid);
  assert.ok((own?.residentBytes ?? 0) > 1e6);
});

test.run();
