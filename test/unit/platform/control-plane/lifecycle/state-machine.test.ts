import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  LIFECYCLE_EVENTS,
  LIFECYCLE_STATES,
  step,
  TRANSITIONS,
  wireState,
  type LifecycleEvent,
  type LifecycleState,
} from '../../../../../platform/control-plane/lifecycle/state-machine.ts';

const test = suite('platform/control-plane/lifecycle/state-machine');

/** Retyped from the specification notes; what is not here is refused. */
const LAWFUL: [LifecycleState, LifecycleEvent, LifecycleState][] = [
  ['Pending', 'activated', 'Active'],
  ['Pending', 'activationFailed', 'Failed'],
  ['Active', 'updateRequested', 'Updating'],
  ['Updating', 'activated', 'Active'],
  ['Updating', 'activationFailed', 'UpdateFailed'],
  ['UpdateFailed', 'updateRequested', 'Updating'],
  ['Failed', 'updateRequested', 'Pending'],
];

for (const state of LIFECYCLE_STATES)
  for (const event of LIFECYCLE_EVENTS) {
    const next = LAWFUL.find(([from, on]) => from === state && on === event)?.[2];
    test(`${state} ${next === undefined ? `refuses ${event}` : `goes to ${next} on ${event}`}`, () => {
      assert.equal(step(state, event), next === undefined ? { moved: false, state } : { moved: true, state: next });
    });
  }

test('the list of states is complete', () => assert.equal([...LIFECYCLE_STATES].sort(), Object.keys(TRANSITIONS).sort()));

const CREATING = 'The function is being created.';
const failure = { reason: 'why', reasonCode: 'InternalError' };
const WIRE: [LifecycleState, object][] = [
  ['Pending', { State: 'Pending', StateReason: CREATING, StateReasonCode: 'Creating' }],
  ['Active', { State: 'Active', LastUpdateStatus: 'Successful' }],
  ['Updating', { State: 'Active', LastUpdateStatus: 'InProgress', LastUpdateStatusReason: CREATING, LastUpdateStatusReasonCode: 'Creating' }],
  ['UpdateFailed', { State: 'Active', LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'why', LastUpdateStatusReasonCode: 'InternalError' }],
  ['Failed', { State: 'Failed', StateReason: 'why', StateReasonCode: 'InternalError' }],
];
for (const [state, shown] of WIRE) test(`${state} is shown as recorded`, () => assert.equal(wireState(state, failure), shown));

test.run();
