/** Waits until a function that was created or updated can be invoked as it now is (life of `State` and `LastUpdateStatus`). */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaApiClient } from './api-client.ts';
import { cliError } from './errors.ts';
import type { FunctionConfiguration } from './function-configuration.ts';

/** The waiters of the AWS tools look once a second for 300 s; locally the change takes milliseconds, hence the quick start. */
const FIRST_DELAY_MS = 20;
const DELAY_MS_MAX = 1_000;
const PATIENCE_MS = 300_000;

export type Settling = 'settled' | 'pending' | { failed: string };

export function settlingOf(configuration: FunctionConfiguration): Settling {
  const { state, lastUpdateStatus } = configuration;
  if (state === 'Pending' || lastUpdateStatus === 'InProgress') return 'pending';
  if (state === 'Failed') return { failed: reasonOf(configuration.stateReasonCode, configuration.stateReason) };
  if (lastUpdateStatus === 'Failed') return { failed: reasonOf(undefined, configuration.lastUpdateStatusReason) };
  return 'settled';
}

export async function waitUntilSettled(
  client: Pick<LambdaApiClient, 'getFunctionConfiguration'>,
  functionName: string,
  timing: { monotonicMs(): number; sleep(delayMs: number): Promise<unknown> } = { monotonicMs: () => performance.now(), sleep },
): Promise<FunctionConfiguration> {
  const startedMs = timing.monotonicMs();
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, DELAY_MS_MAX)) {
    const configuration = await client.getFunctionConfiguration(functionName);
    const settling = settlingOf(configuration);
    if (settling === 'settled') return configuration;
    if (settling !== 'pending') {
      throw cliError('cli/function-not-ready', `${functionName} was accepted but did not become active`, {
        cause: new Error(settling.failed),
        hint: `\`rik function show ${functionName}\`, then \`rik function update\` with what was wrong put right`,
      });
    }
    if (timing.monotonicMs() - startedMs > PATIENCE_MS) {
      throw cliError('cli/wait-expired', `${functionName} is still pending after ${PATIENCE_MS / 1000} s`, { hint: 'the log of `rik up`' });
    }
    await timing.sleep(delayMs);
  }
}

function reasonOf(code: string | undefined, text: string | undefined): string {
  return [code, text].filter((part) => part !== undefined).join(': ') || 'no reason was given';
}
