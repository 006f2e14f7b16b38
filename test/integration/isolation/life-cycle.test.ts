// time-limit-seconds: 240
/** A namespace sandbox from blank to gone, with real processes, mounts and control groups. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { caught } from '../../support/temporary-folder.ts';
import { rawProgram, readResults } from '../security/raw-program.ts';
import { leftovers, LIMITS, listed, loopBackingFiles, openFixture } from './sandbox-fixture.ts';

const PROCESS_LIST = `require('fs').readdirSync('/proc').filter(Number).map((pid) => { try { return require('fs').readFileSync('/proc/' + pid + '/cmdline', 'latin1'); } catch { return ''; } }).join(' | ')`;

function codeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'code' in value ? value.code : value;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Sandbox groups only: the worker's own folder stays while the backend is open. */
function ownGroups(): string[] {
  return leftovers().flatMap((path) => (path.startsWith('/sys/fs/cgroup') ? groupsIn(path) : []));
}

function groupsIn(path: string): string[] {
  return listed(path).filter((name) => /-(server|function)$/.test(name));
}

/** Images of this test's own state folder. */
function ownLoops(folder: string): string[] {
  return loopBackingFiles().filter((path) => path.startsWith(folder));
}

const opened = await openFixture();
const test = suite('integration/isolation/life-cycle');

