import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFileLock } from '../../../../images/store/file-lock.ts';

const test = suite('images/store/file-lock');
let folder: string;
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'rik-lock-')); });
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test('holders of one process take turns, and waiting is told once', async () => {
  const events: string[] = [];
  const hold = (name: string): Promise<void> => withFileLock(join(folder, 'l'), async () => {
    events.push(`${name} in`);
    await new Promise((resolve) => setTimeout(resolve, 120));
    events.push(`${name} out`);
  }, () => events.push(`${name} waits`));
  const first = hold('a');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await Promise.all([first, hold('b')]);
  assert.equal(events, ['a in', 'b waits', 'a out', 'b in', 'b out']);
});

test('the lock goes when the action throws', async () => {
  await withFileLock(join(folder, 'l'), async () => { throw new Error('stop'); }).catch(() => {});
  assert.is(await withFileLock(join(folder, 'l'), async () => 'in'), 'in');
});

test('the lock of a killed process goes with it', async () => {
  // Plain SQLite, so that the child needs none of our files: the lock is SQLite's own.
  const script = "const { DatabaseSync } = require('node:sqlite'); const d = new DatabaseSync(process.argv[1]); d.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000);";
  const child = spawn(process.execPath, ['-e', script, join(folder, 'l')], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  let waited = false;
  const taken = withFileLock(join(folder, 'l'), async () => 'in', () => {
    waited = true;
    child.kill('SIGKILL');
  });
  assert.is(await taken, 'in');
  assert.ok(waited);
});

test.run();
