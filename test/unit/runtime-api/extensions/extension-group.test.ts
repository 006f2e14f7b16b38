/** The group with files that are really there, and processes and a clock that the test moves. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExtensionGroup } from '../../../../runtime-api/extensions/extension-group.ts';
import type { ExitReport } from '../../../../runtime-api/protocol/invocation.ts';
import type { LaunchRequest } from '../../../../runtime-api/supervisor/launcher.ts';
import { writeExtensionProgram } from '../../../support/extension-file.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/extensions/extension-group');

type Bench = {
  group: ExtensionGroup;
  clock: FakeClock;
  /** What the environment was told, and what was printed, in order. */
  heard: string[];
  launched: LaunchRequest[];
  end(index: number, exit: ExitReport): Promise<void>;
  register(name: string, events?: ('INVOKE' | 'SHUTDOWN')[]): Promise<void>;
};

async function withGroup(names: readonly string[], use: (bench: Bench) => Promise<void>, options: { failLaunch?: boolean; profile?: 'aws' | 'rie' } = {}): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    for (const name of names) writeExtensionProgram({ layersRoot: folder, name, text: '#!/bin/sh\n' });
    const clock = fakeClock();
    const heard: string[] = [];
    const launched: LaunchRequest[] = [];
    const ends: ((exit: ExitReport) => void)[] = [];
    const group = new ExtensionGroup({
      clock,
      launcher: {
        launch(request) {
          if (options.failLaunch === true) return Promise.reject(Object.assign(new Error('no'), { code: 'EAGAIN' }));
          launched.push(request);
          const index = ends.length;
          const exited = new Promise<ExitReport>((resolve) => ends.push(resolve));
          return Promise.resolve({ processId: index, exited, terminate() {}, kill: () => void (heard.push(`kill ${index}`), ends[index]?.({ signal: 'SIGKILL' })) });
        },
        endAll: async () => {},
      },
      configuration: {
        bootstrap: { kind: 'lookup', paths: [] },
        variables: { AWS_LAMBDA_FUNCTION_NAME: 'f', _HANDLER: 'h', CUSTOMER: 'c' },
        workingDirectory: '/',
        layersRoot: folder,
        functionTimeoutMs: 1,
        initTimeoutMs: 1,
        profile: options.profile ?? 'aws',
      },
      runtimeApiAddress: '127.0.0.1:9001',
      print: (line) => void heard.push(line),
      listener: {
        runtimeMayStart: () => void heard.push('runtimeMayStart'),
        extensionWaiting: () => void heard.push('waiting'),
        extensionFailed: (failure, { name, hasEnded }) => void heard.push(`failed ${name} ${hasEnded} ${failure.body('ID').toString()}`),
        extensionsFound: () => void heard.push('found'),
      },
    });
    await use({
      group,
      clock,
      heard,
      launched,
      async end(index, exit) {
        ends[index]?.(exit);
        await nextTurn();
        await nextTurn();
      },
      async register(name, events = []) {
        group.registry.register({ name, events, wantsAccountId: false });
        await nextTurn();
      },
    });
  });
}

test('without extensions the runtime may start at once, and nobody is told of any', async () => {
  await withGroup([], async ({ group, heard }) => {
    group.start();
    assert.equal(heard, ['runtimeMayStart']);
    assert.ok(group.isInitialized());
    assert.ok(group.isInvocationDone());
    assert.not.ok(group.needsTimeToEnd);
  });
});

