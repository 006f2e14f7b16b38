import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ENVIRONMENT_EVENTS, ENVIRONMENT_STATES, stepEnvironment } from '../../../../runtime-api/lifecycle/environment.ts';
import type { EnvironmentEventName, EnvironmentState } from '../../../../runtime-api/lifecycle/environment.ts';

const test = suite('runtime-api/lifecycle/environment');

/** Each row: from, event, to. What is not here must be refused. */
const LAWFUL: readonly (readonly [EnvironmentState, EnvironmentEventName, EnvironmentState])[] = [
  ['blank', 'configured', 'initializing'],
  ['initializing', 'runtimeReady', 'idle'],
  ['initializing', 'snapshotReady', 'snapshotted'],
  ['initializing', 'initFailed', 'stoppingInit'],
  ['snapshotted', 'invocationAccepted', 'restoring'],
  ['snapshotted', 'runtimeLost', 'stopping'],
  ['restoring', 'runtimeReady', 'invoking'],
  ['restoring', 'invocationFailed', 'stopping'],
  ['idle', 'invocationAccepted', 'invoking'],
  ['idle', 'runtimeLost', 'stopping'],
  ['invoking', 'invocationCompleted', 'idle'],
  ['invoking', 'invocationFailed', 'stopping'],
  ['stoppingInit', 'processesGone', 'reset'],
  ['stopping', 'processesGone', 'reset'],
  ['reset', 'invocationAccepted', 'reinitializing'],
  ['reinitializing', 'runtimeReady', 'invoking'],
  ['reinitializing', 'snapshotReady', 'restoring'],
  ['reinitializing', 'invocationFailed', 'stopping'],
];

for (const state of ENVIRONMENT_STATES) {
  test(`every event in ${state} moves or is refused as specified`, () => {
    for (const event of ENVIRONMENT_EVENTS) {
      const wanted = event === 'shutDown' && state !== 'ended' ? 'ended' : LAWFUL.find(([from, on]) => from === state && on === event)?.[2];
      const step = stepEnvironment(state, event);
      assert.equal(step, wanted === undefined ? { moved: false, from: state } : { moved: true, from: state, to: wanted }, `${state} × ${event}`);
    }
  });
}

test('every state can be reached and can be left, but for the last', () => {
  for (const state of ENVIRONMENT_STATES) {
    assert.ok(state === 'blank' || LAWFUL.some(([, , to]) => to === state) || state === 'ended', state);
    assert.ok(state === 'ended' || stepEnvironment(state, 'shutDown').moved);
  }
});

test.run();
