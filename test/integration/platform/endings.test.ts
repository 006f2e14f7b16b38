// exclusive
// time-limit-seconds: 180
/** How `rik up` ends: asked to, asked twice, and killed in the middle of its work. Afterwards nothing of it is left on the host. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { environmentsOf, startRikUp, temporaryHome, tracesOf, untilNoTraces } from '../../support/rik-up.ts';
import type { RikUp } from '../../support/rik-up.ts';
import { clientOf, createFunction, zipOfFixture } from './sdk-functions.ts';

const test = suite('integration/platform/endings');
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function invoke(up: RikUp, event: object): Promise<string> {
  const answer = await fetch(`${up.url}/2015-03-31/functions/cases/invocations`, { method: 'POST', body: JSON.stringify(event) });
  return answer.text();
}

async function createCases(up: RikUp): Promise<void> {
  const client = clientOf(up.url);
  await createFunction(client, { name: 'cases', code: await zipOfFixture('node-cases'), runtime: 'nodejs24.x', handler: 'index.handler' });
  client.destroy();
}

/** The number of invocations that have begun, as the log tells. */
function startsOf(up: RikUp): number {
  return up.stderr().match(/^START /gm)?.length ?? 0;
}

/** Begins one and comes back when its START is in the log. */
async function beginInvocation(up: RikUp, event: object): Promise<{ answer: Promise<string> }> {
  const before = startsOf(up);
  const answer = invoke(up, event).catch(() => 'lost');
  while (startsOf(up) === before) await sleep(10);
  return { answer };
}

/** Sends events without a pause, from as many sides, until the platform is gone. */
function keepBusy(up: RikUp, sides: number): Promise<unknown> {
  return Promise.all(
    Array.from({ length: sides }, async () => {
      for (;;) {
        const isServed = await invoke(up, { do: 'sleep', ms: 5 }).then(
          () => true,
          () => false,
        );
        if (!isServed) return;
      }
    }),
  );
}

const made = process.getuid?.() === 0 ? await temporaryHome(['nodejs24.x']) : { home: undefined, reason: 'its traces can be seen by root only' };
if (made.home === undefined) {
  const { reason } = made;
  test.skip(`how rik up ends (${reason})`, () => undefined);
  console.log(`skip: ${reason}`);
} else {
  const { home, remove } = made;

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal}: the running invocation is answered, new ones are not taken, nothing is left`, async () => {
      const up = await startRikUp({ home });
      if (signal === 'SIGINT') await createCases(up);
      // Warm, and its lines all written.
      await invoke(up, { do: 'echo' });
      while (!/^REPORT /m.test(up.stderr())) await sleep(10);
      const running = await beginInvocation(up, { do: 'sleep', ms: 1_500 });
      up.child.kill(signal);
      const isTaken = (): Promise<boolean> => invoke(up, { do: 'echo' }).then(() => true, () => false);
      while (await isTaken()) await sleep(10);
      assert.is(await running.answer, '1500');
      assert.equal(await up.ended, { exitCode: 0, signal: null });
      assert.equal(tracesOf({ pid: up.pid, home }), []);
    });
  }

  test('an invocation that takes too long does not keep it from ending, and is the only one to suffer', async () => {
    const up = await startRikUp({ home });
    const running = await beginInvocation(up, { do: 'never' });
    up.child.kill('SIGINT');
    assert.equal(await up.ended, { exitCode: 0, signal: null });
    assert.is(await running.answer, 'lost');
    assert.equal(tracesOf({ pid: up.pid, home }), []);
  });

  test('a second signal ends it at once, and what it leaves is cleaned behind it', async () => {
    const up = await startRikUp({ home });
    const running = await beginInvocation(up, { do: 'never' });
    up.child.kill('SIGINT');
    await sleep(500);
    up.child.kill('SIGINT');
    assert.equal(await up.ended, { exitCode: 130, signal: null });
    assert.is(await running.answer, 'lost');
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
  });

  test('killed in the middle of its work, nothing of it stays; the next one starts on the same state and serves', async () => {
    const up = await startRikUp({ home });
    const busy = keepBusy(up, 8);
    for (let round = 0; environmentsOf(up.pid) < 4 && round < 200; round += 1) await sleep(25);
    assert.ok(environmentsOf(up.pid) >= 4);
    await sleep(300);
    up.child.kill('SIGKILL');
    await up.ended;
    await busy;
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
    const next = await startRikUp({ home });
    assert.is(await invoke(next, { do: 'sleep', ms: 1 }), '1');
    next.child.kill('SIGINT');
    assert.equal(await next.ended, { exitCode: 0, signal: null });
    assert.equal(tracesOf({ pid: next.pid, home }), []);
  });

  test('killed while environments start, nothing of it stays either', async () => {
    for (const afterMs of [20, 60, 120]) {
      const up = await startRikUp({ home });
      const lost = Promise.allSettled(Array.from({ length: 6 }, () => invoke(up, { do: 'echo' })));
      await sleep(afterMs);
      up.child.kill('SIGKILL');
      await up.ended;
      await lost;
      assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
    }
  });

  test.after(remove);
}

test.run();
