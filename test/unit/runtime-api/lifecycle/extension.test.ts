import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXTENSION_EVENTS, stepExtension } from '../../../../runtime-api/lifecycle/extension.ts';
import type { ExtensionEvent } from '../../../../runtime-api/lifecycle/extension.ts';
import { EXTENSION_STATES } from '../../../../runtime-api/protocol/extension-states.ts';
import type { ExtensionState } from '../../../../runtime-api/protocol/extension-states.ts';

const test = suite('runtime-api/lifecycle/extension');

/**
 * The transition table of the protocol specification, retyped by hand: one row per state, one column per event. `-` is a refusal.
 * Columns: register, next, event delivered, init error, exit error, launch failed, process exited, shutdown failed.
 */
const TABLE: Record<ExtensionState, readonly (ExtensionState | '-')[]> = {
  Started: ['Registered', '-', '-', '-', '-', 'LaunchError', 'Exited', 'ShutdownFailed'],
  Registered: ['-', 'Ready', '-', 'InitError', 'ExitError', '-', 'Exited', 'ShutdownFailed'],
  Ready: ['-', '-', 'Running', '-', 'ExitError', '-', 'Exited', 'ShutdownFailed'],
  Running: ['-', 'Ready', '-', '-', 'ExitError', '-', 'Exited', 'ShutdownFailed'],
  InitError: ['-', '-', '-', 'InitError', '-', '-', 'InitError', 'ShutdownFailed'],
  ExitError: ['-', '-', '-', '-', 'ExitError', '-', 'ExitError', 'ShutdownFailed'],
  Exited: ['-', '-', '-', '-', '-', '-', '-', '-'],
  ShutdownFailed: ['-', '-', '-', '-', '-', '-', '-', '-'],
  LaunchError: ['-', '-', '-', '-', '-', '-', '-', '-'],
};

const COLUMNS: readonly ExtensionEvent[] = [
  'registerCalled',
  'nextCalled',
  'eventDelivered',
  'initErrorReported',
  'exitErrorReported',
  'launchFailed',
  'processExited',
  'shutdownFailed',
];

/** What a refusal names as its target in the 403 body. */
const REFUSED_TO: Partial<Record<ExtensionEvent, ExtensionState>> = {
  registerCalled: 'Registered',
  nextCalled: 'Ready',
  initErrorReported: 'InitError',
  exitErrorReported: 'Exited',
};

test('the table of this test has every state and every event', () => {
  assert.equal(Object.keys(TABLE).toSorted(), EXTENSION_STATES.toSorted());
  assert.equal(COLUMNS.toSorted(), EXTENSION_EVENTS.toSorted());
});

for (const state of EXTENSION_STATES) {
  test(`every event in ${state} moves or is refused as specified`, () => {
    for (const [index, event] of COLUMNS.entries()) {
      const step = stepExtension(state, event);
      assert.is(step.from, state);
      assert.is(step.moved ? step.to : '-', TABLE[state][index] ?? '-', `${state} × ${event}`);
      const named = REFUSED_TO[event];
      if (!step.moved && named !== undefined) assert.is(step.refusedTo, named, `${state} × ${event}`);
    }
  });
}

test.run();
