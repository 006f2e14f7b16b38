/**
 * The front door of the local mode, on the loopback. Functions of events take `POST /` and the path of the Invoke API; web
 * servers take every request, which becomes the event of a function URL on its way in and a response on its way out.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { FUNCTIONS_PATH_PREFIX, INVOCATIONS_PATH_SUFFIX } from '../../../runtime-api/protocol/paths.ts';
import { FUNCTION_ERROR_HEADER } from '../../../runtime-api/protocol/headers.ts';
import { EVENT_BYTES_MAX } from '../../../runtime-api/protocol/limits.ts';
import { HTTP_INTEGRATION_CONTENT_TYPE } from '../../../runtime-api/protocol/http-prelude.ts';
import type { Service } from '../service.ts';
import { type LocalAnswer, splitPrelude } from './answers.ts';
import { functionUrlEvent } from './function-url-event.ts';
import type { LocalRuntimeApi } from './runtime-api.ts';
import { listenOnLoopback, readAll } from './small-server.ts';

export type FrontDoorOptions = { api: LocalRuntimeApi; accepts: Service['accepts']; port: number; timeoutMs: number };

/** Resolves to its address. Fails when the port is taken. */
export function openFrontDoor({ api, accepts, port, timeoutMs }: FrontDoorOptions): Promise<string> {
  const server = createServer((request, response) => {
    const isInvoke = request.method === 'POST' && (accepts === 'events' || isInvokePath(request.url ?? ''));
    const answered = isInvoke ? answerInvoke(api, timeoutMs, request, response) : accepts === 'http' ? answerHttp(api, timeoutMs, request, response) : refuseMethod(response);
    answered.catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      response.destroy();
    });
  });
  return listenOnLoopback(server, port);
}

function isInvokePath(url: string): boolean {
  return url.startsWith(FUNCTIONS_PATH_PREFIX) && url.endsWith(INVOCATIONS_PATH_SUFFIX);
}

async function answerInvoke(api: LocalRuntimeApi, timeoutMs: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const payload = await readAll(request);
  if (payload.length > EVENT_BYTES_MAX) return void response.writeHead(413).end();
  const answer = await api.invoke(payload.length === 0 ? Buffer.from('{}') : payload, {
    timeoutMs,
    onChunk(chunk, contentType) {
      if (!response.headersSent) response.writeHead(200, { 'Content-Type': contentType });
      response.write(chunk);
    },
  });
  if (response.headersSent) return endStream(answer, response);
  const failed = answer.kind === 'response' ? {} : { [FUNCTION_ERROR_HEADER]: 'Unhandled' };
  response.writeHead(200, { 'Content-Type': answer.contentType || 'application/json', ...failed }).end(answer.body);
}

async function answerHttp(api: LocalRuntimeApi, timeoutMs: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const event = functionUrlEvent({ method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers, body: await readAll(request), sourceIp: request.socket.remoteAddress });
  let held: Buffer = Buffer.alloc(0);
  const answer = await api.invoke(event, {
    timeoutMs,
    onChunk(chunk, contentType) {
      if (response.headersSent) return void response.write(chunk);
      held = Buffer.concat([held, chunk]);
      const split = contentType === HTTP_INTEGRATION_CONTENT_TYPE ? splitPrelude(held) : { prelude: { headers: { 'content-type': contentType } }, body: held };
      if (split === undefined) return;
      writeHead(response, split.prelude);
      response.write(split.body);
    },
  });
  if (response.headersSent) return endStream(answer, response);
  if (answer.kind !== 'response') return void response.writeHead(502, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer.error?.body ?? { message: 'Internal Server Error' }));
  const result: unknown = answer.json();
  writeHead(response, result);
  const body = typeof result === 'object' && result !== null && 'body' in result && typeof result.body === 'string' ? result.body : '';
  const isBase64 = typeof result === 'object' && result !== null && 'isBase64Encoded' in result && result.isBase64Encoded === true;
  response.end(Buffer.from(body, isBase64 ? 'base64' : 'utf8'));
}

/** Of a result or a prelude: both have status, headers and cookies in the same places. */
function writeHead(response: ServerResponse, head: unknown): void {
  const fields = typeof head === 'object' && head !== null ? Object.fromEntries(Object.entries(head)) : {};
  const headers = typeof fields['headers'] === 'object' && fields['headers'] !== null ? Object.entries(fields['headers']) : [];
  for (const [name, value] of headers) if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) response.setHeader(name, String(value));
  if (Array.isArray(fields['cookies'])) response.setHeader('set-cookie', fields['cookies'].map(String));
  response.writeHead(typeof fields['statusCode'] === 'number' ? fields['statusCode'] : 200);
}

/** A stream that failed on the way is cut off, as on Lambda, so that nobody takes it for a whole one. */
function endStream(answer: LocalAnswer, response: ServerResponse): void {
  if (answer.kind === 'response') response.end();
  else response.destroy();
}

async function refuseMethod(response: ServerResponse): Promise<void> {
  response.writeHead(405, { Allow: 'POST', 'Content-Type': 'text/plain' }).end('POST an event\n');
}
