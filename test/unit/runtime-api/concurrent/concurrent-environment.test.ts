/** Several invocations at once, with a launcher and a clock of the test's own, and workers that are the test itself on real sockets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConcurrentEnvironment } from '../../../../runtime-api/concurrent/concurrent-environment.ts';
import { FUNCTION_TIMEOUT_MS, INIT_TIMEOUT_MS, NEXT, post, withConcurrentEnvironment } from '../environment-harness.ts';
import type { EnvironmentHarness } from '../environment-harness.ts';
import type { RawPeer } from '../../../support/raw-peer.ts';

const test = suite('runtime-api/concurrent/concurrent-environment');
const MAX = 3;

type Harness = EnvironmentHarness<ConcurrentEnvironment>;

async function worker(harness: Harness): Promise<RawPeer> {
  const peer = await harness.runtime();
  peer.send(NEXT);
  return peer;
}

/** So many workers that wait, after the initialisation. */
async function serving(harness: Harness, count: number): Promise<RawPeer[]> {
  harness.configure({ maxConcurrency: MAX });
  const first = await worker(harness);
  await harness.state('serving');
  const peers = [first];
  for (let index = 1; index < count; index += 1) peers.push(await worker(harness));
  await until(harness, peers);
  await harness.until('init init success');
  return peers;
}

/** The server has read what the peers have sent when it has answered one that came later. */
async function until(harness: Harness, peers: readonly RawPeer[]): Promise<void> {
  for (const _ of peers) {
    const ping = await harness.runtime();
    ping.send('GET /2018-06-01/ping HTTP/1.1\r\nHost: a\r\n\r\n');
    await ping.answer();
  }
}

const respond = (id: string, body: string): string => post(`invocation/${id}/response`, body);

test('each worker gets an invocation of its own, and replies find their invokers in any order', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const peers = await serving(harness, 3);
    for (const id of ['a', 'b', 'c']) assert.is(harness.invoke(id), true);
    const events = await Promise.all(peers.map((peer) => peer.answer()));
    assert.equal(events.map((event) => event?.body.toString()), ['"a"', '"b"', '"c"']);
    harness.clock.advance(40);
    peers[2]?.send(respond('c', '3'));
    await peers[2]?.answer();
    peers[0]?.send(respond('a', '1'));
    await peers[0]?.answer();
    assert.equal(await harness.until('completed a'), ['started a', 'started b', 'started c', 'answered c 3', 'completed c success 40 init 0', 'answered a 1', 'completed a success 40']);
  });
});

test('the event has a header for every value, also for those that are empty, and none for a tenant', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [peer] = await serving(harness, 1);
    harness.environment.invoke({ requestId: 'a', functionArn: 'arn', payload: Buffer.from('1'), tenantId: 'blue' });
    const headers = (await peer?.answer())?.headers;
    assert.is(headers?.get('lambda-runtime-trace-id'), '');
    assert.is(headers?.get('lambda-runtime-client-context'), '');
    assert.is(headers?.get('lambda-runtime-cognito-identity'), '');
    assert.is(headers?.get('lambda-runtime-aws-tenant-id'), undefined);
    assert.is(headers?.get('lambda-runtime-deadline-ms'), String(harness.clock.nowEpochMs() + FUNCTION_TIMEOUT_MS));
  });
});

test('an invocation is refused when no worker waits, and when as many as may be are in hand', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const peers = await serving(harness, 1);
    assert.is(harness.invoke('a'), true);
    assert.is(harness.invoke('b'), false);
    peers.push(await worker(harness), await worker(harness), await worker(harness));
    await until(harness, peers);
    assert.is(harness.invoke('b'), true);
    assert.is(harness.invoke('c'), true);
    assert.is(harness.invoke('d'), false, 'a fourth worker waits, but three invocations are the limit');
    assert.throws(() => harness.invoke('a'), /in hand already/);
  });
});

test('invocations that come during the initialisation are kept up to the limit, and their time starts with its end', async () => {
  await withConcurrentEnvironment(async (harness) => {
    assert.is(harness.invoke('early'), false);
    harness.configure({ maxConcurrency: MAX });
    for (const id of ['a', 'b', 'c']) assert.is(harness.invoke(id), true);
    assert.is(harness.invoke('d'), false);
    harness.clock.advance(2_000);
    const first = await worker(harness);
    const event = await first.answer();
    assert.is(event?.body.toString(), '"a"');
    assert.is(event?.headers.get('lambda-runtime-deadline-ms'), String(harness.clock.nowEpochMs() + FUNCTION_TIMEOUT_MS));
    const second = await worker(harness);
    assert.is((await second.answer())?.body.toString(), '"b"');
    // Nobody comes for the third one.
    harness.clock.advance(FUNCTION_TIMEOUT_MS);
    await harness.until('completed c timeout');
    assert.is(harness.environment.state, 'serving');
  });
});

test('a timeout fails its own invocation only; one late reply is told so, a second one finds nothing', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [slow, quick] = await serving(harness, 2);
    harness.invoke('a');
    harness.clock.advance(1_000);
    harness.invoke('b');
    await Promise.all([slow?.answer(), quick?.answer()]);
    harness.clock.advance(FUNCTION_TIMEOUT_MS - 1_001);
    assert.not.ok(harness.heard.some((line) => line.startsWith('completed')));
    harness.clock.advance(1);
    const heard = await harness.until('completed a');
    assert.ok(heard.includes('answered a error {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: a Error: Task timed out after 3.00 seconds"}'), heard.join('\n'));
    quick?.send(respond('b', '2'));
    assert.is((await quick?.answer())?.status, 202);
    slow?.send(respond('a', '1'));
    const late = await slow?.answer();
    assert.is(late?.status, 410);
    assert.match(late?.body.toString() ?? '', '{"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"}');
    slow?.send(respond('a', '1'));
    assert.is((await slow?.answer())?.status, 400);
    assert.is(harness.processes[0]?.kills, 0);
  });
});

