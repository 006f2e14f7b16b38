/** The backend without isolation: it must be asked for, says what it lacks, and still cleans up behind itself. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_ISOLATION_WARNING, openProcessBackend, type SandboxRequest } from '../../../platform/isolation/index.ts';
import { caught } from '../../support/temporary-folder.ts';
import { listed, LIMITS, serverScript, TestSandbox } from './sandbox-fixture.ts';

const test = suite('integration/isolation/process-backend');
const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'rik-process-'));
chmodSync(folder, 0o755);
const codePath = join(folder, 'code');
mkdirSync(codePath);
writeFileSync(join(codePath, 'handler.txt'), 'handler');
const scriptPath = join(folder, 'server.cjs');
writeFileSync(scriptPath, serverScript({ shell: ['/bin/sh'], taskPath: '/' }));
chmodSync(codePath, 0o755);

const warnings: string[] = [];
const backend = openProcessBackend({ stateDir: join(folder, 'state'), insecureNoIsolation: true, onWarning: (line) => warnings.push(line) });
const request: SandboxRequest = { rootPath: '/', rootDigest: 'none', architecture: 'x86_64', platformDir: folder, command: [process.execPath, scriptPath], tmpMiB: 64, environment: { MARK: 'process-server' } };
/** As root the command is another user's, who must be able to run this Node.js. */
const reason = isRoot && spawnSync(process.execPath, ['-e', ''], { uid: 65534, gid: 65534 }).status !== 0 ? 'an ordinary user cannot run this Node.js' : process.platform === 'win32' ? 'needs a POSIX system' : undefined;

async function bound(): Promise<TestSandbox> {
  const sandbox = new TestSandbox(await backend.prepare(request));
  assert.is(await sandbox.ready, 'up');
  await sandbox.sandbox.bind({ codePath, limits: LIMITS });
  return sandbox;
}

function livingWith(mark: string): string[] {
  return listed('/proc').filter(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
}

test('it is refused unless it was asked for by name', async () => {
  const error = await caught(() => openProcessBackend({ stateDir: folder, insecureNoIsolation: false, onWarning: () => undefined }));
  assert.match(String(error), /isolates nothing/);
});

test('it says what it does not enforce when opened and for every sandbox', async () => {
  assert.equal(warnings, [NO_ISOLATION_WARNING]);
  const { capabilities } = await backend.probe();
  assert.equal(Object.values(capabilities).filter((capability) => capability.available), []);
});

test('a request that needs a capability is refused, not run weaker', async () => {
  assert.match(String(await caught(() => backend.prepare({ ...request, needs: ['memoryLimit'] }))), /memoryLimit/);
});

if (reason !== undefined) {
  test.skip(`sandboxes run as plain processes (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  test('the command runs with real folders, and as another user when the worker is root', async () => {
    const sandbox = await bound();
    assert.is(warnings.length, 2);
    const { paths } = sandbox.sandbox;
    assert.equal(await sandbox.evaluate(`require('fs').readdirSync(${JSON.stringify(paths.task)})`), ['handler.txt']);
    assert.equal(await sandbox.evaluate(`require('fs').readdirSync(${JSON.stringify(paths.layers)})`), []);
    assert.is(await sandbox.evaluate('process.env.TMPDIR'), paths.tmp);
    assert.is(await sandbox.evaluate(`require('fs').writeFileSync(${JSON.stringify(join(paths.tmp, 'x'))}, 'x'), 'written'`), 'written');
    const uid = Number(await sandbox.evaluate('process.getuid()'));
    if (isRoot) {
      assert.ok(uid >= 2 ** 30);
      assert.match(JSON.stringify(await sandbox.evaluate(`require('fs').writeFileSync(${JSON.stringify(join(paths.task, 'y'))}, 'y')`)), /EACCES/);
      assert.is(statSync(paths.tmp).uid, uid);
    } else assert.is(uid, process.getuid?.());
    await sandbox.sandbox.destroy();
    assert.not.ok(existsSync(paths.tmp));
    assert.ok(existsSync(join(codePath, 'handler.txt')));
  });

  test('reset ends the function and its children and keeps the server and the temporary folder', async () => {
    const sandbox = await bound();
    const running = await sandbox.start(['/bin/sh', '-c', 'sleep 600 & sleep 601 & trap "" TERM; wait'], { env: { MARK: 'process-reset' } });
    await until(() => livingWith('process-reset').length === 3);
    assert.is((await sandbox.sandbox.stats()).pidsCurrent, 3);
    await sandbox.sandbox.reset();
    assert.is((await running.exited).signal, 'SIGKILL');
    assert.equal(livingWith('process-reset'), []);
    assert.is((await sandbox.run(['/bin/sh', '-c', 'echo again'])).stdout, 'again\n');
    await sandbox.sandbox.destroy();
  });

  test('destroy ends everything that can be traced, frozen or not', async () => {
    const sandbox = await bound();
    await sandbox.start(['/bin/sh', '-c', 'sleep 600 & wait'], { env: { MARK: 'process-destroy' } });
    await until(() => livingWith('process-destroy').length === 2);
    await sandbox.sandbox.freeze();
    await sandbox.sandbox.destroy();
    assert.equal(await sandbox.sandbox.died, { cause: 'killed' });
    assert.equal(livingWith('process-destroy'), []);
  });

  test('as root a daemon that left its group is found by its user id', async () => {
    if (!isRoot) return console.log('skip: needs root, for a user id per sandbox');
    const sandbox = await bound();
    await sandbox.run([realpathSync('/bin/sh'), '-c', '(setsid sh -c "sleep 600" >/dev/null 2>&1 &)'], { env: { MARK: 'process-daemon' } });
    await until(() => livingWith('process-daemon').length > 0);
    await sandbox.sandbox.destroy();
    assert.equal(livingWith('process-daemon'), []);
  });

  test('a function above its memory size is killed by polling and counted', async () => {
    const sandbox = await bound();
    const hog = await sandbox.run([process.execPath, '-e', 'globalThis.kept = Buffer.alloc(300e6, 1); setInterval(() => {}, 1e6)']);
    assert.is(hog.signal, 'SIGKILL');
    assert.ok((await sandbox.sandbox.stats()).oomKills >= 1);
    await sandbox.sandbox.destroy();
  });

  test('processes that are not of the sandbox are not admitted', async () => {
    const sandbox = await bound();
    for (const pid of [1, process.pid, -1, 0, 4_000_000]) assert.match(String(await caught(() => sandbox.sandbox.admit(pid))), /there is no process/);
    await sandbox.sandbox.destroy();
  });

  test('a program that is not there is refused with the reason', async () => {
    assert.match(String(await caught(() => backend.prepare({ ...request, command: ['/nonexistent/program'] }))), /ENOENT/);
  });

  test('links that a function leaves are removed and not followed', async () => {
    const sandbox = await bound();
    await sandbox.run(['/bin/sh', '-c', `ln -s ${codePath} ${sandbox.sandbox.paths.tmp}/link`]);
    await sandbox.sandbox.destroy();
    assert.ok(existsSync(join(codePath, 'handler.txt')));
  });
}

test('closing leaves nothing behind', async () => {
  await backend.close();
  assert.equal(listed(join(folder, 'state/process')), []);
  rmSync(folder, { recursive: true });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test.run();
