/** The only place where what goes wrong around an invocation becomes an error of the Lambda API. */
import { isCodedError } from '../../foundation/coded-error.ts';
import type { FrontDoorRefusal } from '../../runtime-api/index.ts';
import { ApiError, unforeseen } from '../api/index.ts';

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isCodedError(error) && error.code === 'worker/busy') {
    return new ApiError('TooManyRequestsException', 'Rate Exceeded.', { reason: 'ConcurrentInvocationLimitExceeded', cause: error });
  }
  return unforeseen(error);
}

export function refusalToApiError(refusal: FrontDoorRefusal): ApiError {
  return new ApiError(refusal.errorName, refusal.message);
}
