/**
 * Brings a new generation into force: makes sure its code is unpacked, then moves the function to Active. Always after
 * the answer to the request that asked for it, because clients expect to see Pending and InProgress first.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../foundation/clock.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';
import type { CodeStore } from '../code/code-store.ts';
import type { FunctionStore } from '../store/function-store.ts';
import type { FunctionRecord } from '../store/records.ts';
import { step, type Failure } from './state-machine.ts';

export interface Activation {
  /** Activates the function's current generation soon. Harmless when there is nothing to do. */
  begin(functionName: string): void;
  /** After this nothing is written any more; resolves when what was under way has ended. */
  stop(): Promise<void>;
}

export type ActivationOptions = {
  store: FunctionStore;
  codeStore: CodeStore;
  clock: Clock;
  /** Another generation is served now. */
  onActivated: (functionName: string) => void;
  onFault: (error: unknown) => void;
};

export function createActivation({ store, codeStore, clock, onActivated, onFault }: ActivationOptions): Activation {
  const underWay = new Set<Promise<void>>();
  const scheduled = new Set<() => void>();
  let stopped = false;

  async function activate(functionName: string): Promise<void> {
    const record = store.get(functionName);
    if (record === undefined || !isWaiting(record)) return;
    const failure = await codeStore.ensureUnpacked(record.current.codeDigest).then(
      () => undefined,
      (error: unknown) => {
        onFault(error);
        return failureOf(error);
      },
    );
    // Meanwhile the function may have been deleted, and another one created under its name.
    const latest = store.get(functionName);
    if (stopped || latest === undefined || latest.current.generation !== record.current.generation) return;
    const moved = settle(latest, failure);
    if (moved === undefined) return;
    store.replace(moved);
    if (failure === undefined) onActivated(functionName);
  }

  return {
    begin(functionName) {
      if (stopped) return;
      const cancel = clock.schedule(0, () => {
        scheduled.delete(cancel);
        const job = activate(functionName).catch(onFault);
        underWay.add(job);
        void job.finally(() => underWay.delete(job));
      });
      scheduled.add(cancel);
    },
    async stop() {
      stopped = true;
      for (const cancel of scheduled) cancel();
      await Promise.all(underWay);
    },
  };
}

/** The record after activation ended, with the new RevisionId that the service gives at this moment. */
function settle(record: FunctionRecord, failure: Failure | undefined): FunctionRecord | undefined {
  const stepped = step(record.state, failure === undefined ? 'activated' : 'activationFailed');
  if (!stepped.moved) return undefined;
  const { failure: _cleared, ...rest } = record;
  const moved = { ...rest, state: stepped.state, revisionId: randomUUID() };
  return failure === undefined ? { ...moved, inForce: record.current } : { ...moved, failure };
}

export function isWaiting(record: FunctionRecord): boolean {
  return record.state === 'Pending' || record.state === 'Updating';
}

/** Reason codes are the model's; the archive was checked when it was uploaded, so the first case means damage since. */
function failureOf(error: unknown): Failure {
  if (isCodedError(error) && error.fault === 'caller')
    return { reason: 'The stored code cannot be unpacked.', reasonCode: 'InvalidZipFileException' };
  return { reason: 'An internal error occurred while the code was being prepared.', reasonCode: 'InternalError' };
}