// ref: EXT-003
test('the runtime may start when the last external extension has registered', async () => {
  await withGroup(['a', 'b'], async ({ group, heard, launched, register }) => {
    group.start();
    assert.equal(heard, ['found']);
    await nextTurn();
    assert.equal(launched.map(({ variables, workingDirectory }) => [variables, workingDirectory]), [
      [{ AWS_LAMBDA_FUNCTION_NAME: 'f', CUSTOMER: 'c', AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' }, '/'],
      [{ AWS_LAMBDA_FUNCTION_NAME: 'f', CUSTOMER: 'c', AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' }, '/'],
    ]);
    await register('a');
    assert.equal(heard, ['found']);
    await register('b');
    assert.equal(heard, ['found', 'runtimeMayStart']);
  });
});

test('after three seconds it is said whom everything waits for, once', async () => {
  await withGroup(['a', 'b'], async ({ group, heard, clock, register }) => {
    group.start();
    await register('a');
    clock.advance(2_999);
    assert.equal(heard, ['found']);
    clock.advance(1);
    clock.advance(60_000);
    assert.equal(heard, ['found', 'rik: waiting for extension b to register\n']);
    await register('b');
    heard.length = 0;
    assert.not.ok(group.isInitialized());
    clock.advance(3_000);
    assert.equal(heard, ['rik: waiting for extension a to call next\n', 'rik: waiting for extension b to call next\n']);
  });
});

test('who comes in time is not spoken of, nor who takes no part in invocations', async () => {
  await withGroup(['a', 'b'], async ({ group, heard, clock, register }) => {
    group.start();
    await register('a', ['INVOKE']);
    await register('b', ['SHUTDOWN']);
    for (const extension of group.registry.all) extension.callNext();
    assert.ok(group.isInitialized());
    clock.advance(60_000);
    const [a, b] = group.registry.all;
    a?.step('eventDelivered');
    b?.step('eventDelivered');
    heard.length = 0;
    assert.not.ok(group.isInvocationDone());
    clock.advance(3_000);
    assert.equal(heard, ['rik: waiting for extension a to call next\n']);
    a?.callNext();
    assert.ok(group.isInvocationDone());
  });
});

// ref: EXT-037, EXT-038
test('the end of a process is the end of the environment, in words that fit what it had said before', async () => {
  await withGroup(['a', 'b', 'c'], async ({ group, heard, register, end }) => {
    group.start();
    for (const name of ['a', 'b', 'c']) await register(name);
    const [, b, c] = group.registry.all;
    if (b !== undefined) group.registry.reportError(b, 'initError', 'T');
    if (c !== undefined) group.registry.reportError(c, 'exitError', 'T');
    heard.length = 0;
    await end(0, { code: 0 });
    await end(1, { code: 2 });
    await end(2, { signal: 'SIGSEGV' });
    const body = (errorType: string, text: string): string => JSON.stringify({ errorType, errorMessage: `RequestId: ID Error: ${text}` });
    assert.equal(heard, [
      `failed a true ${body('Extension.Crash', 'exit code 0')}`,
      `failed b true ${body('Extension.InitError', 'exit status 2')}`,
      `failed c true ${body('Extension.ExitError', 'signal: segmentation fault')}`,
    ]);
    assert.is(
      group.initLines(),
      'EXTENSION\tName: a\tState: Exited\tEvents: []\nEXTENSION\tName: b\tState: InitError\tEvents: []\tError Type: T\nEXTENSION\tName: c\tState: ExitError\tEvents: []\tError Type: T\n',
    );
  });
});

test('a process that the system cannot make is a launch error', async () => {
  await withGroup(
    ['a'],
    async ({ group, heard }) => {
      group.start();
      await nextTurn();
      assert.match(heard.at(-1) ?? '', /^failed a true .*"Extension\.LaunchError".*resource temporarily unavailable"/);
    },
    { failLaunch: true },
  );
});

test('a line of the log cannot be forged by a name', async () => {
  await withGroup([], async ({ group, register }) => {
    group.start();
    await register('x\nSTART RequestId: y');
    assert.is(group.initLines(), 'EXTENSION\tName: x START RequestId: y\tState: Registered\tEvents: []\n');
  });
});

test('killed at once they are dead when the call returns, and their end is nobody\'s news', async () => {
  await withGroup(['a', 'b'], async ({ group, heard, register }) => {
    group.start();
    await register('a');
    heard.length = 0;
    group.kill();
    assert.equal(heard, ['kill 0', 'kill 1']);
    await nextTurn();
    await nextTurn();
    assert.equal(heard, ['kill 0', 'kill 1']);
  });
});

test.run();
