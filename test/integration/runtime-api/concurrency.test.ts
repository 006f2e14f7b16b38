/** Several invocations at once in one environment of the emulator, with runtimes that are processes with workers. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { invokeRequest, withEmulator } from '../../support/emulated.ts';
import type { Emulated } from '../../support/emulated.ts';
import { writeExtension } from '../../support/extension-file.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import type { RawAnswer } from '../../support/raw-peer.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('integration/runtime-api/concurrency');
const WAITING = '{"until":"go","response":"1"}';

/** Lets those that wait for it go on. */
function go(emulated: Emulated): void {
  appendFileSync(join(emulated.folder, 'notes'), 'go\n');
}

const started = (count: number): RegExp => new RegExp(`(?:"platform\\.start"[^]*){${count}}`);
const reported = (count: number): RegExp => new RegExp(`(?:"platform\\.report".*\\n[^]*){${count}}`);

/** An invocation that finds no worker is refused, as it may while the runtime is only coming up; this one comes back until it is taken. */
async function insistently(emulated: Emulated, body: string): Promise<RawAnswer> {
  for (;;) {
    const reply = await emulated.invoke(body);
    if (reply.status !== 429) return reply;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('four invocations run in one process at the same time, and a fifth is refused', async () => {
  await withEmulator({ maxConcurrency: 4, scenario: ['workers', '4'] }, async (emulated) => {
    const four = [1, 2, 3, 4].map((n) => insistently(emulated, `{"until":"go","response":"${n}"}`));
    await emulated.logged(started(4));
    const fifth = await emulated.invoke('{}');
    assert.is(fifth.status, 429);
    assert.is(fifth.headers.get('x-amzn-errortype'), 'TooManyRequestsException');
    assert.match(fifth.body.toString(), 'Runtime.Unavailable');
    go(emulated);
    assert.equal((await Promise.all(four)).map(({ body }) => body.toString()), ['1', '2', '3', '4']);
    const log = await emulated.logged(reported(4));
    // Nothing but objects, and each about an invocation says which.
    const lines = log.trimEnd().split('\n').map((line) => JSON.parse(line));
    const reports = lines.filter(({ type }) => type === 'platform.report').map(({ record }) => record);
    assert.is(new Set(reports.map(({ requestId }) => requestId)).size, 4);
    for (const { metrics } of reports) assert.equal(Object.keys(metrics), ['durationMs']);
    assert.is(emulated.starts(), 1);
  });
});

test('with a line an invocation that finds no worker waits for one', async () => {
  await withEmulator({ maxConcurrency: 2, whenBusy: 'queue', scenario: ['workers', '2'] }, async (emulated) => {
    const many = [1, 2, 3, 4, 5].map((n) => emulated.invoke(`{"until":"go","response":"${n}"}`));
    await emulated.logged(started(2));
    go(emulated);
    assert.equal((await Promise.all(many)).map(({ body }) => body.toString()), ['1', '2', '3', '4', '5']);
  });
});

test('a timeout ends its own invocation only', async () => {
  await withEmulator({ maxConcurrency: 2, timeoutMs: 1_000, scenario: ['workers', '2'] }, async (emulated) => {
    const slow = await insistently(emulated, '{"until":"never"}');
    assert.match(slow.body.toString(), 'Sandbox.Timedout');
    assert.is((await insistently(emulated, '{"response":"2"}')).body.toString(), '2');
    assert.is(emulated.starts(), 1);
    assert.match(await emulated.logged(reported(2)), /"platform\.report".*"status":"timeout"/);
  });
});

test('the end of the process fails everything that it had; the next invocation has a new environment', async () => {
  await withEmulator({ maxConcurrency: 2, scenario: ['workers', '2'] }, async (emulated) => {
    const waiting = insistently(emulated, WAITING);
    await emulated.logged(started(1));
    for (const reply of [await insistently(emulated, '{"exit":1}'), await waiting]) {
      assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
      assert.match(reply.body.toString(), /"errorType":"Runtime\.ExitError".*exit status 1/);
    }
    assert.is((await insistently(emulated, '{"response":"again"}')).body.toString(), 'again');
    assert.is(emulated.starts(), 2);
  });
});

test('an environment that cannot initialise says so to each invocation, and the next one tries again', async () => {
  await withEmulator({ maxConcurrency: 2, scenario: ['initError', '1'] }, async (emulated) => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const reply = await insistently(emulated, '{}');
      assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
      assert.match(reply.body.toString(), 'Init.No');
    }
    assert.match(emulated.log(), /"platform\.initReport".*"status":"error","errorType":"Runtime\.NoInit"/);
  });
});

test('two streams run side by side', async () => {
  await withEmulator({ maxConcurrency: 2, whenBusy: 'queue', scenario: ['streamWorkers', '2'] }, async (emulated) => {
    const peers = [await RawPeer.connect(emulated.port), await RawPeer.connect(emulated.port)];
    for (const [index, peer] of peers.entries()) peer.send(invokeRequest(`"event ${index}"`, { Connection: 'close' }, '/2021-11-15/functions/function/response-streaming-invocations'));
    await emulated.logged(started(2));
    go(emulated);
    const streams = await Promise.all(peers.map((peer) => peer.all()));
    for (const [index, stream] of streams.entries()) assert.is(stream.toString('latin1').split(`"event ${index}"`).length, 3, stream.toString('latin1'));
  });
});

test('the runtime is told that it is managed, and how much it may do at once', async () => {
  await withEmulator({ maxConcurrency: 7, scenario: ['environment'] }, async (emulated) => {
    const { variables } = JSON.parse((await emulated.invoke('{}')).body.toString());
    assert.is(variables.AWS_LAMBDA_MAX_CONCURRENCY, '7');
    assert.is(variables.AWS_LAMBDA_INITIALIZATION_TYPE, 'lambda-managed-instances');
    assert.is(variables.AWS_LAMBDA_LOG_FORMAT, 'JSON');
  });
});

test('an extension beside them hears of the end and of no invocation', async () => {
  await withTemporaryFolder(async (layersRoot) => {
    writeExtension({ layersRoot, name: 'a', scenario: ['follow', 'SHUTDOWN'] });
    await withEmulator({ maxConcurrency: 2, layersRoot, scenario: ['workers', '2'] }, async (emulated) => {
      assert.is((await insistently(emulated, '{"response":"1"}')).body.toString(), '1');
      await emulated.emulator.close();
      assert.equal(emulated.notes(), ['a registered', 'a SHUTDOWN spindown']);
    });
  });
});

test('an emulator that is closed while invocations run leaves nothing behind', async () => {
  await withEmulator({ maxConcurrency: 2, scenario: ['workers', '2'] }, async (emulated) => {
    for (let count = 0; count < 2; count += 1) void insistently(emulated, WAITING).catch(() => undefined);
    await emulated.logged(started(2));
  });
});

test.run();
