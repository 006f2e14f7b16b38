/** The only file that turns an outcome into status, headers and body. Source of each form: RIE `rapi/rendering` at 4fa2157. */
import { answer, EMPTY_BODY, headerLine, plainAnswer, utf8HeaderValue } from './http/index.ts';
import type { Answer } from './http/index.ts';
import type { Outcome } from './outcome.ts';
import type { ExtensionReplyErrorType, RuntimeReplyErrorType } from './protocol/error-types.ts';
import {
  CLIENT_CONTEXT_HEADER,
  COGNITO_IDENTITY_HEADER,
  DEADLINE_MS_HEADER,
  EXTENSION_EVENT_IDENTIFIER_HEADER,
  EXTENSION_IDENTIFIER_HEADER,
  INVOKED_FUNCTION_ARN_HEADER,
  REQUEST_ID_HEADER,
  TENANT_ID_HEADER,
  TRACE_ID_HEADER,
} from './protocol/headers.ts';
import type { Invocation } from './protocol/invocation.ts';
import {
  INTERNAL_SERVER_ERROR_MESSAGE,
  INVALID_REQUEST_ID_MESSAGE,
  INVALID_RESPONSE_MODE_MESSAGE,
  invalidTransitionMessage,
  INVOKE_TIMEOUT_MESSAGE,
  NO_CREDENTIALS_MESSAGE,
  tooLargeReplyMessage,
  TRUNCATED_REQUEST_MESSAGE,
} from './protocol/messages.ts';

const JSON_LINE = 'Content-Type: application/json\r\n';
/** Never empty: an empty 202 makes the .NET client throw and kills the runtime. */
const ACCEPTED = answer(202, JSON_LINE, '{"status":"OK"}\n');
/** The body is not specified; the clients of AWS read none. Source: SnapStart guide; RIE `rapi/rendering`. */
const RESTORED = answer(200, JSON_LINE, EMPTY_BODY);
/** A JSON string, and no object. Source: Telemetry API guide. */
const SUBSCRIBED = answer(200, JSON_LINE, '"OK"');
const PONG = plainAnswer(200, 'pong');
const NOT_FOUND = plainAnswer(404, '404 page not found\n');

export function reply(outcome: Outcome): Answer {
  switch (outcome.kind) {
    case 'accepted':
      return ACCEPTED;
    case 'pong':
      return PONG;
    case 'restored':
      return RESTORED;
    case 'event':
      return answer(200, eventHeaderLines(outcome.invocation, outcome.deadlineEpochMs), outcome.invocation.payload);
    case 'concurrentEvent':
      return answer(200, concurrentEventHeaderLines(outcome.invocation, outcome.deadlineEpochMs), outcome.invocation.payload);
    case 'invalidRequestId':
      return errorReply(400, 'InvalidRequestID', INVALID_REQUEST_ID_MESSAGE);
    case 'invokeTimeout':
      return errorReply(410, 'InvokeTimeout', INVOKE_TIMEOUT_MESSAGE);
    case 'invalidResponseMode':
      return errorReply(400, 'InvalidFunctionResponseMode', INVALID_RESPONSE_MODE_MESSAGE);
    case 'refused':
      return errorReply(403, 'InvalidStateTransition', invalidTransitionMessage(outcome.from, outcome.to));
    case 'tooLarge':
      return errorReply(413, 'RequestEntityTooLarge', tooLargeReplyMessage(outcome.bytesMax));
    case 'truncated':
      return errorReply(400, 'TruncatedHTTPRequest', TRUNCATED_REQUEST_MESSAGE);
    case 'internal':
      return errorReply(500, 'InternalServerError', INTERNAL_SERVER_ERROR_MESSAGE);
    case 'registered':
      return answer(200, JSON_LINE + headerLine(EXTENSION_IDENTIFIER_HEADER, outcome.identifier), `${JSON.stringify(outcome.body)}\n`);
    case 'extensionEvent':
      return answer(200, JSON_LINE + headerLine(EXTENSION_EVENT_IDENTIFIER_HEADER, outcome.eventIdentifier), `${JSON.stringify(outcome.body)}\n`);
    case 'extensionRefused':
      return errorReply(403, outcome.errorType, outcome.message);
    case 'subscribed':
      return SUBSCRIBED;
    case 'subscriptionInvalid':
      return errorReply(400, outcome.errorType, outcome.message);
    case 'notSupported':
      return errorReply(202, outcome.errorType, outcome.message);
    case 'credentials':
      return answer(200, JSON_LINE, `${JSON.stringify(outcome.body)}\n`);
    case 'noCredentials':
      return plainAnswer(404, `${NO_CREDENTIALS_MESSAGE}\n`);
    case 'notFound':
      return NOT_FOUND;
    case 'methodNotAllowed':
      return answer(405, headerLine('Allow', outcome.allow), EMPTY_BODY);
    default:
      return outcome satisfies never;
  }
}

function errorReply(status: number, errorType: RuntimeReplyErrorType | ExtensionReplyErrorType, errorMessage: string): Answer {
  return answer(status, JSON_LINE, `${JSON.stringify({ errorMessage, errorType })}\n`);
}

/** Headers of `next` in the order in which AWS documents them; empty ones are left out, as classic Lambda does. */
function eventHeaderLines(invocation: Invocation, deadlineEpochMs: number): string {
  let lines = `${JSON_LINE}${REQUEST_ID_HEADER}: ${invocation.requestId}\r\n${DEADLINE_MS_HEADER}: ${deadlineEpochMs}\r\n`;
  lines += headerLine(INVOKED_FUNCTION_ARN_HEADER, invocation.functionArn);
  if (invocation.traceId) lines += headerLine(TRACE_ID_HEADER, invocation.traceId);
  if (invocation.clientContext) lines += headerLine(CLIENT_CONTEXT_HEADER, utf8HeaderValue(invocation.clientContext));
  if (invocation.cognitoIdentity) lines += headerLine(COGNITO_IDENTITY_HEADER, utf8HeaderValue(invocation.cognitoIdentity));
  if (invocation.tenantId) lines += headerLine(TENANT_ID_HEADER, invocation.tenantId);
  return lines;
}

/** Here empty values have their header all the same, and there is no tenant. Source: RIE `internal/lambda-managed-instances/invoke`. */
function concurrentEventHeaderLines(invocation: Invocation, deadlineEpochMs: number): string {
  return (
    `${JSON_LINE}${REQUEST_ID_HEADER}: ${invocation.requestId}\r\n${DEADLINE_MS_HEADER}: ${deadlineEpochMs}\r\n` +
    headerLine(INVOKED_FUNCTION_ARN_HEADER, invocation.functionArn) +
    headerLine(TRACE_ID_HEADER, invocation.traceId ?? '') +
    headerLine(CLIENT_CONTEXT_HEADER, utf8HeaderValue(invocation.clientContext ?? '')) +
    headerLine(COGNITO_IDENTITY_HEADER, utf8HeaderValue(invocation.cognitoIdentity ?? ''))
  );
}
