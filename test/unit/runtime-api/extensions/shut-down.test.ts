/** The order and the budgets of a shutdown, with processes that the test ends and a clock that it moves. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExtensionProcesses } from '../../../../runtime-api/extensions/extension-processes.ts';
import { ExtensionRegistry } from '../../../../runtime-api/extensions/registry.ts';
import { shutdownBudget, shutDownProcesses } from '../../../../runtime-api/extensions/shut-down.ts';
import type { ExtensionEventType } from '../../../../runtime-api/protocol/extension-states.ts';
import type { RunningProcess } from '../../../../runtime-api/supervisor/launcher.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

const test = suite('runtime-api/extensions/shut-down');
const START_EPOCH_MS = 1_000_000;

/** Notes what is done to it; it ends when it is killed, or when the test says so. */
function fakeProcess(name: string, notes: string[]): RunningProcess & { end(): void } {
  const { promise: exited, resolve } = Promise.withResolvers<{ code: number }>();
  return {
    processId: undefined,
    exited,
    terminate: () => void notes.push(`${name} SIGTERM`),
    kill() {
      notes.push(`${name} SIGKILL`);
      resolve({ code: 137 });
    },
    end: () => resolve({ code: 0 }),
  };
}

async function harness(options: { externals?: Record<string, readonly ExtensionEventType[]>; internal?: boolean; profile?: 'aws' | 'rie' }) {
  const notes: string[] = [];
  const clock = fakeClock(START_EPOCH_MS);
  const names = Object.keys(options.externals ?? {});
  const fakes = new Map(names.map((name) => [name, fakeProcess(name, notes)]));
  const registry = new ExtensionRegistry({
    externalNames: names,
    isDisabled: false,
    identity: { functionName: 'f', functionVersion: '1', handler: 'h' },
    listener: { extensionMoved() {}, extensionFailed() {} },
  });
  const processes = new ExtensionProcesses({
    launcher: { launch: async ({ variables }) => fakes.get(variables['WHO'] ?? '') ?? fakeProcess('?', notes), endAll: async () => {} },
    // A program that can be started anywhere; what is launched is the fake one.
    files: [],
    runtimeVariables: {},
    profile: 'aws',
    listener: { launchFailed() {}, exited() {} },
  });
  Object.defineProperty(processes, 'running', { value: fakes });
  for (const [name, events] of Object.entries(options.externals ?? {})) registry.register({ name, events, wantsAccountId: false });
  if (options.internal === true) registry.register({ name: 'inside', events: [], wantsAccountId: false });
  const runtime = fakeProcess('runtime', notes);
  const answers: string[] = [];
  for (const extension of registry.externals) {
    extension.callNext();
    const request = { answer: ({ body }: { body: Buffer }) => void (answers.push(body.toString().trim()), notes.push(`${extension.name} told`)) };
    Reflect.apply(extension.wait, extension, [request]);
  }
  let isDone = false;
  const begin = (): Promise<void> => {
    const done = shutDownProcesses({ clock, profile: options.profile ?? 'aws', reason: 'timeout', runtime, registry, processes });
    void done.then(() => (isDone = true));
    return done;
  };
  return { notes, clock, fakes, runtime, registry, answers, begin, isDone: () => isDone };
}

// ref: SHD-001
test('without extensions the runtime is killed at once', async () => {
  const { begin, notes } = await harness({});
  await begin();
  assert.equal(notes, ['runtime SIGKILL']);
});

// ref: SHD-002, SHD-003
test('with an internal extension the runtime has 500 ms', async () => {
  const { begin, notes, clock, isDone } = await harness({ internal: true });
  void begin();
  clock.advance(499);
  await nextTurn();
  assert.equal(notes, ['runtime SIGTERM']);
  clock.advance(1);
  await nextTurn();
  assert.equal(notes, ['runtime SIGTERM', 'runtime SIGKILL']);
  assert.ok(isDone());
});

// ref: SHD-004, SHD-008
test('with an external extension the runtime has 300 ms of 2,000, and the deadline that the extension is told is its own', async () => {
  const { begin, notes, clock, answers, isDone } = await harness({ externals: { a: ['SHUTDOWN'] } });
  void begin();
  clock.advance(299);
  await nextTurn();
  assert.equal(notes, ['runtime SIGTERM']);
  clock.advance(1);
  await nextTurn();
  await nextTurn();
  assert.equal(notes, ['runtime SIGTERM', 'runtime SIGKILL', 'a told']);
  assert.equal(JSON.parse(answers[0] ?? ''), { eventType: 'SHUTDOWN', deadlineMs: START_EPOCH_MS + 2_000, shutdownReason: 'timeout' });
  clock.advance(1_699);
  await nextTurn();
  assert.not.ok(isDone());
  clock.advance(1);
  await nextTurn();
  assert.ok(isDone());
  assert.is(notes.at(-1), 'a SIGKILL');
});

// ref: SHD-007, SHD-009, SHD-017
test('a runtime that ends early passes the turn on; extensions end together, those without a subscription at once', async () => {
  const { begin, notes, fakes, runtime, registry, isDone } = await harness({ externals: { a: ['SHUTDOWN'], b: ['INVOKE'], c: [] } });
  void begin();
  runtime.end();
  await nextTurn();
  assert.equal(notes, ['runtime SIGTERM', 'a told', 'b SIGKILL', 'c SIGKILL']);
  fakes.get('a')?.end();
  await nextTurn();
  assert.ok(isDone());
  assert.is(registry.externals[0]?.state, 'Exited');
});

// ref: SHD-005
test('the classic emulator gives any extension two seconds and the runtime 600 ms of them', () => {
  const external = new ExtensionRegistry({ externalNames: ['a'], isDisabled: false, identity: { functionName: '', functionVersion: '', handler: '' }, listener: { extensionMoved() {}, extensionFailed() {} } });
  assert.equal(shutdownBudget(external, 'rie'), { totalMs: 2_000, runtimeMs: 600 });
  assert.equal(shutdownBudget({ isEmpty: false, externals: [] }, 'rie'), { totalMs: 2_000, runtimeMs: 600 });
  assert.equal(shutdownBudget({ isEmpty: true, externals: [] }, 'rie'), { totalMs: 0, runtimeMs: 0 });
});

test.run();
