// time-limit-seconds: 120
/** Extensions in real sandboxes: an external one out of a layer, and one inside the function that wants to be told of the end. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startRikUp, temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import { REPOSITORY } from '../../support/runtime-images.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';
import { writeExtensionProgram } from '../../support/extension-file.ts';
import { clientOf, createFunction, zipOf } from './sdk-functions.ts';

const test = suite('integration/platform/extensions');

/** With the image's own Node; it says what it is told, which is the log of the function. */
const WATCHER = `#!/var/lang/bin/node
const { writeSync } = require('node:fs');
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
(async () => {
  const registered = await fetch(api + 'register', { method: 'POST', headers: { 'Lambda-Extension-Name': 'watcher' }, body: '{"events":["INVOKE","SHUTDOWN"]}' });
  const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
  for (;;) {
    const event = await (await fetch(api + 'event/next', { headers })).json();
    writeSync(1, 'watcher ' + event.eventType + ' ' + (event.requestId ?? event.shutdownReason) + '\\n');
    if (event.eventType === 'SHUTDOWN') process.exit(0);
  }
})();
`;

/** Registers for nothing, which is how a function asks for SIGTERM. */
const SELF_REGISTERED = `
import { writeSync } from 'node:fs';
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
const registered = await fetch(api + 'register', { method: 'POST', headers: { 'Lambda-Extension-Name': 'inside' }, body: '{"events":[]}' });
const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
fetch(api + 'event/next', { headers }).catch(() => {});
process.on('SIGTERM', () => {
  writeSync(1, 'told of the end\\n');
  process.exit(0);
});
export const handler = async () => 'ok';
`;

const made = await temporaryHome(['nodejs24.x']);
if (made.home === undefined) {
  const { reason } = made;
  test.skip(`extensions in sandboxes (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const { home, remove } = made;
  const isolation = process.getuid?.() === 0 ? [] : ['--unprivileged'];

  // ref: EXT-001, EXT-023, LOG-010, SHD-006
  test('rik invoke --layer runs an extension out of a layer, from its registration to SHUTDOWN', async () => {
    await withTemporaryFolder(async (folder) => {
      writeExtensionProgram({ layersRoot: join(folder, 'layer'), name: 'watcher', text: WATCHER });
      mkdirSync(join(folder, 'function'));
      writeFileSync(join(folder, 'function', 'index.mjs'), 'export const handler = async () => "ok";\n');
      const words = ['invoke', join(folder, 'function'), '--runtime', 'nodejs24.x', '--handler', 'index.handler', '--layer', join(folder, 'layer'), ...isolation];
      const run = await runRik(words, home);
      assert.is(run.exitCode, 0, run.stderr);
      assert.is(run.stdout.trim(), '"ok"');
      const [, id = ''] = /^START RequestId: (\S+)/m.exec(run.stderr) ?? [];
      assert.match(run.stderr, /^EXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]$/m);
      assert.match(run.stderr, new RegExp(`^watcher INVOKE ${id}$`, 'm'));
      assert.match(run.stderr, /^REPORT [^]*\nwatcher SHUTDOWN spindown$/m);
      assert.equal(await untilNoTraces({ pid: run.pid, home }), []);
    });
  });

  // ref: SHD-002, SHD-016
  test('a function that registered itself gets SIGTERM when rik up ends', async () => {
    const up = await startRikUp({ home, words: isolation });
    const client = clientOf(up.url);
    await createFunction(client, { name: 'inside', code: await zipOf({ 'index.mjs': SELF_REGISTERED }), runtime: 'nodejs24.x', handler: 'index.handler' });
    client.destroy();
    const answer = await fetch(`${up.url}/2015-03-31/functions/inside/invocations`, { method: 'POST', body: '{}' });
    assert.is(await answer.text(), '"ok"');
    up.child.kill('SIGTERM');
    assert.equal(await up.ended, { exitCode: 0, signal: null });
    assert.match(up.stderr(), /^EXTENSION\tName: inside\tState: Ready\tEvents: \[\]$/m);
    assert.match(up.stderr(), /told of the end/);
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
  });

  test.after(remove);
}

test.run();

async function runRik(words: readonly string[], stateFolder: string): Promise<{ exitCode: number | null; stdout: string; stderr: string; pid: number }> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'cli', 'main.ts'), ...words], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', RIK_HOME: stateFolder, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { exitCode, stdout, stderr, pid: child.pid ?? 0 };
}
