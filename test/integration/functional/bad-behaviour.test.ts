// time-limit-seconds: 240
/** Functions that take what they should not, end what they should not, or leave things behind: the caller is told, the next event is served. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { leftOnHost, openFunctionHost } from '../../support/function-host.ts';
import type { Called, FunctionHost, HostedFunction } from '../../support/function-host.ts';

const NODE: HostedFunction = { runtime: 'nodejs24.x', handler: 'index.handler', fixture: 'node-cases', memoryMiB: 1_769 };
const PYTHON: HostedFunction = { runtime: 'python3.11', handler: 'cases.handler', fixture: 'python-cases', memoryMiB: 1_769 };

const opened = await openFunctionHost({ images: ['nodejs24.x', 'python3.11'] });
const test = suite('integration/functional/bad-behaviour');

function crash(called: Called, how: string): unknown {
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${called.requestId} Error: ${how}` };
}

async function servesOn(host: FunctionHost, name: string): Promise<void> {
  const next = await host.call(name, { do: 'echo', after: name });
  assert.equal(next.json(), { do: 'echo', after: name });
  assert.is(next.report.status, undefined);
}

if (opened.host === undefined) {
  test.skip(`functions that misbehave (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { host } = opened;
  const { capabilities } = await host.runner.check();
  const hasLimits = capabilities.memoryLimit.available && capabilities.pidsLimit.available;
  const isLimited = (): boolean => {
    if (!hasLimits) console.log(`skip: no control groups: ${capabilities.memoryLimit.how}`);
    return hasLimits;
  };
  host.define('node', NODE);
  host.define('python', PYTHON);

  for (const name of ['node', 'python']) {
    test(`${name}: an exception is an error of the function, and the environment is kept`, async () => {
      await host.call(name, { do: 'echo' });
      const called = await host.call(name, { do: 'fail' });
      assert.equal([called.status, called.functionError, called.report.status], [200, 'Unhandled', 'error']);
      assert.match(String(called.member('errorType')), /TypeError|JSONDecodeError/);
      const next = await host.call(name, { do: 'echo' });
      assert.is(next.report.initMs, undefined, 'it was not initialised again');
    });
  }

  const ENDS: readonly { title: string; name: string; event: object; how: string }[] = [
    { title: 'node: an exit with 0', name: 'node', event: { do: 'exit', code: 0 }, how: 'Runtime exited without providing a reason' },
    { title: 'node: an exit with 9', name: 'node', event: { do: 'exit', code: 9 }, how: 'Runtime exited with error: exit status 9' },
    { title: 'python: an exit with 9', name: 'python', event: { do: 'exit', code: 9 }, how: 'Runtime exited with error: exit status 9' },
    { title: 'python: an abort', name: 'python', event: { do: 'abort' }, how: 'Runtime exited with error: signal: aborted' },
  ];
  for (const { title, name, event, how } of ENDS) {
    test(`${title} is told with its reason`, async () => {
      const called = await host.call(name, event);
      assert.equal([called.status, called.functionError], [200, 'Unhandled']);
      assert.equal(called.json(), crash(called, how));
      assert.equal([called.report.status, called.report.errorType], ['error', 'Runtime.ExitError']);
      await servesOn(host, name);
    });
  }

  test('a function that never answers is ended at its deadline; its memory is gone, its /tmp is kept, the log stream is the same', async () => {
    host.define('timeout', { ...NODE, timeoutMs: 2_000 });
    await host.call('timeout', { do: 'touch', name: 'kept' });
    const before = await host.call('timeout', { do: 'state' });
    const called = await host.call('timeout', { do: 'never' });
    assert.equal(called.json(), { errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${called.requestId} Error: Task timed out after 2.00 seconds` });
    assert.is(called.report.status, 'timeout');
    assert.ok(called.report.durationMs >= 2_000, called.report.line);
    const after = await host.call('timeout', { do: 'state' });
    assert.is.not(after.member('environmentId'), before.member('environmentId'));
    assert.is(after.member('count'), 1);
    assert.equal(after.member('tmp'), ['kept']);
    assert.is(after.report.initMs, undefined, 'the repeated initialisation is part of the invocation');
  });

  test('a response over the limit is refused, one at the limit is not', async () => {
    // A string of n characters is n + 2 bytes of JSON.
    const largest = await host.call('node', { do: 'large', bytes: 6_291_556 - 2 });
    assert.equal([largest.functionError, largest.text.length], [undefined, 6_291_556]);
    const over = await host.call('node', { do: 'large', bytes: 6_291_556 - 1 });
    assert.equal([over.status, over.functionError, over.report.errorType], [200, 'Unhandled', 'Function.ResponseSizeTooLarge']);
    assert.equal(over.json(), { errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).', errorType: 'Function.ResponseSizeTooLarge' });
    await servesOn(host, 'node');
  });

  test('a flood of output is all in the log, the caller gets its last 4 KiB', async () => {
    const before = host.log().length;
    const called = await host.call('python', { do: 'flood', mebibytes: 32 });
    assert.is(called.text, '"flooded"');
    assert.is(Buffer.byteLength(called.logTail), 4_096);
    assert.ok(host.log().length - before >= 32 * 1_048_576);
    await servesOn(host, 'python');
  });

  for (const [name, hosted] of [['node-hog', NODE], ['python-hog', PYTHON]] as const) {
    test(`${name}: eating more memory than there is, is Runtime.OutOfMemory with all of it used`, async () => {
      if (!isLimited()) return;
      host.define(name, { ...hosted, memoryMiB: 192 });
      const called = await host.call(name, { do: 'eatMemory' });
      assert.equal(called.json(), crash(called, 'Runtime exited with error: signal: killed'));
      assert.equal([called.report.status, called.report.errorType], ['error', 'Runtime.OutOfMemory']);
      assert.equal([called.report.maxMemoryUsedMB, called.report.memorySizeMB], [192, 192]);
      await servesOn(host, name);
    });
  }

  test('memory that a child ate is out of memory too, although the runtime goes on to answer', async () => {
    if (!isLimited()) return;
    host.define('child-hog', { ...PYTHON, memoryMiB: 192 });
    const called = await host.call('child-hog', { do: 'childEatsMemory' });
    assert.equal([called.report.status, called.report.errorType, called.report.maxMemoryUsedMB], ['error', 'Runtime.OutOfMemory', 192]);
    await servesOn(host, 'child-hog');
  });

  test('forks end at a limit, for the function and for nobody else', async () => {
    host.define('forks', PYTHON);
    const called = await host.call('forks', { do: 'forkMany' });
    const count = Number(called.member('count'));
    assert.ok(count > 500 && count <= 1_024, called.text);
    assert.is(called.member('code'), 'EAGAIN');
    assert.is((await host.call('python', { do: 'echo' })).report.status, undefined, 'another function is not concerned');
  });

  test('a fork bomb is ended at the deadline, and nothing of it is there for the next event', async () => {
    if (!isLimited()) return;
    host.define('bomb', { ...PYTHON, timeoutMs: 2_000 });
    const called = await host.call('bomb', { do: 'forkBomb' });
    assert.equal([called.status, called.functionError], [200, 'Unhandled']);
    assert.ok(['timeout', 'error'].includes(called.report.status ?? ''), called.report.line);
    // The sandbox's first process, the server, the runtime.
    const after = await host.call('bomb', { do: 'processes' });
    assert.is(after.text, '3');
  });

  test('a full /tmp is the function\'s own trouble; emptied, it has room again', async () => {
    host.define('tmp', { ...NODE, tmpMiB: 32 });
    const { mebibytes, code } = Object(( await host.call('tmp', { do: 'fillTmp' })).json());
    assert.is(code, 'ENOSPC');
    assert.ok(mebibytes > 16 && mebibytes <= 32, String(mebibytes));
    assert.is(Object((await host.call('tmp', { do: 'fillTmp' })).json()).code, 'ENOSPC');
    await host.call('tmp', { do: 'emptyTmp' });
    await servesOn(host, 'tmp');
    assert.ok(Number(Object((await host.call('tmp', { do: 'fillTmp' })).json()).mebibytes) > 16);
  });

  test('a function that ends its own server is answered for, and gets a new environment', async () => {
    host.define('suicide', NODE);
    await host.call('suicide', { do: 'touch', name: 'old' });
    const called = await host.call('suicide', { do: 'killServer' });
    assert.equal([called.status, called.functionError], [200, 'Unhandled']);
    assert.equal(called.json(), { errorType: 'Sandbox.Failure', errorMessage: `RequestId: ${called.requestId} Error: The execution environment ended unexpectedly` });
    assert.equal([called.report.status, called.report.errorType], ['error', 'Sandbox.Failure']);
    assert.equal((await host.call('suicide', { do: 'state' })).member('tmp'), []);
  });

  test('a function that stops its own server is ended by the worker, soon after its deadline', async () => {
    host.define('stopped', { ...PYTHON, timeoutMs: 1_000 });
    await host.call('stopped', { do: 'echo' });
    const called = await host.call('stopped', { do: 'closeChannel' });
    assert.is(called.member('errorType'), 'Sandbox.Timedout');
    assert.is(called.report.status, 'timeout');
    assert.ok(called.report.durationMs >= 1_000, called.report.line);
    await servesOn(host, 'stopped');
  });

  test('a daemon lives on between invocations and is gone after a reset', async () => {
    host.define('daemon', { ...NODE, timeoutMs: 2_000 });
    await host.call('daemon', { do: 'leaveDaemon' });
    assert.is((await host.call('daemon', { do: 'processes' })).text, '4');
    await host.call('daemon', { do: 'never' });
    assert.is((await host.call('daemon', { do: 'processes' })).text, '3');
  });

  test('code, layers, system and platform cannot be written, /tmp can', async () => {
    const paths = ['/var/task/x', '/var/task/index.mjs', '/opt/x', '/var/runtime/x', '/var/rapid/x', '/etc/passwd', '/usr/x', '/x', '/tmp/x'];
    const outcome = Object((await host.call('node', { do: 'tryWrite', paths })).json());
    for (const path of paths) {
      if (path === '/tmp/x') assert.is(outcome[path], 'done');
      else assert.ok(['EROFS', 'EACCES', 'EPERM', 'ENOENT'].includes(outcome[path]), `${path}: ${outcome[path]}`);
    }
    assert.equal([outcome['/var/task/x'], outcome['/opt/x']], ['EROFS', 'EROFS']);
  });

  test('the host, other functions and the platform cannot be read', async () => {
    const paths = [host.folder, '/root', '/var/lib/rik', '/etc/shadow', '/proc/1/environ', '/proc/1/root', '/proc/2/environ', '/proc/2/mem', '/proc/kcore', '/run/ctl', '/dev/mem'];
    const outcome = Object((await host.call('node', { do: 'tryRead', paths })).json());
    for (const path of [host.folder, '/var/lib/rik', '/etc/shadow', '/proc/2/mem', '/proc/kcore', '/dev/mem']) {
      assert.ok(['ENOENT', 'EACCES', 'EPERM', 'EIO'].includes(outcome[path]), `${path}: ${outcome[path]}`);
    }
    for (const pid of [1, 2]) {
      // The reaper and the server run as the same user, so they must hold nothing.
      const names = String((await host.call('node', { do: 'read', path: `/proc/${pid}/environ` })).json()).split('\0').map((variable) => variable.split('=')[0]);
      assert.equal(names.filter((name) => !['SHLVL', 'PATH', 'PWD', ''].includes(name ?? '')), []);
    }
  });

  test('nothing is left when the worker has closed', async () => {
    await host.close();
    assert.equal(leftOnHost(host.folder), []);
    assert.equal(host.problems, []);
  });
}

test.run();
