import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findEnvironments, type ProcessRecord } from '../../../bench/environment-processes.ts';

const test = suite('bench/environment-processes');

const PROCESSES: ProcessRecord[] = [
  { pid: 1, parent: 0, command: ['init'] },
  { pid: 10, parent: 1, command: ['node', 'cli/rik.mjs', 'up'] },
  { pid: 20, parent: 10, command: ['bwrap', '--', '/var/rapid/node', '/var/rapid/rapid.cjs'] },
  { pid: 21, parent: 20, command: ['bwrap', '--', '/var/rapid/node', '/var/rapid/rapid.cjs'] },
  { pid: 22, parent: 21, command: ['/var/rapid/node', '/var/rapid/rapid.cjs'] },
  { pid: 23, parent: 22, command: ['/var/runtime/bootstrap'] },
  { pid: 24, parent: 23, command: ['node', 'bootstrap.js'] },
  { pid: 30, parent: 10, command: ['bwrap'] },
  { pid: 31, parent: 30, command: ['/var/rapid/node', '/var/rapid/rapid.cjs'] },
  { pid: 90, parent: 1, command: ['node', '/elsewhere/rapid.cjs'] },
];

test('an environment is its server with its launchers, and apart from them what the server started', () => {
  assert.equal(findEnvironments(10, PROCESSES), [
    { server: 22, own: [22, 21, 20], runtime: [23, 24] },
    { server: 31, own: [31, 30], runtime: [] },
  ]);
});

test('a server of somebody else is not counted', () => {
  assert.not.ok(findEnvironments(10, PROCESSES).some(({ server }) => server === 90));
});

test('a platform without environments has none', () => {
  assert.equal(findEnvironments(24, PROCESSES), []);
});

test.run();
