/** What can go wrong between the command line and the API, as errors for the person at the terminal. */

import type { CodedError } from '../foundation/coded-error.ts';
import { ENDPOINT_DEFAULT } from './api-endpoint.ts';
import { cliError } from './errors.ts';
import { isRecord, textOf } from './function-configuration.ts';

/** An answer without 2xx. The AWS name comes from `x-amzn-ErrorType`, which may carry a namespace after a colon. */
export function toRejection(answer: { statusCode: number; header(name: string): string | undefined; body: Buffer; endpoint: string }): CodedError {
  const body = parseBody(answer.body);
  const name = (answer.header('x-amzn-errortype') ?? textOf(body.__type) ?? textOf(body.code))?.split(':')[0]?.split('#').at(-1);
  // Casing differs by error; AccessDenied may carry a null.
  const message = textOf(body.message) ?? textOf(body.Message) ?? textOf(body.errorMessage) ?? '';
  if (name === undefined || name === '') {
    const detail = message === '' ? '' : `: ${message}`;
    return cliError('cli/api-failed', `${answer.endpoint} answered ${answer.statusCode}${detail}, which is not an answer of the Lambda API`, { hint: 'check that --endpoint names rik' });
  }
  const text = message === '' ? name : `${name}: ${message}`;
  const detail = { statusCode: answer.statusCode, name, requestId: answer.header('x-amzn-requestid') };
  if (answer.statusCode === 500) return cliError('cli/api-failed', text, { detail, hint: 'the log of `rik up`' });
  return cliError('cli/api-rejected', text, { detail, ...hintFor(name, message) });
}

function hintFor(name: string, message: string): { hint?: string } {
  if (name === 'ResourceNotFoundException') return { hint: '`rik function ls` lists the functions there are' };
  if (name === 'ResourceConflictException' && message.startsWith('Function already exist')) return { hint: '`rik function update` changes it, `rik function rm` removes it' };
  if (name === 'ResourceConflictException') return { hint: 'the same command again in a moment' };
  return {};
}

/** Codes by which Node and undici say that no server was reached at all. */
const UNREACHABLE_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
};

/** A failure below HTTP. Several addresses of one name fail as an AggregateError with the code of the first. */
export function toTransportError(error: unknown, endpoint: string): CodedError {
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const reason = UNREACHABLE_REASONS[code];
  if (reason !== undefined) {
    const hint = endpoint === ENDPOINT_DEFAULT ? 'start it with `rik up`' : 'start it with `rik up`, or correct --endpoint, RIK_ENDPOINT or AWS_ENDPOINT_URL_LAMBDA';
    return cliError('cli/api-unreachable', `rik up is not running at ${endpoint}`, { cause: new Error(reason), hint, detail: { code } });
  }
  const cause = error instanceof Error && error.message !== '' ? error : new Error(code);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return cliError('cli/api-failed', `the answer from ${endpoint} is larger than any of the Lambda API`, { cause, hint: 'check that --endpoint names rik' });
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return cliError('cli/api-failed', `${endpoint} accepted the request and did not answer in time`, { cause, hint: 'the log of `rik up`' });
  }
  return cliError('cli/api-failed', `the exchange with ${endpoint} broke off`, { cause, hint: 'the log of `rik up`', detail: { code } });
}

function parseBody(body: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
