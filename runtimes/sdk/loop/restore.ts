/** SnapStart: the hooks before the snapshot, the wait for the restore, the hooks after it (runtime-api §9). */
import { RESTORE_NEXT_PATH } from '../../../runtime-api/protocol/paths.ts';
import { callApi } from '../api-call.ts';
import { LambdaError } from '../errors.ts';
import type { LifeCycleHooks } from '../interceptor.ts';
import { StartFailure } from './failures.ts';

/** Source: AWS guide, "Implementing SnapStart hooks": after-restore hooks have ten seconds. */
const AFTER_RESTORE_MS = 10_000;

export async function passThroughSnapshot(address: string, hooks: readonly LifeCycleHooks[]): Promise<void> {
  try {
    for (const hook of [...hooks].reverse()) await hook.beforeSnapshot?.();
  } catch (error) {
    throw new StartFailure('beforeSnapshot', error);
  }
  const { status } = await callApi({ address, method: 'GET', path: RESTORE_NEXT_PATH });
  if (status !== 200) throw new LambdaError('Runtime.RestoreFailed', `the Runtime API answered ${status} to the call for a restore`);
  try {
    await within(AFTER_RESTORE_MS, async () => {
      for (const hook of hooks) await hook.afterRestore?.();
    });
  } catch (error) {
    throw new StartFailure('afterRestore', error);
  }
}

async function within(limitMs: number, action: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LambdaError('Runtime.RestoreHookUserTimeout', `the hooks after the restore took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([action(), late]);
  } finally {
    clearTimeout(timer);
  }
}
