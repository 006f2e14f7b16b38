import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { cpuNsOf, innerPidOf, isAlive, parseProcessStatus, pidNamespaceOf, readProcessStatus, startTicksOf } from '../../../../platform/isolation/process-table.ts';

const test = suite('platform/isolation/process-table');

const STATUS = 'Name:\tnode\nState:\tS (sleeping)\nPid:\t100\nPPid:\t7\nUid:\t1000\t1000\t1000\t1000\nNSpid:\t100\t2\nVmHWM:\t   48000 kB\nRssAnon:\t    7000 kB\nRssFile:\t   30000 kB\nRssShmem:\t     16 kB\n';

test('identity and memory are read from a status file', () => {
  assert.equal(parseProcessStatus(100, STATUS), { hostPid: 100, pidsByNamespace: [100, 2], parentPid: 7, uid: 1000, isZombie: false, ownBytes: 7016 * 1024, residentPeakBytes: 48_000 * 1024 });
});

test('only a process of a namespace below ours has an inner id', () => {
  assert.is(innerPidOf(parseProcessStatus(100, STATUS)), 2);
  assert.is(innerPidOf(parseProcessStatus(100, 'NSpid:\t100\n')), undefined);
  assert.is(innerPidOf(parseProcessStatus(100, '')), undefined);
  assert.is(innerPidOf(parseProcessStatus(100, 'NSpid:\t100\t7\t3\n')), 3);
});

test('a zombie is not alive', () => {
  assert.ok(parseProcessStatus(1, 'State:\tZ (zombie)\n').isZombie);
});

test('any text is read without a throw', () => {
  fc.assert(fc.property(fc.string(), (text) => parseProcessStatus(1, text).hostPid === 1));
});

if (process.platform !== 'linux') {
  test.skip('this process finds itself (no /proc)', () => undefined);
  console.log('skip: needs Linux');
} else {
  test('this process finds itself, and nobody where nobody is', () => {
    assert.is(readProcessStatus(process.pid)?.uid, process.getuid?.());
    assert.ok(isAlive(process.pid));
    assert.match(startTicksOf(process.pid) ?? '', /^\d+$/);
    assert.match(pidNamespaceOf(process.pid) ?? '', /^pid:\[\d+\]$/);
    assert.ok(cpuNsOf(process.pid) >= 0);
    assert.equal([readProcessStatus(2 ** 30), startTicksOf(2 ** 30), pidNamespaceOf(2 ** 30), cpuNsOf(2 ** 30), isAlive(2 ** 30)], [undefined, undefined, undefined, 0, false]);
  });
}

test.run();
