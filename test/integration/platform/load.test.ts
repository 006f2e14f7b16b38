// exclusive
// time-limit-seconds: 180
/** Many invocations: none is lost, each is answered by its own event, no environment ever serves two at once, their number has its limit. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pool } from 'undici';
import { environmentsOf, startRikUp, stopRikUp, temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import type { RikUp } from '../../support/rik-up.ts';
import { clientOf, createFunction, zipOfFixture } from './sdk-functions.ts';

const ENVIRONMENTS_MAX = 8;
const test = suite('integration/platform/load');

async function openUp(): Promise<{ up: RikUp; home: string; remove(): void } | { up: undefined; reason: string }> {
  if (process.getuid?.() !== 0) return { up: undefined, reason: 'limits are certain for root only' };
  const made = await temporaryHome(['nodejs24.x']);
  if (made.home === undefined) return { up: undefined, reason: made.reason };
  return { up: await startRikUp({ home: made.home, words: ['--environments', String(ENVIRONMENTS_MAX)] }), ...made };
}

const opened = await openUp();
if (opened.up === undefined) {
  test.skip(`many invocations (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { up, home, remove } = opened;
  const client = clientOf(up.url);
  const code = await zipOfFixture('node-cases');
  const names = ['first', 'second', 'third'];
  for (const name of names) await createFunction(client, { name, code, runtime: 'nodejs24.x', handler: 'index.handler', memoryMiB: 512 });
  const http = new Pool(up.url, { connections: 250, headersTimeout: 0, bodyTimeout: 0 });

  /** Fails when the answer is not the event's own, or when the lock in /tmp was held by somebody else. */
  const locked = async (name: string, n: number, ms: number): Promise<string> => {
    const answer = await http.request({ path: `/2015-03-31/functions/${name}/invocations`, method: 'POST', body: JSON.stringify({ do: 'locked', n, ms }) });
    const text = await answer.body.text();
    assert.is(answer.headers['x-amz-function-error'], undefined, text);
    assert.is(answer.statusCode, 200, text);
    const { n: own, environmentId } = Object(JSON.parse(text));
    assert.is(own, n);
    return String(environmentId);
  };

  test('1,000 one after the other are answered, by few environments', async () => {
    const environments = new Set<string>();
    for (let n = 0; n < 1_000; n += 1) environments.add(await locked('first', n, 0));
    // One, where the machine is not busy with something else for longer than an environment takes to be free.
    assert.ok(environments.size <= ENVIRONMENTS_MAX, String(environments.size));
  });

  test('200 at the same time, of three functions, are answered by no more environments than there may be', async () => {
    let isDone = false;
    let most = 0;
    const watching = (async () => {
      for (; !isDone; await new Promise((resolve) => setTimeout(resolve, 5))) most = Math.max(most, environmentsOf(up.pid));
    })();
    const environments = new Set(await Promise.all(Array.from({ length: 200 }, (_, n) => locked(names[n % 3] ?? 'first', n, 20))));
    isDone = true;
    await watching;
    assert.ok(environments.size >= 3, String(environments.size));
    assert.ok(most <= ENVIRONMENTS_MAX, `${most} environments at the same time`);
  });

  test('afterwards each function is served as before', async () => {
    for (const [n, name] of names.entries()) await locked(name, n, 0);
  });

  test('the log has a START, an END and a REPORT for each', async () => {
    const idsOf = (word: string): string[] => [...up.stderr().matchAll(new RegExp(`^${word} RequestId: (\\S+)`, 'gm'))].map((match) => match[1] ?? '').sort();
    for (let round = 0; idsOf('REPORT').length < 1_203 && round < 100; round += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    const started = idsOf('START');
    assert.is(new Set(started).size, 1_203);
    assert.equal(idsOf('END'), started);
    assert.equal(idsOf('REPORT'), started);
  });

  test.after(async () => {
    await http.close();
    client.destroy();
    assert.is(await stopRikUp(up), 0);
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
    remove();
  });
}

test.run();
