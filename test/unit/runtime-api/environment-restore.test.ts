/** SnapStart: what happens between an initialisation and the first invocation when the runtime wants to know of its restore. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FUNCTION_TIMEOUT_MS, NEXT, post, withEnvironment } from './environment-harness.ts';
import type { EnvironmentHarness } from './environment-harness.ts';
import type { RawPeer } from '../../support/raw-peer.ts';

const test = suite('runtime-api/environment-restore');
const RESTORE_NEXT = 'GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: a\r\n\r\n';
const RESTORE_LIMIT_MS = 10_000;

/** A runtime that waits for its restore. */
async function snapshotted(harness: EnvironmentHarness): Promise<RawPeer> {
  harness.configure({ initializationType: 'snap-start' });
  harness.clock.advance(700);
  const runtime = await harness.runtime();
  runtime.send(RESTORE_NEXT);
  await harness.state('snapshotted');
  return runtime;
}

test('the first invocation restores, and its own clock starts when the runtime asks for it', async () => {
  await withEnvironment(async (harness) => {
    const runtime = await snapshotted(harness);
    harness.invoke('a');
    const restored = await runtime.answer();
    assert.is(restored?.status, 200);
    assert.is(restored?.body.length, 0);
    harness.clock.advance(4_000);
    runtime.send(NEXT);
    const event = await runtime.answer();
    assert.is(event?.body.toString(), '"a"');
    assert.is(event?.headers.get('lambda-runtime-deadline-ms'), String(harness.clock.nowEpochMs() + FUNCTION_TIMEOUT_MS));
    harness.clock.advance(30);
    runtime.send(post('invocation/a/response', '1'));
    await runtime.answer();
    runtime.send(NEXT);
    assert.equal(await harness.until('completed'), ['init init success', 'restore success 4000', 'started a', 'answered a 1', 'completed a success 30 restore 4000']);
    harness.invoke('b');
    assert.is((await runtime.answer())?.body.toString(), '"b"');
  });
});

test('hooks that take the limit fail the invocation at the limit and not before', async () => {
  await withEnvironment(async (harness) => {
    const runtime = await snapshotted(harness);
    harness.invoke('a');
    await runtime.answer();
    harness.clock.advance(RESTORE_LIMIT_MS - 1);
    assert.is(harness.environment.state, 'restoring');
    harness.clock.advance(1);
    assert.equal((await harness.until('completed')).slice(1), [
      'restore timeout Runtime.RestoreHookUserTimeout 10000',
      'started a',
      'answered a error {"errorType":"Runtime.RestoreHookUserTimeout","errorMessage":"RequestId: a Error: After-restore hooks timed out after 10.00 seconds"}',
      'endAll',
      'completed a timeout Runtime.RestoreHookUserTimeout 10000',
    ]);
    await runtime.closed;
  });
});

for (const path of ['restore/error', 'init/error']) {
  test(`after a restore ${path} is accepted once, ends the process and fails the invocation with its body`, async () => {
    await withEnvironment(async (harness) => {
      const runtime = await snapshotted(harness);
      harness.invoke('a');
      await runtime.answer();
      runtime.send(post(path, '{"errorType":"Mine"}'));
      assert.is((await runtime.answer())?.status, 202);
      runtime.send(post(path, '{"errorType":"Mine"}'));
      const second = await runtime.answer();
      assert.is(second?.status, 403);
      assert.match(second?.body.toString() ?? '', 'from RuntimeRestoreErrorState');
      runtime.send(NEXT);
      assert.is((await runtime.answer())?.status, 403);
      harness.processes[0]?.exit({ code: 65 });
      const heard = await harness.until('completed');
      assert.ok(heard.includes('answered a error {"errorType":"Mine"}'), heard.join('\n'));
      assert.ok(heard.includes('restore error Runtime.Unknown 0'), heard.join('\n'));
    });
  });
}

test('after a restore that failed the next invocation initialises and restores again, within the same invocation', async () => {
  await withEnvironment(async (harness) => {
    const runtime = await snapshotted(harness);
    harness.invoke('a');
    await runtime.answer();
    harness.processes[0]?.exit({ code: 1 });
    await harness.until('completed');
    harness.invoke('b');
    const second = await harness.runtime();
    second.send(RESTORE_NEXT);
    assert.is((await second.answer())?.status, 200);
    harness.clock.advance(5_000);
    second.send(NEXT);
    const event = await second.answer();
    assert.is(event?.body.toString(), '"b"');
    assert.is(event?.headers.get('lambda-runtime-deadline-ms'), String(harness.clock.nowEpochMs() + FUNCTION_TIMEOUT_MS));
  });
});

test('a runtime that asks for an event at once has no interest in a restore', async () => {
  await withEnvironment(async (harness) => {
    harness.configure({ initializationType: 'snap-start' });
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    await harness.state('idle');
    harness.invoke('a');
    assert.is((await runtime.answer())?.body.toString(), '"a"');
    const other = await harness.runtime();
    other.send(RESTORE_NEXT);
    assert.match((await other.answer())?.body.toString() ?? '', 'State transition from Running to Ready failed for runtime');
  });
});

test('a runtime that is lost while it waits for its restore costs the invocation nothing but a start', async () => {
  await withEnvironment(async (harness) => {
    await snapshotted(harness);
    harness.processes[0]?.exit({ code: 0 });
    await harness.state('reset');
    harness.invoke('a');
    const runtime = await harness.runtime();
    runtime.send(RESTORE_NEXT);
    await runtime.answer();
    runtime.send(NEXT);
    assert.is((await runtime.answer())?.body.toString(), '"a"');
  });
});

test('a second call for a restore is refused, also when the first one lost its connection; the restore then runs into its limit', async () => {
  await withEnvironment(async (harness) => {
    const runtime = await snapshotted(harness);
    const second = await harness.runtime();
    second.send(RESTORE_NEXT);
    assert.is((await second.answer())?.status, 403);
    runtime.end();
    await runtime.closed;
    second.send(RESTORE_NEXT);
    assert.match((await second.answer())?.body.toString() ?? '', 'from RestoreReady to Ready failed');
    harness.invoke('a');
    assert.is(harness.environment.state, 'restoring');
    harness.clock.advance(RESTORE_LIMIT_MS);
    await harness.until('completed a timeout');
  });
});

test('a restore error without a restore is refused and changes nothing', async () => {
  await withEnvironment(async (harness) => {
    harness.configure({ initializationType: 'snap-start' });
    const runtime = await harness.runtime();
    runtime.send(post('restore/error', '{}'));
    assert.match((await runtime.answer())?.body.toString() ?? '', 'State transition from Started to RuntimeRestoreErrorState failed for runtime');
    runtime.send(RESTORE_NEXT);
    await harness.state('snapshotted');
  });
});

test('without SnapStart there are no calls of a restore', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    const runtime = await harness.runtime();
    runtime.send(RESTORE_NEXT);
    assert.is((await runtime.answer())?.status, 404);
    runtime.send(post('restore/error', '{}'));
    assert.is((await runtime.answer())?.status, 404);
  });
});

test('a shutdown while a restore is under way ends without a report', async () => {
  await withEnvironment(async (harness) => {
    const runtime = await snapshotted(harness);
    harness.invoke('a');
    await runtime.answer();
    await harness.environment.shutDown();
    harness.heard.length = 0;
    harness.clock.advance(RESTORE_LIMIT_MS);
    assert.equal(harness.heard, []);
  });
});

test.run();
