/** What an Invoke call is answered with, once the invocation has an answer. Source: API reference, Invoke; RIE `internal/lambda/rie/handlers.go`. */
import { answer, EMPTY_BODY, headerLine } from '../http/index.ts';
import type { Answer } from '../http/index.ts';
import { AMZN_REQUEST_ID_HEADER, EXECUTED_VERSION_HEADER, FUNCTION_ERROR_HEADER, LOG_RESULT_HEADER } from '../protocol/headers.ts';
import type { PlatformErrorType } from '../protocol/error-types.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { LOG_TAIL_BYTES_MAX } from '../protocol/limits.ts';
import { refusalAnswer, restoreTimedOut } from './refusal.ts';

const RESTORE_TIMEOUT: PlatformErrorType = 'Runtime.RestoreHookUserTimeout';

/** 200 for every function error too; the header tells. `logTail` only when the invoker asked. */
export function invokeAnswer(options: { result: InvocationAnswer; executedVersion: string; logTail?: Buffer | undefined }): Answer {
  const { result } = options;
  const { errorType, origin, requestId } = result;
  if (origin === 'timeout' && errorType === RESTORE_TIMEOUT) return refusalAnswer(restoreTimedOut(), requestId);
  let lines = `Content-Type: application/json\r\n${AMZN_REQUEST_ID_HEADER}: ${result.requestId}\r\n${EXECUTED_VERSION_HEADER}: ${options.executedVersion}\r\n`;
  if (result.isFunctionError) lines += `${FUNCTION_ERROR_HEADER}: Unhandled\r\n`;
  if (options.logTail !== undefined) {
    lines += headerLine(LOG_RESULT_HEADER, options.logTail.subarray(-LOG_TAIL_BYTES_MAX).toString('base64'));
  }
  return answer(200, lines, result.body);
}

export function eventAccepted(requestId: string): Answer {
  return answer(202, `${AMZN_REQUEST_ID_HEADER}: ${requestId}\r\n`, EMPTY_BODY);
}

export function dryRunPassed(requestId: string): Answer {
  return answer(204, `${AMZN_REQUEST_ID_HEADER}: ${requestId}\r\n`, EMPTY_BODY);
}
