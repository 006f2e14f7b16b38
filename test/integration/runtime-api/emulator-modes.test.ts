/** The emulator's ways of working beside the usual one: ahead of time, under a debugger, with a runtime of somebody else, with changing code. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fixturePath, invokeRequest, withEmulator } from '../../support/emulated.ts';
import type { Emulated } from '../../support/emulated.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('integration/runtime-api/emulator-modes');

/** A list of what the emulator said of itself, and a way to wait for it. */
function listen(): { diagnose: (level: string, text: string) => void; said: string[]; until(pattern: RegExp): Promise<void> } {
  const said: string[] = [];
  let wake = (): void => {};
  return {
    said,
    diagnose(level, text) {
      said.push(`${level}: ${text}`);
      wake();
    },
    async until(pattern) {
      while (!said.some((line) => pattern.test(line))) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('with provisioned initialisation the runtime is there before the first invocation, and is told so', async () => {
  await withEmulator({ scenario: ['environment'], initializationType: 'provisioned-concurrency' }, async (emulated) => {
    await until(() => emulated.starts() === 1);
    const { variables } = JSON.parse((await emulated.invoke('{}')).body.toString());
    assert.is(variables.AWS_LAMBDA_INITIALIZATION_TYPE, 'provisioned-concurrency');
    assert.is(emulated.starts(), 1);
  });
});

test('a runtime that is looked at with a debugger has all the time', async () => {
  await withEmulator({ scenario: ['headers'], timeoutMs: 1_000, isDebugged: true }, async (emulated) => {
    const headers = JSON.parse((await emulated.invoke('{}')).body.toString());
    assert.ok(Number(headers['lambda-runtime-deadline-ms']) > Date.now() + 3_600_000);
  });
});

/** A runtime that nobody but the test starts. */
function startElsewhere(emulated: Emulated, ...scenario: string[]): ChildProcess {
  return spawn(process.execPath, [fixturePath(), ...scenario], {
    env: { ...process.env, AWS_LAMBDA_RUNTIME_API: emulated.emulator.runtimeApiAddress, RIK_TEST_NOTES: join(emulated.folder, 'notes') },
    stdio: 'ignore',
  });
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGKILL');
  await ended;
}

test('an invocation waits for a runtime that is started elsewhere, and its successor gets what it left', async () => {
  await withEmulator({ isAttached: true }, async (emulated) => {
    const peer = await RawPeer.connect(emulated.port);
    peer.send(invokeRequest('"first"'));
    const first = startElsewhere(emulated, 'silent');
    const [note = ''] = await emulated.noted(1);
    await kill(first);
    const second = startElsewhere(emulated, 'headers');
    const headers = JSON.parse((await peer.answer())?.body.toString() ?? '');
    assert.is(headers['lambda-runtime-aws-request-id'], note.split(' ')[0]);
    assert.is((await emulated.invoke('{}')).status, 200);
    peer.destroy();
    // Neither the wait for it nor its memory is known to be the runtime's.
    assert.match(await emulated.logged(/^REPORT.*\n/m), /^REPORT.*Memory Size: 128 MB\tMax Memory Used: 128 MB\t$/m);
    await kill(second);
  });
});

test('after a time-out, and after a failed start, a runtime can be attached again', async () => {
  await withEmulator({ isAttached: true, timeoutMs: 300 }, async (emulated) => {
    const failing = startElsewhere(emulated, 'initError');
    await emulated.logged(/INIT_REPORT.*Status: error/);
    await kill(failing);
    const silent = startElsewhere(emulated, 'silent');
    assert.match((await emulated.invoke('{}')).body.toString(), /Task timed out after 0\.30 seconds/);
    await kill(silent);
    const good = startElsewhere(emulated, 'echo');
    // The deadline counts from the moment in which there is a runtime.
    assert.is((await emulated.invoke('"back"')).body.toString(), '"back"');
    await kill(good);
  });
});

test('a runtime that is started elsewhere can have several invocations, end, and come again', async () => {
  await withEmulator({ isAttached: true, maxConcurrency: 2 }, async (emulated) => {
    const failing = startElsewhere(emulated, 'initError');
    await emulated.logged(/platform\.initReport.*"status":"error"/);
    await kill(failing);
    // The Runtime API serves again before anybody invokes.
    while ((await fetch(`http://${emulated.emulator.runtimeApiAddress}/2018-06-01/ping`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 5));
    const good = startElsewhere(emulated, 'echo');
    // Whoever comes too early is refused; the runtime is on its way.
    for (;;) {
      const reply = await emulated.invoke('"here"');
      if (reply.body.toString() === '"here"') break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await kill(good);
  });
});

test('a change of the code makes the next invocation begin anew, after the one that runs', async () => {
  await withTemporaryFolder(async (code) => {
    const { diagnose, until: heard } = listen();
    await withEmulator({ scenario: ['obedient'], watchedFolder: code, diagnose }, async (emulated) => {
      assert.is((await emulated.invoke('{"response":"1"}')).body.toString(), '1');
      const busy = await RawPeer.connect(emulated.port);
      busy.send(invokeRequest('{"response":"2","until":"go"}'));
      await emulated.logged(/^START[^]*^START/m);
      mkdirSync(join(code, 'src'));
      writeFileSync(join(code, 'src', 'app.py'), 'x');
      await heard(/info: test_function: src.* changed/);
      assert.is(emulated.starts(), 1);
      emulated.note('go');
      assert.is((await busy.answer())?.body.toString(), '2');
      busy.destroy();
      assert.is((await emulated.invoke('{"response":"3"}')).body.toString(), '3');
      assert.is(emulated.starts(), 2);
    });
  });
});

test('what tools leave beside the code is no change of it', async () => {
  await withTemporaryFolder(async (code) => {
    const { diagnose, said, until: heard } = listen();
    await withEmulator({ watchedFolder: code, diagnose }, async () => {
      mkdirSync(join(code, '.git'));
      mkdirSync(join(code, '__pycache__'));
      writeFileSync(join(code, 'app.py~'), '');
      writeFileSync(join(code, 'app.py'), '');
      await heard(/changed/);
      assert.equal(said, ['info: test_function: app.py changed, the next invocation begins in a new environment']);
    });
  });
});

test('an event that fails is tried again with the same id, as often as told, and then dropped', async () => {
  const { diagnose, said, until: heard } = listen();
  await withEmulator({ scenario: ['obedient'], eventRetries: { attemptsMax: 2, delayMs: 5 }, diagnose }, async (emulated) => {
    const reply = await emulated.invoke('{"error":"{}"}', { 'X-Amz-Invocation-Type': 'Event' });
    assert.is(reply.status, 202);
    await heard(/dropped/);
    const log = await emulated.logged(/(^REPORT[^]*){3}/m);
    const ids = [...log.matchAll(/^START RequestId: (\S+)/gm)].map(([, id]) => id);
    const id = reply.headers.get('x-amzn-requestid');
    assert.equal(ids, [id, id, id]);
    assert.is(said.at(-1), `warn: test_function: event ${id} failed 3 times and is dropped`);
  });
});

test.run();
