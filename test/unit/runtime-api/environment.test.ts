/** The environment with a launcher and a clock of the test's own, and a runtime that is the test itself on a real socket. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Environment } from '../../../runtime-api/environment.ts';
import { RuntimeApiServer } from '../../../runtime-api/runtime-api-server.ts';
import type { ExitReport } from '../../../runtime-api/protocol/invocation.ts';
import type { Launcher, LaunchRequest } from '../../../runtime-api/supervisor/launcher.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('runtime-api/environment');
const FUNCTION_TIMEOUT_MS = 3_000;
const INIT_TIMEOUT_MS = 10_000;

class Started {
  readonly request: LaunchRequest;
  readonly exited: Promise<ExitReport>;
  exit: (report: ExitReport) => void = () => {};
  kills = 0;

  constructor(request: LaunchRequest) {
    this.request = request;
    this.exited = new Promise((resolve) => (this.exit = resolve));
  }
}

class Harness {
  readonly clock = fakeClock();
  readonly heard: string[] = [];
  readonly processes: Started[] = [];
  readonly server = new RuntimeApiServer();
  readonly peers: RawPeer[] = [];
  environment: Environment;
  port = 0;
  /** Set to hold back the end of all processes until it is called. */
  holdEnding = false;
  ending: () => void = () => {};
  failLaunches = false;

  constructor() {
    const launcher: Launcher = {
      launch: async (request) => {
        if (this.failLaunches) throw Object.assign(new Error('no'), { code: 'EAGAIN' });
        const started = new Started(request);
        this.processes.push(started);
        return { processId: this.processes.length, exited: started.exited, kill: () => void (started.kills += 1), terminate() {} };
      },
      endAll: () => {
        this.heard.push('endAll');
        return this.holdEnding ? new Promise((resolve) => (this.ending = resolve)) : Promise.resolve();
      },
    };
    this.environment = new Environment({
      clock: this.clock,
      server: this.server,
      runtimeApiAddress: '127.0.0.1:9001',
      launcher,
      drainLogs: () => void this.heard.push('drain'),
      print: (line) => void this.heard.push(line),
      listener: {
        initReported: ({ phase, status, errorType }) => void this.heard.push(`init ${phase} ${status}${errorType === undefined ? '' : ` ${errorType}`}`),
        invocationStarted: (requestId) => void this.heard.push(`started ${requestId}`),
        answered: ({ requestId, body, isFunctionError }) => void this.heard.push(`answered ${requestId} ${isFunctionError ? 'error ' : ''}${body.toString()}`),
        completed: ({ requestId, status, errorType, durationMs, initDurationMs }) =>
          void this.heard.push(`completed ${requestId} ${status}${errorType === undefined ? '' : ` ${errorType}`} ${durationMs}${initDurationMs === undefined ? '' : ` init ${initDurationMs}`}`),
      },
    });
  }

  async open(): Promise<void> {
    this.port = Number((await this.server.listen({ host: '127.0.0.1', port: 0 })).split(':')[1]);
  }

  configure(): void {
    this.environment.configure({
      bootstrap: { kind: 'command', argv: ['program'] },
      variables: {},
      workingDirectory: '/',
      functionTimeoutMs: FUNCTION_TIMEOUT_MS,
      initTimeoutMs: INIT_TIMEOUT_MS,
    });
  }

  invoke(requestId: string): void {
    this.environment.invoke({ requestId, functionArn: 'arn', payload: Buffer.from(`"${requestId}"`) });
  }

  async runtime(): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.port);
    this.peers.push(peer);
    return peer;
  }

  /** What was heard since the last look, once `last` is among it; drains are left out. */
  async until(last: string): Promise<string[]> {
    while (!this.heard.some((each) => each.startsWith(last))) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return this.heard.splice(0).filter((each) => each !== 'drain');
  }

  async state(wanted: string): Promise<void> {
    while (this.environment.state !== wanted) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function withEnvironment(use: (harness: Harness) => Promise<void>): Promise<void> {
  const harness = new Harness();
  await harness.open();
  try {
    await use(harness);
  } finally {
    harness.holdEnding = false;
    await harness.environment.shutDown();
    for (const peer of harness.peers) peer.destroy();
    await harness.server.close();
  }
}

const NEXT = 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (path: string, body: string): string => `POST /2018-06-01/runtime/${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
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

test.run();
