/** The environment with a launcher and a clock of the test's own, and a runtime that is the test itself on a real socket. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FUNCTION_TIMEOUT_MS, NEXT, post, withEnvironment } from './environment-harness.ts';

const test = suite('runtime-api/environment');
const exitError = (id: string, status: number): string => `answered ${id} error {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ${id} Error: Runtime exited with error: exit status ${status}"}`;

test('an invocation that comes during the initialisation waits for it and starts its own clock then', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    harness.invoke('a');
    harness.clock.advance(2_000);
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    const event = await runtime.answer();
    assert.is(event?.body.toString(), '"a"');
    assert.is(event?.headers.get('lambda-runtime-deadline-ms'), String(harness.clock.nowEpochMs() + FUNCTION_TIMEOUT_MS));
    harness.clock.advance(100);
    runtime.send(post('invocation/a/response', '"ok"'));
    await runtime.answer();
    harness.clock.advance(50);
    runtime.send(NEXT);
    assert.equal(await harness.until('completed'), ['init init success', 'started a', 'answered a "ok"', 'completed a success 150 init 2000']);
  });
});

test('the deadline is exact: one millisecond before it nothing has happened', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    harness.invoke('a');
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    await runtime.answer();
    harness.clock.advance(FUNCTION_TIMEOUT_MS - 1);
    assert.is(harness.environment.state, 'invoking');
    harness.clock.advance(1);
    assert.equal((await harness.until('completed')).slice(-3), [
      'answered a error {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: a Error: Task timed out after 3.00 seconds"}',
      'endAll',
      `completed a timeout ${FUNCTION_TIMEOUT_MS} init 0`,
    ]);
    assert.is(harness.processes[0]?.kills, 1);
    await runtime.closed;
  });
});

test('nothing is completed, and nothing new begun, before the last process is gone', async () => {
  await withEnvironment(async (harness) => {
    harness.holdEnding = true;
    harness.configure();
    harness.invoke('a');
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    await runtime.answer();
    harness.processes[0]?.exit({ code: 1 });
    assert.ok((await harness.until('answered')).includes(exitError('a', 1)));
    assert.is(harness.environment.state, 'stopping');
    assert.is(harness.processes.length, 1);
    harness.ending();
    assert.equal(await harness.until('completed'), ['completed a error Runtime.ExitError 0 init 0']);
    assert.is(harness.environment.state, 'reset');
  });
});

test('after a reset the next invocation initialises again, inside its own time', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    await harness.state('initializing');
    harness.processes[0]?.exit({ code: 2 });
    assert.equal(await harness.until('endAll'), ['init init error Runtime.ExitError', 'endAll']);
    harness.invoke('a');
    harness.clock.advance(1_000);
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    const event = await runtime.answer();
    assert.is(event?.headers.get('lambda-runtime-deadline-ms'), String(harness.clock.nowEpochMs() + FUNCTION_TIMEOUT_MS - 1_000));
    runtime.send(post('invocation/a/response', '1'));
    await runtime.answer();
    runtime.send(NEXT);
    assert.equal(await harness.until('completed'), ['started a', 'answered a 1', 'completed a success 1000']);
    assert.is(harness.processes.length, 2);
  });
});

test('a runtime that is lost while idle costs the next invocation nothing but a start', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    (await harness.runtime()).send(NEXT);
    await harness.state('idle');
    harness.processes[0]?.exit({ code: 0 });
    await harness.state('reset');
    harness.invoke('a');
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    assert.is((await runtime.answer())?.body.toString(), '"a"');
  });
});

test('an exit of a process that was killed already does not touch its successor', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    harness.invoke('a');
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    await runtime.answer();
    harness.clock.advance(FUNCTION_TIMEOUT_MS);
    await harness.until('completed');
    harness.invoke('b');
    const second = await harness.runtime();
    second.send(NEXT);
    assert.is((await second.answer())?.body.toString(), '"b"');
    harness.processes[0]?.exit({ signal: 'SIGKILL' });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.is(harness.environment.state, 'invoking');
  });
});

test('the first init error counts, not the exit that follows it', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    const runtime = await harness.runtime();
    runtime.send(post('init/error', '{"errorType":"Mine"}'));
    assert.is((await runtime.answer())?.status, 202);
    assert.is(harness.environment.state, 'initializing');
    harness.processes[0]?.exit({ code: 1 });
    assert.equal(await harness.until('endAll'), ['init init error Runtime.Unknown', 'endAll']);
  });
});

test('a runtime that reports an init error and stays is ended after its time', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    const runtime = await harness.runtime();
    runtime.send(post('init/error', '{}'));
    await runtime.answer();
    harness.clock.advance(999);
    assert.is(harness.environment.state, 'initializing');
    harness.clock.advance(1);
    assert.equal(await harness.until('endAll'), ['init init error Runtime.Unknown', 'endAll']);
  });
});

test('a launch that fails answers like any other failure, and the environment stays of use', async () => {
  await withEnvironment(async (harness) => {
    harness.failLaunches = true;
    harness.configure();
    harness.invoke('a');
    const heard = await harness.until('completed');
    assert.ok(heard.includes('answered a error {"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: a Error: fork/exec program: resource temporarily unavailable"}'), heard.join('\n'));
    harness.failLaunches = false;
    harness.invoke('b');
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    assert.is((await runtime.answer())?.body.toString(), '"b"');
  });
});

test('a second invocation before the first is completed is a mistake of the caller, and changes nothing', async () => {
  await withEnvironment(async (harness) => {
    assert.throws(() => harness.invoke('early'), /blank/);
    harness.configure();
    assert.throws(() => harness.configure(), /initializing/);
    harness.invoke('a');
    assert.throws(() => harness.invoke('b'), /cannot take/);
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    assert.is((await runtime.answer())?.body.toString(), '"a"');
    assert.throws(() => harness.invoke('b'), /cannot take/);
  });
});

test('after the end nothing is reported, whatever still happens', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    harness.invoke('a');
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    await runtime.answer();
    await harness.environment.shutDown();
    harness.heard.length = 0;
    harness.processes[0]?.exit({ signal: 'SIGKILL' });
    harness.clock.advance(1_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(harness.heard, []);
    assert.throws(() => harness.invoke('b'), /ended/);
  });
});

test('without a runtime process every call is a 500', async () => {
  await withEnvironment(async (harness) => {
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    assert.is((await runtime.answer())?.status, 500);
  });
});

test('a reply that was refused does not answer the invocation when its body breaks off as well', async () => {
  for (const path of ['invocation/never/response', 'invocation/never/error']) {
    for (const end of ['ZZ\r\n', undefined]) {
      await withEnvironment(async (harness) => {
        harness.configure();
        const runtime = await harness.runtime();
        runtime.send(NEXT);
        harness.invoke('a');
        await runtime.answer();
        const other = await harness.runtime();
        other.send(`POST /2018-06-01/runtime/${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi${end ?? ''}`);
        if (end === undefined) other.end();
        await other.closed;
        runtime.send(post('invocation/a/response', '"mine"'));
        assert.is((await runtime.answer())?.status, 202);
        runtime.send(NEXT);
        assert.equal((await harness.until('completed')).slice(-2), ['answered a "mine"', 'completed a success 0 init 0']);
      });
    }
  }
});

test('a runtime that pipelines everything in one write is served in order', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    const runtime = await harness.runtime();
    runtime.send(NEXT + post('invocation/a/response', '"1"') + NEXT + post('invocation/b/error', '"2"') + NEXT);
    harness.invoke('a');
    assert.equal((await harness.until('completed')).slice(-2), ['answered a "1"', 'completed a success 0 init 0']);
    harness.invoke('b');
    assert.equal((await harness.until('completed')).slice(-2), ['answered b error "2"', 'completed b error Runtime.Unknown 0']);
    assert.equal([(await runtime.answer())?.status, (await runtime.answer())?.status, (await runtime.answer())?.status, (await runtime.answer())?.status], [200, 202, 200, 202]);
  });
});

test('an extension that asks and never reads holds up nobody', async () => {
  await withEnvironment(async (harness) => {
    harness.configure();
    const extension = await harness.runtime();
    extension.send('POST /2020-01-01/extension/register HTTP/1.1\r\nHost: a\r\nLambda-Extension-Name: inside\r\nContent-Length: 21\r\n\r\n{"events":["INVOKE"]}');
    const identifier = (await extension.answer())?.headers.get('lambda-extension-identifier') ?? '';
    extension.socket.pause();
    extension.send(`GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: a\r\nLambda-Extension-Identifier: ${identifier}\r\n\r\n`.repeat(100));
    const runtime = await harness.runtime();
    runtime.send(NEXT);
    for (let index = 0; index < 50; index += 1) {
      harness.invoke(`id-${index}`);
      await runtime.answer();
      runtime.send(post(`invocation/id-${index}/response`, '"ok"') + NEXT);
      await runtime.answer();
      assert.match((await harness.until('completed')).at(-1) ?? '', /success/);
    }
    const ended = harness.environment.shutDown();
    harness.processes[0]?.exit({ code: 0 });
    await ended;
  });
});

test.run();
