/** What is left when a worker is killed without a chance to clean up: nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openNamespaceBackend } from '../../../platform/isolation/index.ts';
import { listed, loopBackingFiles, openFixture } from './sandbox-fixture.ts';

type Owner = { process: ChildProcess; pid: number; mark: string; folder: string; children: number[]; ended: Promise<unknown> };

/** The owner also inherits descriptor 40, which no sandbox may get to see. */
async function startOwner(inheritedPath: string): Promise<Owner> {
  const mark = randomUUID();
  const inherited = openSync(inheritedPath, 'r');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'owner-process.ts'), mark], { stdio: ['ignore', 'pipe', 'inherit', ...Array<'ignore'>(37).fill('ignore'), inherited] });
  closeSync(inherited);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout ?? process.stdin }).once('line', resolve));
  const { folder, children } = JSON.parse(line) as { folder: string; children: number[] };
  return { process: child, pid: child.pid ?? 0, mark, folder, children, ended };
}

async function withOwner(inheritedPath: string, use: (owner: Owner) => Promise<void>): Promise<void> {
  const owner = await startOwner(inheritedPath);
  try {
    await use(owner);
  } finally {
    owner.process.kill('SIGKILL');
    await owner.ended;
    await untilNothingRemains(owner);
    rmSync(owner.folder, { recursive: true, force: true });
  }
}

async function killAndExpectNothing(owner: Owner): Promise<void> {
  owner.process.kill('SIGKILL');
  await owner.ended;
  assert.equal(await untilNothingRemains(owner), []);
}

/** Everything of one owner that the host can see. */
function remains(owner: Owner): string[] {
  const found: string[] = [];
  for (const pid of listed('/proc').filter(Number)) {
    const [environment, commandLine, status] = ['environ', 'cmdline', 'status'].map((name) => readOr(`/proc/${pid}/${name}`));
    const isOurs = environment?.includes(owner.mark) || commandLine?.includes(`rik-${owner.pid}-`) || (owner.children.includes(Number(pid)) && /bwrap|busybox/.test(commandLine ?? ''));
    if (isOurs && !/^State:\s*Z/m.test(status ?? '')) found.push(`process ${pid}`);
  }
  for (const base of ['/sys/fs/cgroup', ...listed('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))]) {
    for (const name of listed(join(base, 'rik'))) if (name.startsWith(`${owner.pid}-`)) found.push(join(base, 'rik', name));
  }
  for (const name of listed('/run')) if (name.startsWith(`rik-${owner.pid}-`)) found.push(`/run/${name}`);
  for (const name of listed(join(owner.folder, 'state/isolation'))) found.push(name);
  for (const path of loopBackingFiles()) if (path.startsWith(owner.folder)) found.push(`loop device of ${path}`);
  return found;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

async function untilNothingRemains(owner: Owner): Promise<string[]> {
  let found = remains(owner);
  for (let round = 0; found.length > 0 && round < 500; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    found = remains(owner);
  }
  return found;
}

const opened = await openFixture();
const test = suite('integration/isolation/owner-death');

if (opened.fixture === undefined) {
  test.skip(`nothing is left of a killed worker (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  await opened.fixture.close();
  const scratch = mkdtempSync(join(tmpdir(), 'rik-owner-'));
  const inheritedPath = join(scratch, 'inherited');
  writeFileSync(inheritedPath, 'x');

  test('no mount of a living worker shows on the host, and no inherited descriptor in a sandbox', () =>
    withOwner(inheritedPath, async (owner) => {
      assert.ok(remains(owner).length > 0);
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
      assert.not.ok(mounts.includes(owner.folder));
      assert.not.ok(mounts.includes(`rik-${owner.pid}`));
      // Those behind their gate; the gate itself still holds its own descriptors.
      const programs = listed('/proc').filter(Number).filter((pid) => readOr(`/proc/${pid}/environ`).includes(owner.mark) && readOr(`/proc/${pid}/cmdline`).startsWith('/bin/busybox\0s'));
      assert.ok(programs.length > 0);
      for (const pid of programs) {
        assert.equal(listed(`/proc/${pid}/fd`).sort(), ['0', '1', '2'], readOr(`/proc/${pid}/cmdline`));
      }
      await killAndExpectNothing(owner);
    }));

  test('kill -9 of the worker ends its sandboxes, frozen ones too, and removes mounts, groups, images and folders', () =>
    withOwner(inheritedPath, async (owner) => {
      await killAndExpectNothing(owner);
    }));

  test('when its mount helper is killed together with it, the next worker removes what is left', () =>
    withOwner(inheritedPath, async (owner) => {
      for (const pid of owner.children) if (readOr(`/proc/${pid}/cmdline`).includes('rik-mounts')) process.kill(pid, 'SIGKILL');
      owner.process.kill('SIGKILL');
      await owner.ended;
      const next = openNamespaceBackend({ stateDir: join(owner.folder, 'state'), unprivileged: true });
      assert.equal((await next.probe()).problems, []);
      await next.close();
      assert.equal(await untilNothingRemains(owner), []);
    }));

  test('an interrupt at the terminal of the worker does not reach its sandboxes', () =>
    withOwner(inheritedPath, async (owner) => {
      const groupOf = (pid: number): string | undefined => /\) \S (?:\d+) (\d+)/.exec(readOr(`/proc/${pid}/stat`))?.[1];
      for (const pid of owner.children) assert.is.not(groupOf(pid), groupOf(owner.pid));
      await killAndExpectNothing(owner);
    }));

  test.after(() => rmSync(scratch, { recursive: true, force: true }));
}

test.run();
