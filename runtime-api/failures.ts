/** Every way in which an invocation or an initialisation ends badly, with what the invoker gets and what the report says. */
import type { ServerProfile } from './environment-contract.ts';
import type { EnvironmentState } from './lifecycle/environment.ts';
import type { PlatformErrorType } from './protocol/error-types.ts';
import type { ExitReport, InvocationAnswer } from './protocol/invocation.ts';
import { RESPONSE_BYTES_MAX } from './protocol/limits.ts';
import {
  exitMessage,
  extensionFailedMessage,
  invalidWorkingDirectoryMessage,
  noBootstrapMessage,
  restoreTimedOutMessage,
  spawnFailedMessage,
  timedOutMessage,
  tooLargeResponseMessage,
  tooLargeResponseMessageRie,
  TRUNCATED_REQUEST_MESSAGE,
} from './protocol/messages.ts';
import { EMPTY_BODY } from './http/index.ts';
import type { RuntimeReply, TrailingError } from './session.ts';

export type Failure = {
  status: 'error' | 'timeout';
  origin: InvocationAnswer['origin'];
  /** For the REPORT line; absent where the status says it all. */
  errorType: string | undefined;
  /** The type as the runtime wrote it, where that may differ. */
  errorCode?: string | undefined;
  /** The invoker's body; the request id is known only now when the failure happened before the invocation. */
  body(requestId: string): Buffer;
};

export function inInit(state: EnvironmentState): boolean {
  return state === 'initializing' || state === 'reinitializing';
}

export function exitFailure(exit: ExitReport): Failure {
  return platformFailure('Runtime.ExitError', (requestId) => exitMessage(requestId, exit));
}

export function timeoutFailure(timeoutMs: number): Failure {
  return {
    status: 'timeout',
    origin: 'timeout',
    errorType: undefined,
    body: (requestId) => platformBody('Sandbox.Timedout', timedOutMessage(requestId, timeoutMs)),
  };
}

export function restoreTimeoutFailure(timeoutMs: number): Failure {
  const errorType: PlatformErrorType = 'Runtime.RestoreHookUserTimeout';
  return {
    status: 'timeout',
    origin: 'timeout',
    errorType,
    body: (requestId) => platformBody(errorType, restoreTimedOutMessage(requestId, timeoutMs)),
  };
}

/** The runtime reported that it cannot initialise, or not go on after a restore: its own body is what the invoker gets. */
export function lostInitError(error: { body: Buffer; errorType: string }): Failure {
  return { status: 'error', origin: 'crash', errorType: error.errorType, body: () => error.body };
}

export function noBootstrapFailure(triedPaths: readonly string[]): Failure {
  return platformFailure('Runtime.InvalidEntrypoint', (requestId) => noBootstrapMessage(requestId, triedPaths));
}

export function spawnFailure(path: string, reason: string): Failure {
  return platformFailure('Runtime.InvalidEntrypoint', (requestId) => spawnFailedMessage(requestId, path, reason));
}

export function workingDirectoryFailure(path: string): Failure {
  return platformFailure('Runtime.InvalidWorkingDir', (requestId) => invalidWorkingDirectoryMessage(requestId, path));
}

/** `text` says how it ended, or what it said of itself. */
export function extensionFailure(errorType: PlatformErrorType & `Extension.${string}`, text: string): Failure {
  return platformFailure(errorType, (requestId) => extensionFailedMessage(requestId, text));
}

export function extensionLaunchFailure(path: string, reason: string): Failure {
  return platformFailure('Extension.LaunchError', (requestId) => spawnFailedMessage(requestId, path, reason));
}

/** What a runtime's reply means for the invoker and, where it is an error, for the report. The environment is kept in all cases. */
export function replyAnswer(
  reply: RuntimeReply,
  requestId: string,
  profile: ServerProfile,
): { answer: InvocationAnswer; failure: Failure | undefined } {
  switch (reply.kind) {
    case 'response':
      return { answer: { requestId, body: reply.body, isFunctionError: false, origin: 'reply' }, failure: undefined };
    case 'error':
      return failed(requestId, { status: 'error', origin: 'reply', errorType: reply.errorType, body: () => reply.body });
    case 'failedOnTheWay':
      // What the runtime had sent before is worthless to an invoker that waits for the whole. RIE drops the trailers.
      if (profile === 'rie') return { answer: { requestId, body: reply.body, isFunctionError: false, origin: 'reply' }, failure: undefined };
      return failed(requestId, trailingFailure(reply.error));
    case 'streamed':
      if (reply.error === undefined) return { answer: { requestId, body: EMPTY_BODY, isFunctionError: false, origin: 'reply' }, failure: undefined };
      return failed(requestId, trailingFailure(reply.error));
    case 'tooLarge':
      return failed(requestId, tooLargeFailure({ bytesMax: RESPONSE_BYTES_MAX, ...reply }, profile));
    case 'invalidResponseMode':
      return failed(requestId, { status: 'error', origin: 'reply', errorType: 'Runtime.InvalidResponseModeHeader', body: () => Buffer.alloc(0) });
    case 'truncated':
      return failed(
        requestId,
        platformFailure('Runtime.TruncatedResponse', (id) => `RequestId: ${id} Error: ${TRUNCATED_REQUEST_MESSAGE}`),
      );
    default:
      return reply satisfies never;
  }
}

export function failureAnswer(failure: Failure, requestId: string): InvocationAnswer {
  return {
    requestId,
    body: failure.body(requestId),
    isFunctionError: true,
    origin: failure.origin,
    errorType: failure.errorType,
    ...(failure.errorCode === undefined ? {} : { errorCode: failure.errorCode }),
  };
}

function failed(requestId: string, failure: Failure): { answer: InvocationAnswer; failure: Failure } {
  return { answer: failureAnswer(failure, requestId), failure };
}

function trailingFailure(error: TrailingError): Failure {
  return { status: 'error', origin: 'reply', errorType: error.errorType, errorCode: error.errorCode, body: () => error.body };
}

/** The one platform object with the members the other way round. Source: snapshot `test_lambda_too_large_response`. */
function tooLargeFailure({ bytes, bytesMax }: { bytes: number; bytesMax: number }, profile: ServerProfile): Failure {
  const errorType: PlatformErrorType = 'Function.ResponseSizeTooLarge';
  const errorMessage = profile === 'rie' ? tooLargeResponseMessageRie(bytes, bytesMax) : tooLargeResponseMessage(bytesMax);
  const body = Buffer.from(JSON.stringify({ errorMessage, errorType }), 'utf8');
  return { status: 'error', origin: 'reply', errorType, body: () => body };
}

function platformFailure(errorType: PlatformErrorType, message: (requestId: string) => string): Failure {
  return { status: 'error', origin: 'crash', errorType, body: (requestId) => platformBody(errorType, message(requestId)) };
}

function platformBody(errorType: PlatformErrorType, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }), 'utf8');
}
