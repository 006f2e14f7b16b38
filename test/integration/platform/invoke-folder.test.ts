// time-limit-seconds: 90
/** `rik invoke DIR`: a folder, an environment of its own, one invocation, and nothing left. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseReport } from '../../support/function-host.ts';
import { FIXTURES, REPOSITORY } from '../../support/runtime-images.ts';
import { temporaryHome, untilNoTraces } from '../../support/rik-up.ts';

const test = suite('integration/platform/invoke-folder');

type End = { exitCode: number | null; stdout: string; stderr: string; pid: number };

function rikInvoke(home: string, words: readonly string[]): Promise<End> {
  const unprivileged = process.getuid?.() === 0 ? [] : ['--unprivileged'];
  const child = spawn(process.execPath, [join(REPOSITORY, 'cli', 'main.ts'), 'invoke', ...words, ...unprivileged], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', RIK_HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, pid: child.pid ?? 0 })));
}

const made = await temporaryHome(['nodejs24.x']);
if (made.home === undefined) {
  const { reason } = made;
  test.skip(`a folder that is invoked (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const { home, remove } = made;
  const cases = join(FIXTURES, 'node-cases');
  const first = await rikInvoke(home, [cases, '--event', '{"do":"echo","a":1}']);
  const refusal = first.exitCode === 3 ? first.stderr.split('\n').find((line) => line.startsWith('rik: ')) : undefined;

  if (refusal !== undefined) {
    test.skip(`a folder that is invoked (${refusal})`, () => undefined);
    console.log(`skip: ${refusal}`);
  } else {
    test('the answer is on stdout, the log on stderr, and nothing is left', async () => {
      assert.equal([first.exitCode, first.stdout], [0, '{"do":"echo","a":1}\n']);
      assert.equal(first.stderr.split('\n').map((line) => line.split(' ')[0]), ['INIT_START', 'START', 'END', 'REPORT', '']);
      const { status, memorySizeMB } = parseReport(first.stderr);
      assert.equal([status, memorySizeMB], [undefined, 512]);
      assert.equal(await untilNoTraces({ pid: first.pid, home }), []);
    });

    test('an error of the function is the exit code 5, with its answer on stdout', async () => {
      const end = await rikInvoke(home, [cases, '--event', '{"do":"fail"}', '--json']);
      assert.is(end.exitCode, 5);
      const { functionError, payload, report } = Object(JSON.parse(end.stdout));
      assert.equal([functionError, payload.errorType, report.status], ['Unhandled', 'TypeError', 'error']);
    });

    test('layers are merged into /opt in their order, and cannot be written', async () => {
      for (const name of ['one', 'two']) {
        mkdirSync(join(home, name));
        writeFileSync(join(home, name, 'who'), name);
        writeFileSync(join(home, name, `only-${name}`), name);
      }
      const layers = ['--layer', join(home, 'one'), '--layer', join(home, 'two')];
      const read = async (path: string): Promise<string> => (await rikInvoke(home, [cases, ...layers, '--event', JSON.stringify({ do: 'read', path })])).stdout.trim();
      assert.equal(await Promise.all(['/opt/who', '/opt/only-one'].map(read)), ['"two"', '"one"']);
      const write = await rikInvoke(home, [cases, ...layers, '--event', JSON.stringify({ do: 'tryWrite', paths: ['/opt/who', '/opt/new'] })]);
      assert.equal(JSON.parse(write.stdout), { '/opt/who': 'EROFS', '/opt/new': 'EROFS' });
    });
  }
  test.after(remove);
}

test.run();
