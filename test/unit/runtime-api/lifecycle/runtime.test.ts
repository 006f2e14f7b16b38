import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RUNTIME_EVENTS, stepRuntime } from '../../../../runtime-api/lifecycle/runtime.ts';
import type { RuntimeEvent } from '../../../../runtime-api/lifecycle/runtime.ts';
import { RUNTIME_STATES } from '../../../../runtime-api/protocol/runtime-states.ts';
import type { RuntimeState } from '../../../../runtime-api/protocol/runtime-states.ts';

const test = suite('runtime-api/lifecycle/runtime');

/**
 * The transition table of the protocol specification, retyped by hand: one row per state, one column per event. `-` is a refusal.
 * Columns: next, delivered, response begun, response ended, error begun, error ended, init error, restore next, restored, restore error.
 */
const TABLE: Record<RuntimeState, readonly (RuntimeState | '-')[]> = {
  Started: ['Ready', '-', '-', '-', '-', '-', 'InitError', 'RestoreReady', '-', '-'],
  InitError: ['-', '-', '-', '-', '-', '-', '-', '-', '-', '-'],
  Ready: ['Ready', 'Running', '-', '-', '-', '-', '-', '-', '-', '-'],
  Running: ['Running', '-', 'InvocationResponse', '-', 'InvocationErrorResponse', '-', '-', '-', '-', '-'],
  InvocationResponse: ['-', '-', '-', 'RuntimeResponseSentState', '-', '-', '-', '-', '-', '-'],
  InvocationErrorResponse: ['-', '-', '-', '-', '-', 'RuntimeResponseSentState', '-', '-', '-', '-'],
  RuntimeResponseSentState: ['Ready', '-', '-', '-', '-', '-', '-', '-', '-', '-'],
  RestoreReady: ['-', '-', '-', '-', '-', '-', '-', '-', 'Restoring', '-'],
  Restoring: ['Ready', '-', '-', '-', '-', '-', 'RuntimeRestoreErrorState', '-', '-', 'RuntimeRestoreErrorState'],
  RuntimeRestoreErrorState: ['-', '-', '-', '-', '-', '-', '-', '-', '-', '-'],
};

const COLUMNS: readonly RuntimeEvent[] = [
  'nextCalled',
  'invocationDelivered',
  'responseBegun',
  'responseEnded',
  'errorBegun',
  'errorEnded',
  'initErrorReported',
  'restoreNextCalled',
  'restored',
  'restoreErrorReported',
];

/** What a refusal names as its target in the 403 body; the calls only. */
const REFUSED_TO: Partial<Record<RuntimeEvent, RuntimeState>> = {
  nextCalled: 'Ready',
  responseBegun: 'InvocationResponse',
  errorBegun: 'InvocationErrorResponse',
  initErrorReported: 'InitError',
  restoreNextCalled: 'Ready',
  restoreErrorReported: 'RuntimeRestoreErrorState',
};

test('the table of this test has every state and every event', () => {
  assert.equal(Object.keys(TABLE).toSorted(), RUNTIME_STATES.toSorted());
  assert.equal(COLUMNS.toSorted(), RUNTIME_EVENTS.toSorted());
});

for (const state of RUNTIME_STATES) {
  test(`every event in ${state} moves or is refused as specified`, () => {
    for (const [index, event] of COLUMNS.entries()) {
      const wanted = TABLE[state][index] ?? '-';
      const step = stepRuntime(state, event);
      assert.is(step.from, state);
      assert.is(step.moved ? step.to : '-', wanted, `${state} × ${event}`);
      const named = REFUSED_TO[event];
      if (!step.moved && named !== undefined) assert.is(step.refusedTo, named, `${state} × ${event}`);
    }
  });
}

test.run();
