/** Checks that creation and updates share: runtime policy, revision and state. All synchronous; see `function-store.ts`. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../../api/index.ts';
import { decide, refusalMessage, type PolicyRequest } from '../../policy/index.ts';
import { functionArn } from '../identity.ts';
import { invalid } from '../input/settings-rules.ts';
import { step } from '../lifecycle/state-machine.ts';
import type { FunctionRecord, Generation } from '../store/records.ts';
import type { Services } from './operation.ts';

export function admitRuntime({ policy, clock }: Services, request: PolicyRequest): void {
  const nowEpochMs = clock.nowEpochMs();
  const decision = decide(policy, nowEpochMs, request);
  if (!decision.allowed) throw invalid(refusalMessage(policy, nowEpochMs, decision));
}

/** A stale revision is said before anything else about the function's state. */
export function admitUpdate({ identity }: Services, record: FunctionRecord, revisionId: string | undefined): void {
  if (revisionId !== undefined && revisionId !== record.revisionId) {
    throw new ApiError(
      'PreconditionFailedException',
      'The Revision Id provided does not match the latest Revision Id. ' +
        'Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    );
  }
  if (step(record.state, 'updateRequested').moved) return;
  throw record.state === 'Pending' ? notInState('Pending') : updateInProgress(functionArn(identity, record.functionName));
}

export function notInState(state: string): ApiError {
  const text = `The operation cannot be performed at this time. The function is currently in the following state: ${state}`;
  return new ApiError('ResourceConflictException', text);
}

function updateInProgress(arn: string): ApiError {
  const text = `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`;
  return new ApiError('ResourceConflictException', text);
}

/** The record as it stands when an update was accepted; the caller has admitted it in the same synchronous step. */
export function withUpdate(services: Services, record: FunctionRecord, next: Omit<Generation, 'generation'>): FunctionRecord {
  const { failure: _cleared, ...rest } = record;
  return {
    ...rest,
    state: step(record.state, 'updateRequested').state,
    revisionId: randomUUID(),
    lastModifiedEpochMs: services.clock.nowEpochMs(),
    current: { ...next, generation: randomUUID() },
  };
}
