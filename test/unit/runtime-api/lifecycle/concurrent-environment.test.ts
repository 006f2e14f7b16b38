import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CONCURRENT_ENVIRONMENT_EVENTS, CONCURRENT_ENVIRONMENT_STATES, stepConcurrentEnvironment } from '../../../../runtime-api/lifecycle/concurrent-environment.ts';
import type { ConcurrentEnvironmentEvent, ConcurrentEnvironmentState } from '../../../../runtime-api/lifecycle/concurrent-environment.ts';

const test = suite('runtime-api/lifecycle/concurrent-environment');

/** Each row: from, event, to. What is not here must be refused. */
const LAWFUL: readonly (readonly [ConcurrentEnvironmentState, ConcurrentEnvironmentEvent, ConcurrentEnvironmentState])[] = [
  ['blank', 'configured', 'initializing'],
  ['initializing', 'runtimeReady', 'serving'],
  ['initializing', 'failed', 'stopping'],
  ['serving', 'failed', 'stopping'],
  ['stopping', 'processesGone', 'ended'],
];

for (const state of CONCURRENT_ENVIRONMENT_STATES) {
  test(`every event in ${state} moves or is refused as specified`, () => {
    for (const event of CONCURRENT_ENVIRONMENT_EVENTS) {
      const wanted = event === 'shutDown' && state !== 'ended' ? 'ended' : LAWFUL.find(([from, on]) => from === state && on === event)?.[2];
      assert.is(stepConcurrentEnvironment(state, event), wanted, `${state} × ${event}`);
    }
  });
}

test.run();
