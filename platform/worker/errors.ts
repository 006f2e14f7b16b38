/** Error codes of the worker. */
import { CodedError } from '../../foundation/coded-error.ts';
import type { Fault } from '../../foundation/coded-error.ts';

export const WORKER_ERRORS = {
  'worker/start-failed': { fault: 'platform', summary: 'An execution environment could not be started.' },
  'worker/channel-violated': { fault: 'platform', summary: 'An environment sent what no server of ours sends; it was killed.' },
  'worker/busy': { fault: 'caller', summary: 'More invocations are running and waiting than this worker takes, or for longer than it lets them wait.' },
  'worker/closed': { fault: 'platform', summary: 'The worker is shutting down.' },
} as const satisfies Record<string, { fault: Fault; summary: string }>;

export type WorkerErrorCode = keyof typeof WORKER_ERRORS;

export function workerError(
  code: WorkerErrorCode,
  message: string,
  extra: { detail?: Record<string, unknown>; cause?: unknown; hint?: string } = {},
): CodedError {
  return new CodedError({ code, fault: WORKER_ERRORS[code].fault, message, ...extra });
}
