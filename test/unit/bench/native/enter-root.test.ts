import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runProcess, type Finished } from '../../../../bench/processes.ts';
import { REPOSITORY_FOLDER } from '../../../../bench/repository-folder.ts';
import { findProgram, prepareTools } from '../../../../bench/tools.ts';

const test = suite('bench/native/enter-root');
const searchPath = process.env['PATH'] ?? '';
const busybox = await findProgram(['busybox'], searchPath);
const { enterRoot } = await prepareTools({ cacheFolder: join(REPOSITORY_FOLDER, 'dist', 'bench'), searchPath });
let folder = '';
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rik-bench-test-'));
  for (const name of ['root', 'root/proc', 'root/dev', 'root/var', 'root/var/task', 'root/bin', 'task']) mkdirSync(join(folder, name));
  if (busybox !== undefined) copyFileSync(busybox, join(folder, 'root', 'bin', 'busybox'));
  writeFileSync(join(folder, 'task', 'hello.txt'), 'from the task\n');
});
test.after(() => rmSync(folder, { recursive: true }));

async function enter(command: readonly string[]): Promise<Finished> {
  return runProcess([...(enterRoot ?? []), join(folder, 'root'), join(folder, 'task'), ...command], { timeLimitMs: 30_000 });
}

/** Why nothing can be shown here, if so: no tools, a busybox that needs libraries, or a kernel that refuses namespaces. */
async function findObstacle(): Promise<string | undefined> {
  if (enterRoot === undefined) return 'no C compiler on this machine';
  if (busybox === undefined) return 'no busybox on this machine';
  const { status, stderr } = await enter(['/bin/busybox', 'true']);
  return status === 0 ? undefined : `a command cannot enter a root here: ${stderr.trim()}`;
}

test('a command sees the root as its file system, the task in it, and leaves no mount', async () => {
  const obstacle = await findObstacle();
  if (obstacle !== undefined) {
    console.log(`skip: ${obstacle}`);
    return;
  }
  const mountsBefore = readFileSync('/proc/self/mountinfo', 'utf8');
  assert.equal(await enter(['/bin/busybox', 'cat', 'hello.txt', '/proc/self/comm']), { status: 0, stdout: 'from the task\nbusybox\n', stderr: '' });
  assert.is((await enter(['/bin/busybox', 'ls', '/'])).stdout, 'bin\ndev\nproc\nvar\n');
  assert.not(readFileSync('/proc/self/mountinfo', 'utf8').split('\n').some((line) => line.includes(folder) && !mountsBefore.includes(line)));
  assert.equal(readdirSync(join(folder, 'root', 'var', 'task')), []);
});

test('a command that is not in the root ends with status 126 and its name', async () => {
  const obstacle = await findObstacle();
  if (obstacle !== undefined) {
    console.log(`skip: ${obstacle}`);
    return;
  }
  const { status, stderr } = await enter(['/bin/nothing']);
  assert.is(status, 126);
  assert.match(stderr, /\/bin\/nothing/);
});

test.run();