if (opened.fixture === undefined) {
  test.skip(`a namespace sandbox lives and dies (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { fixture } = opened;
  const { capabilities } = await fixture.backend.probe();
  const hasLimits = capabilities.memoryLimit.available && capabilities.pidsLimit.available;
  const needsLimits = (): boolean => {
    if (!hasLimits) console.log(`skip: no control groups: ${capabilities.memoryLimit.how}`);
    return hasLimits;
  };

  test('the command runs as 993:990 with its own environment only, on the bound platform folder', async () => {
    const sandbox = await fixture.blank();
    const seen = await sandbox.evaluate(`({ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), env: process.env, cwd: process.cwd(), exe: process.argv[1] })`);
    assert.equal(seen, { uid: 993, gid: 990, groups: [990], env: { MARK: 'server', PWD: '/' }, cwd: '/', exe: '/var/rapid/rapid.cjs' });
    await sandbox.sandbox.destroy();
  });

  test('code and layers appear in the running sandbox and cannot be written', async () => {
    const sandbox = await fixture.blank();
    const list = `require('fs').readdirSync('/var/task').concat(require('fs').readdirSync('/opt'))`;
    assert.equal(await sandbox.evaluate(list), []);
    await sandbox.sandbox.bind({ codePath: fixture.codePath, layersPath: fixture.layersPath, limits: LIMITS });
    assert.equal(await sandbox.evaluate(list), ['handler.txt', 'layer.txt']);
    for (const path of ['/var/task/new', '/var/task/handler.txt', '/opt/new', '/opt/layer.txt']) {
      assert.equal(codeOf(await sandbox.evaluate(`require('fs').writeFileSync('${path}', 'x')`)), 'EROFS', path);
    }
    const { exitCode, stdout } = await sandbox.shell('cat handler.txt; touch /var/task/handler.txt 2>&1; chmod 777 /var/task 2>&1; rm -f /opt/layer.txt 2>&1; ln /var/task/handler.txt /tmp/hard 2>&1');
    assert.is.not(exitCode, 0);
    assert.is(stdout.match(/Read-only file system/g)?.length, 3, stdout);
    assert.match(stdout, /Cross-device link|Invalid cross-device|Operation not permitted/);
    assert.is(readFileSync(join(fixture.codePath, 'handler.txt'), 'utf8'), 'handler.txt');
    await sandbox.sandbox.destroy();
  });

  test('without layers /opt stays an empty folder that cannot be written', async () => {
    const sandbox = await fixture.blank();
    await sandbox.sandbox.bind({ codePath: fixture.codePath, limits: LIMITS });
    assert.equal(await sandbox.evaluate(`require('fs').readdirSync('/opt')`), []);
    assert.is(codeOf(await sandbox.evaluate(`require('fs').mkdirSync('/opt/x')`)), 'EROFS');
    await sandbox.sandbox.destroy();
  });

  test('a second bind is refused and changes nothing', async () => {
    const sandbox = await fixture.bound();
    const error = await caught(() => sandbox.sandbox.bind({ codePath: fixture.layersPath, limits: LIMITS }));
    assert.is(codeOf(error), 'isolation/already-bound');
    assert.equal(await sandbox.evaluate(`require('fs').readdirSync('/var/task')`), ['handler.txt']);
    await sandbox.sandbox.destroy();
  });

  test('content of one sandbox does not appear in another', async () => {
    const [one, other] = await Promise.all([fixture.blank(), fixture.blank()]);
    await one.sandbox.bind({ codePath: fixture.codePath, limits: LIMITS });
    assert.equal(await other.evaluate(`require('fs').readdirSync('/var/task')`), []);
    await one.evaluate(`require('fs').writeFileSync('/tmp/mark', 'x')`);
    assert.equal(await other.evaluate(`require('fs').readdirSync('/tmp')`), []);
    await Promise.all([one.sandbox.destroy(), other.sandbox.destroy()]);
  });

  test('a folder that was replaced under the same name is bound anew', async () => {
    const path = join(fixture.folder, 'replaced');
    const seen: unknown[] = [];
    for (const name of ['first', 'second']) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { mode: 0o755 });
      writeFileSync(join(path, name), '');
      const sandbox = await fixture.blank();
      await sandbox.sandbox.bind({ codePath: path, limits: LIMITS });
      seen.push(await sandbox.evaluate(`require('fs').readdirSync('/var/task')`));
      await sandbox.sandbox.destroy();
    }
    assert.equal(seen, [['first'], ['second']]);
  });

  test('a held process runs nothing before it is admitted, and is then in the limited group', async () => {
    if (!needsLimits()) return;
    const sandbox = await fixture.bound();
    const held = await sandbox.start(['/bin/busybox', 'sh', '-c', 'echo ran; exec sleep 30'], { isHeld: true });
    assert.is((await sandbox.sandbox.stats()).pidsCurrent, 0);
    await sandbox.sandbox.admit(held.pid);
    assert.is((await sandbox.sandbox.stats()).pidsCurrent, 1);
    held.release();
    await sandbox.sandbox.reset();
    assert.is((await held.exited).signal, 'SIGKILL');
    await sandbox.sandbox.destroy();
  });

  test('process ids that are not in the sandbox are not admitted', async () => {
    const sandbox = await fixture.bound();
    for (const pid of [0, -1, 1, 1.5, Number.NaN, 4_000_000, process.pid]) {
      assert.is(codeOf(await caught(() => sandbox.sandbox.admit(pid))), 'isolation/no-such-process', String(pid));
    }
    await sandbox.sandbox.destroy();
  });

  test('reset ends every process of the function, daemons too, and keeps the server and /tmp', async () => {
    const sandbox = await fixture.bound();
    const daemon = await sandbox.start(['/bin/busybox', 'sh', '-c', 'echo kept >/tmp/kept; (/bin/busybox setsid /bin/busybox sh -c "sleep 600 & sleep 601" >/dev/null 2>&1 &) ; trap "" TERM INT HUP; sleep 602']);
    await until(async () => String(await sandbox.evaluate(PROCESS_LIST)).includes('sleep\u0000601'));
    await sandbox.sandbox.reset();
    assert.is((await daemon.exited).signal, 'SIGKILL');
    assert.not.match(String(await sandbox.evaluate(PROCESS_LIST)), /sleep/);
    assert.is(await sandbox.evaluate(`require('fs').readFileSync('/tmp/kept', 'utf8')`), 'kept\n');
    assert.is((await sandbox.shell('echo again')).stdout, 'again\n');
    await sandbox.sandbox.destroy();
  });

  test('System V objects and message queues do not survive a reset', async () => {
    if (process.arch !== 'x64') return console.log('skip: the raw system-call program is written for x86-64');
    const sandbox = await fixture.bound();
    const maker = rawProgram([
      { number: 29, arguments: [4711, 4096, 0o1600] }, // shmget
      { number: 64, arguments: [4711, 1, 0o1600] }, // semget
      { number: 68, arguments: [4711, 0o1600] }, // msgget
      { number: 240, arguments: [{ bytes: Buffer.from('left\0') }, 0o102, 0o600, 0] }, // mq_open, create
    ]);
    await sandbox.evaluate(`require('fs').writeFileSync('/tmp/maker', Buffer.from('${maker.toString('hex')}', 'hex'), { mode: 0o755 })`);
    const made = readResults((await sandbox.run(['/tmp/maker'])).stdout);
    assert.ok(made.length === 4 && made.every((result) => result >= 0), String(made));
    await sandbox.sandbox.reset();
    const sought = rawProgram([
      { number: 29, arguments: [4711, 4096, 0o600] },
      { number: 64, arguments: [4711, 1, 0o600] },
      { number: 68, arguments: [4711, 0o600] },
      { number: 240, arguments: [{ bytes: Buffer.from('left\0') }, 2, 0, 0] },
    ]);
    await sandbox.evaluate(`require('fs').writeFileSync('/tmp/seeker', Buffer.from('${sought.toString('hex')}', 'hex'), { mode: 0o755 })`);
    const ENOENT = -2;
    assert.equal(readResults((await sandbox.run(['/tmp/seeker'])).stdout), [ENOENT, ENOENT, ENOENT, ENOENT]);
    await sandbox.sandbox.destroy();
  });

  test('a frozen function uses no processor time, goes on after thaw, and dies frozen', async () => {
    if (!capabilities.freeze.available) return console.log(`skip: no freezer: ${capabilities.freeze.how}`);
    const sandbox = await fixture.bound();
    const busy = await sandbox.start(['/bin/busybox', 'sh', '-c', 'while :; do :; done']);
    await until(async () => (await sandbox.sandbox.stats()).cpuNs > 1_000_000);
    await sandbox.sandbox.freeze();
    const before = (await sandbox.sandbox.stats()).cpuNs;
    assert.is(await sandbox.evaluate(`new Promise((resolve) => setTimeout(resolve, 100, 'the server goes on'))`), 'the server goes on');
    assert.is((await sandbox.sandbox.stats()).cpuNs, before);
    await sandbox.sandbox.thaw();
    await until(async () => (await sandbox.sandbox.stats()).cpuNs > before);
    await sandbox.sandbox.freeze();
    await sandbox.sandbox.kill();
    await busy.exited;
    assert.equal(await sandbox.sandbox.died, { cause: 'killed' });
    await sandbox.sandbox.destroy();
  });

  test('a frozen function dies at reset', async () => {
    if (!capabilities.freeze.available) return console.log(`skip: no freezer: ${capabilities.freeze.how}`);
    const sandbox = await fixture.bound();
    const sleeper = await sandbox.start(['/bin/busybox', 'sleep', '600']);
    await sandbox.sandbox.freeze();
    await sandbox.sandbox.reset();
    assert.is((await sleeper.exited).signal, 'SIGKILL');
    assert.is((await sandbox.shell('echo alive')).stdout, 'alive\n');
    await sandbox.sandbox.destroy();
  });

  for (const [title, script, end] of [
    ['a server that exits ends the sandbox with its exit code', 'process.exit(7)', { cause: 'exited', exitCode: 7 }],
    ['a server that is killed from inside ends the sandbox with the signal', `process.kill(process.pid, 'SIGKILL')`, { cause: 'signaled', signal: 'SIGKILL' }],
  ] as const) {
    test(title, async () => {
      const sandbox = await fixture.bound();
      const sleeper = await sandbox.start(['/bin/busybox', 'sleep', '600']);
      void sandbox.evaluate(script);
      assert.equal(await sandbox.sandbox.died, end);
      await sleeper.exited;
      assert.is(codeOf(await caught(() => sandbox.sandbox.reset())), 'isolation/sandbox-gone');
      await sandbox.sandbox.destroy();
    });
  }

  test('kill and destroy may be called twice and in any order', async () => {
    const sandbox = await fixture.bound();
    await Promise.all([sandbox.sandbox.kill(), sandbox.sandbox.destroy(), sandbox.sandbox.kill()]);
    await sandbox.sandbox.destroy();
    assert.equal(await sandbox.sandbox.died, { cause: 'killed' });
  });

  test('a command that does not exist ends the sandbox and its message is kept', async () => {
    const sandbox = await fixture.backend.prepare({ ...fixture.request, command: ['/var/rapid/absent'] });
    assert.match(JSON.stringify(await sandbox.died), /^\{"cause":"exited","exitCode":(1|127)\}$/);
    assert.match(sandbox.diagnostics(), /absent/);
    await sandbox.destroy();
  });

  test('what the server prints is kept up to its last 4 KiB', async () => {
    const sandbox = await fixture.blank();
    await sandbox.evaluate(`process.stdout.write('x'.repeat(100000) + 'END')`);
    await until(async () => sandbox.sandbox.diagnostics().endsWith('END'));
    assert.is(sandbox.sandbox.diagnostics().length, 4096);
    await sandbox.sandbox.destroy();
  });

  for (const [title, changes] of [
    ['a root without its mount points', { rootPath: '/proc/self' }],
    ['a root that is not there', { rootPath: '/nonexistent' }],
    ['an empty command', { command: [] }],
    ['a variable name with an equals sign', { environment: { 'A=B': 'x' } }],
    ['a variable value with a zero byte', { environment: { A: 'x\0y' } }],
    ['a size of /tmp below the minimum', { tmpMiB: 1 }],
  ] as const) {
    test(`${title} is refused before anything is made`, async () => {
      assert.is(codeOf(await caught(() => fixture.backend.prepare({ ...fixture.request, ...changes, command: [...('command' in changes ? changes.command : fixture.request.command)] }))), 'isolation/bad-request');
    });
  }

  test('a request that needs a capability which is missing is refused', async () => {
    const error = await caught(() => fixture.backend.prepare({ ...fixture.request, needs: ['hardwareIsolation'] }));
    assert.is(codeOf(error), 'isolation/capability-refused');
  });

  test('variables with quotes, line breaks and options reach the server unchanged', async () => {
    const environment = { A: `it's "$HOME" \`x\`\n--ro-bind / /mnt`, B: '', LD_LIBRARY_PATH_X: '--unshare-all' };
    const sandbox = await fixture.blank({ environment });
    assert.equal(await sandbox.evaluate('({ ...process.env, PWD: undefined })'), environment);
    await sandbox.sandbox.destroy();
  });

  test('fifty sandboxes one after the other leave nothing', async () => {
    const loops = ownLoops(fixture.folder);
    for (let count = 0; count < 50; count += 1) {
      const sandbox = await fixture.backend.prepare({ ...fixture.request, command: ['/var/rapid/busybox', 'sleep', '600'] });
      await sandbox.bind({ codePath: fixture.codePath, layersPath: fixture.layersPath, limits: LIMITS });
      await sandbox.destroy();
    }
    await until(async () => ownLoops(fixture.folder).length === loops.length);
    assert.equal(ownGroups(), []);
  });

  test('eight sandboxes at once work beside each other and leave nothing', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const sandbox = await fixture.bound();
        const { stdout } = await sandbox.shell(`echo ${index} >/tmp/own; sleep 0.1; cat /tmp/own`);
        await sandbox.sandbox.destroy();
        return stdout;
      }),
    );
    assert.equal(results, ['0\n', '1\n', '2\n', '3\n', '4\n', '5\n', '6\n', '7\n']);
    assert.equal(ownGroups(), []);
    await until(async () => ownLoops(fixture.folder).length === 0);
  });

  test('the backend itself leaves nothing, and destroys what was left to it', async () => {
    await fixture.bound();
    await fixture.blank();
    const onTheWay = fixture.backend.prepare(fixture.request);
    await fixture.close();
    assert.is((await (await onTheWay).died).cause, 'killed');
    assert.equal(leftovers(), []);
    assert.equal(ownLoops(fixture.folder), []);
    assert.not.ok(existsSync(fixture.folder));
    assert.is(codeOf(await caught(() => fixture.backend.prepare(fixture.request))), 'isolation/sandbox-gone');
  });
}

test.run();
