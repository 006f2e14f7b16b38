import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFunctionConfiguration, type FunctionConfiguration } from '../../../cli/function-configuration.ts';
import { waitUntilSettled } from '../../../cli/wait-until-settled.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { configuration } from './stand-in-api.ts';

const test = suite('cli/wait-until-settled');

function wait(states: readonly Record<string, string>[]): { settled: Promise<FunctionConfiguration>; delaysMs: number[] } {
  const clock = fakeClock();
  const delaysMs: number[] = [];
  let turn = 0;
  const settled = waitUntilSettled(
    {
      getFunctionConfiguration: async (name) => {
        const parsed = parseFunctionConfiguration(configuration(name, states[Math.min(turn, states.length - 1)]));
        turn += 1;
        if (parsed === undefined) throw new Error('unparsed');
        return parsed;
      },
    },
    'hello',
    {
      monotonicMs: () => clock.monotonicMs(),
      sleep: async (delayMs) => {
        delaysMs.push(delayMs);
        clock.advance(delayMs);
      },
    },
  );
  return { settled, delaysMs };
}

test('a pending function is asked for until it is active', async () => {
  const { settled, delaysMs } = wait([{ State: 'Pending' }, { State: 'Active', LastUpdateStatus: 'InProgress' }, { State: 'Active', LastUpdateStatus: 'Successful' }]);
  assert.is((await settled).state, 'Active');
  assert.is(delaysMs.length, 2);
});

test('a function that failed is refused with its reason', async () => {
  for (const state of [{ State: 'Failed', StateReasonCode: 'InvalidRuntime', StateReason: 'no such thing' }, { State: 'Active', LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'no such thing' }]) {
    try {
      await wait([{ State: 'Pending' }, state]).settled;
      assert.unreachable();
    } catch (error) {
      assert.ok(isCodedError(error) && error.code === 'cli/function-not-ready');
      assert.match(String(error.cause), 'no such thing');
    }
  }
});

test('a function that stays pending is given up after the patience of the AWS waiters, with pauses of a second at most', async () => {
  const { settled, delaysMs } = wait([{ State: 'Pending' }]);
  try {
    await settled;
    assert.unreachable();
  } catch (error) {
    assert.ok(isCodedError(error) && error.code === 'cli/wait-expired');
  }
  assert.is(Math.max(...delaysMs), 1_000);
  assert.ok(delaysMs.reduce((sum, delayMs) => sum + delayMs, 0) > 300_000);
});

test.run();
