/** What the front door refuses before anything runs, in the words of the Lambda API. Source: API reference; recorded bodies. */
import { answer, headerLine } from '../http/index.ts';
import type { Answer } from '../http/index.ts';
import { AMZN_ERROR_TYPE_HEADER, AMZN_REQUEST_ID_HEADER } from '../protocol/headers.ts';

const STATUSES = {
  InvalidRequestContentException: 400,
  ValidationException: 400,
  ResourceNotFoundException: 404,
  SnapStartTimeoutException: 408,
  RequestEntityTooLargeException: 413,
  TooManyRequestsException: 429,
  ServiceException: 500,
} as const;

export type FrontDoorRefusal = { refused: true; errorName: keyof typeof STATUSES; message: string };

/** Key of the text and presence of `Type` differ by error. Source: API service model; recorded bodies. */
export function refusalAnswer(refusal: FrontDoorRefusal, requestId: string): Answer {
  return answer(
    STATUSES[refusal.errorName],
    `Content-Type: application/json\r\n${headerLine(AMZN_REQUEST_ID_HEADER, requestId)}${headerLine(AMZN_ERROR_TYPE_HEADER, refusal.errorName)}`,
    JSON.stringify(refusalBody(refusal)),
  );
}

/** More at once than there may be. Source: recorded bodies. */
export function tooManyRequests(): FrontDoorRefusal {
  return { refused: true, errorName: 'TooManyRequestsException', message: 'Rate Exceeded.' };
}

/** No worker of the one environment waits; the router of managed instances would look elsewhere. Source of the type: RIE, managed mode. */
export function noIdleWorker(): FrontDoorRefusal {
  return { refused: true, errorName: 'TooManyRequestsException', message: 'Runtime.Unavailable: no worker of the runtime waits for an invocation.' };
}

/** Source: service model, `SnapStartTimeoutException` and its text. */
export function restoreTimedOut(): FrontDoorRefusal {
  return { refused: true, errorName: 'SnapStartTimeoutException', message: "Lambda couldn't restore the snapshot within the timeout limit." };
}

function refusalBody({ errorName, message }: FrontDoorRefusal): Record<string, string> {
  switch (errorName) {
    case 'ResourceNotFoundException':
    case 'ServiceException':
    case 'SnapStartTimeoutException':
      return { Type: errorName === 'ServiceException' ? 'Service' : 'User', Message: message };
    case 'ValidationException':
    case 'RequestEntityTooLargeException':
      return { message };
    case 'TooManyRequestsException':
      return { Type: 'User', Reason: 'ConcurrentInvocationLimitExceeded', message };
    default:
      return { Type: 'User', message };
  }
}
