/** What the emulator that everybody knows answers in its two modes. Source: RIE `internal/lambda/rie/handlers.go`, `internal/lambda-managed-instances/aws-lambda-rie`. */
import { answer, headerLine } from '../http/index.ts';
import type { Answer } from '../http/index.ts';
import { RIE_ERROR_TYPE_HEADER } from '../protocol/headers.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { timedOutMessageRie } from '../protocol/messages.ts';

const JSON_LINE = 'Content-Type: application/json\r\n';

/** The classic forms, for scripts written against it: 502 for a crash, plain text for a time-out, no error header. */
export function rieAnswer(result: InvocationAnswer, timeoutMs: number): Answer {
  switch (result.origin) {
    case 'reply':
      return answer(200, 'Content-Type: text/plain; charset=utf-8\r\n', result.body);
    case 'timeout':
      return answer(200, 'Content-Type: text/plain; charset=utf-8\r\n', timedOutMessageRie(timeoutMs));
    case 'crash':
      return answer(502, 'Content-Type: text/plain; charset=utf-8\r\n', result.body);
    default:
      return result.origin satisfies never;
  }
}

/** The managed mode: 200 for every error of the function; a header tells. */
export function rieManagedAnswer(result: InvocationAnswer, timeoutMs: number): Answer {
  const { body, errorType, isFunctionError, origin } = result;
  if (origin === 'timeout') {
    return errorAnswer(200, 'Sandbox.Timedout', JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage: timedOutMessageRie(timeoutMs) }));
  }
  return isFunctionError ? errorAnswer(200, errorType ?? 'Runtime.Unknown', body) : answer(200, JSON_LINE, body);
}

/** The managed mode, when no worker of the runtime waits. */
export function rieUnavailable(): Answer {
  return errorAnswer(400, 'Runtime.Unavailable', '');
}

function errorAnswer(status: number, errorType: string, body: Buffer | string): Answer {
  return answer(status, JSON_LINE + headerLine(RIE_ERROR_TYPE_HEADER, errorType), body);
}
