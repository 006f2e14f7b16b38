/** Ends the process for what no invocation can be blamed for, and tells the platform why if it still listens. */
import { ERROR_PATH_SUFFIX, INIT_ERROR_PATH, INVOCATION_PATH_PREFIX, RESTORE_ERROR_PATH } from '../../../runtime-api/protocol/paths.ts';
import { FUNCTION_ERROR_TYPE_HEADER } from '../../../runtime-api/protocol/headers.ts';
import { callApi } from '../api-call.ts';
import { reportError, toErrorBody } from '../errors.ts';

/** What the platform is told of; exit codes of the hooks are those of the vendor's Python client (managed-runtimes §1.8). */
const FAILURES = {
  init: { path: INIT_ERROR_PATH, errorType: undefined, exitCode: 1 },
  beforeSnapshot: { path: INIT_ERROR_PATH, errorType: 'Runtime.BeforeSnapshotError', exitCode: 64 },
  afterRestore: { path: RESTORE_ERROR_PATH, errorType: 'Runtime.AfterRestoreError', exitCode: 65 },
} as const;
export type FailedPhase = keyof typeof FAILURES;

export class StartFailure extends Error {
  readonly phase: FailedPhase;

  constructor(phase: FailedPhase, cause: unknown) {
    super(`${phase} failed`, { cause });
    this.phase = phase;
  }
}

/** Resolves to the exit code. Never rejects: the process ends either way. */
export async function reportStartFailure(address: string, phase: FailedPhase, error: unknown): Promise<number> {
  const { path, errorType, exitCode } = FAILURES[phase];
  const headers = { [FUNCTION_ERROR_TYPE_HEADER]: errorType ?? reportError(error).errorType };
  await callApi({ address, method: 'POST', path, headers, body: toErrorBody(error) }).catch(() => undefined);
  return exitCode;
}

/** For what was thrown outside of every handler while an invocation ran. */
export async function reportCrash(address: string, requestIds: readonly string[], error: unknown): Promise<void> {
  const { errorType } = reportError(error);
  const calls = requestIds.map((requestId) => {
    const path = `${INVOCATION_PATH_PREFIX}${encodeURIComponent(requestId)}${ERROR_PATH_SUFFIX}`;
    return callApi({ address, method: 'POST', path, headers: { [FUNCTION_ERROR_TYPE_HEADER]: errorType }, body: toErrorBody(error) });
  });
  await Promise.allSettled(calls);
}
