import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CONCURRENT_INVOCATION_EVENTS, CONCURRENT_INVOCATION_STATES, stepConcurrentInvocation } from '../../../../runtime-api/lifecycle/concurrent-invocation.ts';
import type { ConcurrentInvocationEvent, ConcurrentInvocationState } from '../../../../runtime-api/lifecycle/concurrent-invocation.ts';

const test = suite('runtime-api/lifecycle/concurrent-invocation');

/** Each row: from, event, to. What is not here must be refused. */
const LAWFUL: readonly (readonly [ConcurrentInvocationState, ConcurrentInvocationEvent, ConcurrentInvocationState])[] = [
  ['Running', 'responseBegun', 'InvocationResponse'],
  ['Running', 'errorBegun', 'InvocationErrorResponse'],
  ['InvocationResponse', 'responseEnded', 'RuntimeResponseSentState'],
  ['InvocationResponse', 'errorBegun', 'InvocationErrorResponse'],
  ['InvocationErrorResponse', 'errorEnded', 'RuntimeResponseSentState'],
];

for (const state of CONCURRENT_INVOCATION_STATES) {
  test(`every event in ${state} moves or is refused as specified`, () => {
    for (const event of CONCURRENT_INVOCATION_EVENTS) {
      const wanted = LAWFUL.find(([from, on]) => from === state && on === event)?.[2];
      assert.is(stepConcurrentInvocation(state, event), wanted, `${state} × ${event}`);
    }
  });
}

test.run();
