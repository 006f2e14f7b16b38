/** What came of an invocation, as the small Runtime API saw it. */
import type { IncomingMessage } from 'node:http';
import { HTTP_INTEGRATION_CONTENT_TYPE, PRELUDE_SEPARATOR_BYTES } from '../../../runtime-api/protocol/http-prelude.ts';

export type LocalAnswer = {
  /** `error` also for a stream that ended with trailers; `timeout` when nothing came in time. */
  kind: 'response' | 'error' | 'timeout';
  isStreamed: boolean;
  contentType: string;
  /** Of an error: the body that was reported, or what had been streamed before it. */
  body: Uint8Array;
  /** Type and body of an error, however it was told. */
  error: { headerType: string | undefined; body: unknown } | undefined;
  text(): string;
  json(): unknown;
  /** Of a streamed HTTP response: what stands before the eight NUL bytes, and the body after them. */
  http(): { prelude: unknown; body: Uint8Array };
};

export type StartError = { phase: 'init' | 'restore'; headerType: string | undefined; body: unknown };

type Received = { isError: boolean; isStreamed: boolean; request: IncomingMessage; body: Buffer };

export function toAnswer({ isError, isStreamed, request, body }: Received): LocalAnswer {
  const trailer = request.trailers['lambda-runtime-function-error-type'];
  const trailerBody = request.trailers['lambda-runtime-function-error-body'];
  const error = isError
    ? { headerType: single(request.headers['lambda-runtime-function-error-type']), body: parseLenient(body) }
    : trailer === undefined
      ? undefined
      : { headerType: trailer, body: parseLenient(Buffer.from(trailerBody ?? '', 'base64')) };
  return answerOf({ kind: error === undefined ? 'response' : 'error', isStreamed, contentType: request.headers['content-type'] ?? '', body, error });
}

export function timedOutAnswer(timeoutMs: number): LocalAnswer {
  const body = { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds` };
  return answerOf({ kind: 'timeout', isStreamed: false, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)), error: { headerType: body.errorType, body } });
}

export function toStartError(phase: StartError['phase'], request: IncomingMessage, body: Buffer): StartError {
  return { phase, headerType: single(request.headers['lambda-runtime-function-error-type']), body: parseLenient(body) };
}

export function answerOf(fields: Omit<LocalAnswer, 'text' | 'json' | 'http'>): LocalAnswer {
  const bytes = Buffer.from(fields.body);
  return {
    ...fields,
    text: () => bytes.toString('utf8'),
    json: () => JSON.parse(bytes.toString('utf8')),
    http() {
      const split = fields.contentType === HTTP_INTEGRATION_CONTENT_TYPE ? splitPrelude(bytes) : undefined;
      if (split === undefined) throw new TypeError(`the answer is no streamed HTTP response: its content type is ${fields.contentType}`);
      return split;
    },
  };
}

/** Undefined while the separator has not come yet. */
export function splitPrelude(bytes: Buffer): { prelude: unknown; body: Buffer } | undefined {
  const end = bytes.indexOf(Buffer.alloc(PRELUDE_SEPARATOR_BYTES));
  if (end === -1) return undefined;
  return { prelude: JSON.parse(bytes.toString('utf8', 0, end)), body: bytes.subarray(end + PRELUDE_SEPARATOR_BYTES) };
}

function parseLenient(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return bytes.toString('utf8');
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
