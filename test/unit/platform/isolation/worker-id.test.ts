import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isNameOfDeadWorker, newWorkerId } from '../../../../platform/isolation/worker-id.ts';

const test = suite('platform/isolation/worker-id');

test('a name is new each time and its worker lives', () => {
  const names = [newWorkerId(), newWorkerId()];
  assert.is(new Set(names).size, 2);
  for (const name of names) assert.not.ok(isNameOfDeadWorker(name));
});

test('a worker that ended, or whose id went to another process, is dead', () => {
  const [, start, namespace] = newWorkerId().split('-');
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  assert.ok(isNameOfDeadWorker(`${ended}-${start}-${namespace}-1`));
  assert.ok(isNameOfDeadWorker(`${process.pid}-1-${namespace}-1`));
});

test('a worker of another process namespace is left alone, and so is any other name', () => {
  const [, start] = newWorkerId().split('-');
  for (const name of [`999999-${start}-1-1`, 'rik', '', '1-2-3', 'a-b-c-d', '../1-2-3-4', '1-2-3-4-5']) assert.not.ok(isNameOfDeadWorker(name), name);
});

test.run();