test('a reply that is on its way when the time is over is the late one', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [peer] = await serving(harness, 1);
    harness.invoke('a');
    await peer?.answer();
    peer?.send('POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab');
    await until(harness, [harness.peers[0]].filter((each) => each !== undefined));
    harness.clock.advance(FUNCTION_TIMEOUT_MS);
    await harness.until('completed a timeout');
    peer?.send('cd');
    assert.is((await peer?.answer())?.status, 410);
    peer?.send(respond('a', '1'));
    assert.is((await peer?.answer())?.status, 400);
  });
});

test('a second reply finds nothing, and an id that never was neither', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [peer] = await serving(harness, 1);
    harness.invoke('a');
    await peer?.answer();
    for (const [path, status] of [['invocation/a/response', 202], ['invocation/a/response', 400], ['invocation/a/error', 400], ['invocation/b/response', 400]] as const) {
      peer?.send(post(path, '{}'));
      assert.is((await peer?.answer())?.status, status, path);
    }
  });
});

test('an error cuts off a response that has begun; what is still sent of that is refused in the end', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [peer] = await serving(harness, 1);
    harness.invoke('a');
    await peer?.answer();
    peer?.send('POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab');
    const other = await harness.runtime();
    other.send(respond('a', 'second'));
    assert.is((await other.answer())?.status, 400);
    other.send(post('invocation/a/error', '{"errorType":"Mine"}'));
    assert.is((await other.answer())?.status, 202);
    const heard = await harness.until('completed a');
    assert.ok(heard.includes('answered a error {"errorType":"Mine"}'), heard.join('\n'));
    peer?.send('cd');
    assert.is((await peer?.answer())?.status, 400);
  });
});

test('an error of a mebibyte is taken, of one byte more is answered with 413', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [peer, other] = await serving(harness, 2);
    harness.invoke('a');
    harness.invoke('b');
    await peer?.answer();
    await other?.answer();
    peer?.send(post('invocation/a/error', 'x'.repeat(1_048_576)));
    assert.is((await peer?.answer())?.status, 202);
    other?.send(post('invocation/b/error', 'x'.repeat(1_048_577)));
    const refused = await other?.answer();
    assert.is(refused?.status, 413);
    assert.match(refused?.body.toString() ?? '', '6291556 bytes');
    await harness.until('completed b error Function.ResponseSizeTooLarge');
  });
});

test('an init error is refused once a worker has asked, and a second one always', async () => {
  await withConcurrentEnvironment(async (harness) => {
    await serving(harness, 1);
    const peer = await harness.runtime();
    peer.send(post('init/error', '{}'));
    assert.match((await peer.answer())?.body.toString() ?? '', 'State transition from Ready to InitError failed');
  });
  await withConcurrentEnvironment(async (harness) => {
    harness.configure({ maxConcurrency: MAX });
    harness.invoke('a');
    const peer = await harness.runtime();
    peer.send(post('init/error', '{"errorType":"Mine"}'));
    assert.is((await peer.answer())?.status, 202);
    peer.send(post('init/error', '{}'));
    assert.match((await peer.answer())?.body.toString() ?? '', 'State transition from InitError to InitError failed');
    peer.send(NEXT);
    assert.is((await peer.answer())?.status, 403);
    harness.processes[0]?.exit({ code: 1 });
    assert.equal(await harness.until('ended'), ['init init error Runtime.Unknown', 'started a', 'answered a error {"errorType":"Mine"}', 'endAll', 'completed a error Runtime.Unknown 0', 'ended']);
    assert.is(harness.invoke('b'), false);
  });
});

test('the end of the process ends the environment and fails everything that it had', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const peers = await serving(harness, 2);
    harness.invoke('a');
    harness.invoke('b');
    await Promise.all(peers.map((peer) => peer.answer()));
    harness.processes[0]?.exit({ code: 1 });
    const heard = await harness.until('ended');
    assert.equal(heard.filter((line) => line.startsWith('completed')), ['completed a error Runtime.ExitError 0 init 0', 'completed b error Runtime.ExitError 0']);
    assert.is(harness.environment.state, 'ended');
    assert.is(harness.processes.length, 1);
    assert.is(harness.invoke('c'), false);
  });
});

test('an initialisation that takes too long ends the environment', async () => {
  await withConcurrentEnvironment(async (harness) => {
    harness.configure({ maxConcurrency: MAX });
    harness.invoke('a');
    harness.clock.advance(INIT_TIMEOUT_MS - 1);
    assert.is(harness.environment.state, 'initializing');
    harness.clock.advance(1);
    const heard = await harness.until('ended');
    assert.is(heard[0], 'init init timeout');
    assert.ok(heard.some((line) => line.startsWith('completed a timeout')), heard.join('\n'));
  });
});

test('a worker that was disconnected is given nothing', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [gone] = await serving(harness, 1);
    gone?.end();
    await gone?.closed;
    assert.is(harness.invoke('a'), false);
    const peer = await worker(harness);
    await until(harness, [peer]);
    assert.is(harness.invoke('a'), true);
    assert.is((await peer.answer())?.body.toString(), '"a"');
  });
});

test('after the end nothing is reported, whatever still happens', async () => {
  await withConcurrentEnvironment(async (harness) => {
    const [peer] = await serving(harness, 1);
    harness.invoke('a');
    await peer?.answer();
    await harness.environment.shutDown();
    harness.heard.length = 0;
    harness.processes[0]?.exit({ signal: 'SIGKILL' });
    harness.clock.advance(1_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(harness.heard, []);
  });
});

test.run();
