// time-limit-seconds: 120
/** Nobody reads the log: a function that floods it is held up, others are not, and the platform does not grow. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startRikUp, stopRikUp, temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import { clientOf, createFunction, zipOfFixture } from './sdk-functions.ts';

const test = suite('integration/platform/slow-log');
const FLOOD_MEBIBYTES = 256;

function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

const made = await temporaryHome(['python3.11', 'nodejs24.x']);
if (made.home === undefined) {
  const { reason } = made;
  test.skip(`a log that nobody reads (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const { home, remove } = made;

  test('a flood into a log that nobody reads stops the flood and nothing else', async () => {
    const words = process.getuid?.() === 0 ? [] : ['--unprivileged'];
    const up = await startRikUp({ home, words, isLogStopped: true }).catch((error: unknown) => String(error));
    if (typeof up === 'string') return void console.log(`skip: ${up.split('\n')[0]}`);
    const client = clientOf(up.url);
    const call = async (name: string, event: object): Promise<unknown> => (await fetch(`${up.url}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body: JSON.stringify(event) })).json();
    await createFunction(client, { name: 'flood', code: await zipOfFixture('python-cases'), runtime: 'python3.11', handler: 'cases.handler', memoryMiB: 1_769, timeoutSeconds: 4 });
    await createFunction(client, { name: 'quiet', code: await zipOfFixture('node-cases'), runtime: 'nodejs24.x', handler: 'index.handler' });
    const before = residentMiB(up.pid);
    const flood = call('flood', { do: 'flood', mebibytes: FLOOD_MEBIBYTES });
    let most = 0;
    for (let n = 0; n < 100; n += 1) {
      assert.equal(await call('quiet', { do: 'echo', n }), { do: 'echo', n });
      most = Math.max(most, residentMiB(up.pid));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    assert.is(Object(await flood).errorType, 'Sandbox.Timedout');
    most = Math.max(most, residentMiB(up.pid));
    assert.ok(most - before < FLOOD_MEBIBYTES / 2, `it grew by ${Math.round(most - before)} MiB`);
    up.child.stderr?.resume();
    assert.equal(await call('flood', { do: 'echo' }), { do: 'echo' });
    client.destroy();
    assert.is(await stopRikUp(up), 0);
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
  });

  test.after(remove);
}

test.run();
