/**
 * A function URL on a port of its own: HTTP requests become events of payload format 2.0, responses become HTTP. Not authenticated,
 * as with the authorisation type NONE.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../foundation/clock.ts';
import { answerHeaders, isPreflight, preflightHeaders } from '../front-door/cors.ts';
import type { CorsRules, HeaderPairs } from '../front-door/cors.ts';
import { readTraceId } from '../front-door/invoke-headers.ts';
import { refusalAnswer, tooManyRequests } from '../front-door/refusal.ts';
import type { FrontDoorRefusal } from '../front-door/refusal.ts';
import { freshTraceId } from '../front-door/trace-id.ts';
import { listen } from '../listen.ts';
import { AMZN_ERROR_TYPE_HEADER, AMZN_REQUEST_ID_HEADER, INVOKER_TRACE_ID_HEADER } from '../protocol/headers.ts';
import { EVENT_BYTES_MAX } from '../protocol/limits.ts';
import type { Invocation, InvocationAnswer } from '../protocol/invocation.ts';
import { requestEvent } from './request-event.ts';
import { UrlAnswer } from './url-answer.ts';

export type UrlInvocation = { invocation: Invocation; stream: UrlAnswer | undefined; settle(result: InvocationAnswer): void };

export type FunctionUrlOptions = {
  listen: { host: string; port: number };
  functionName: string;
  functionArn: string;
  /** Responses are passed on while they come, or collected first. */
  invokeMode: 'buffered' | 'stream';
  cors: CorsRules | undefined;
  clock: Clock;
  /** False: there is no room. */
  add(queued: UrlInvocation): boolean;
  complain(what: string): void;
};

export type FunctionUrl = { url: string; close(): Promise<void> };

export async function openFunctionUrl(options: FunctionUrlOptions): Promise<FunctionUrl> {
  const server = createServer((request, response) => void serve(options, request, response));
  const address = await listen(server, options.listen);
  return {
    url: `http://${address}/`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function serve(options: FunctionUrlOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const { cors } = options;
  const fields = { get: (name: string): string | undefined => textOf(request.headers[name]) };
  if (cors !== undefined && isPreflight(request.method ?? '', fields)) return end(response, 200, preflightHeaders(cors, fields), '');
  const corsHeaders = cors === undefined ? [] : answerHeaders(cors, fields.get('origin'));
  const refuse = (refusal: FrontDoorRefusal): void => {
    const { status, body } = refusalAnswer(refusal, requestId);
    const own: HeaderPairs = [['Content-Type', 'application/json'], [AMZN_REQUEST_ID_HEADER, requestId], [AMZN_ERROR_TYPE_HEADER, refusal.errorName]];
    end(response, status, [...corsHeaders, ...own], body);
  };
  const body = await collect(request);
  if (body === 'broken') return;
  const event = body === 'tooLarge' ? undefined : eventOf(options, request, requestId, body);
  if (event === undefined || event.payload.length > EVENT_BYTES_MAX) return refuse(tooLargeRequest());
  const answer = new UrlAnswer({ response, requestId, corsHeaders, complain: (what) => options.complain(`${requestId}: ${what}`) });
  const isStreaming = options.invokeMode === 'stream';
  const accepted = options.add({
    invocation: { requestId, functionArn: options.functionArn, ...event, ...(isStreaming ? { responseMode: 'streaming' as const } : {}) },
    stream: isStreaming ? answer : undefined,
    settle: (result) => answer.end(result),
  });
  if (!accepted) refuse(tooManyRequests());
}

function eventOf(options: FunctionUrlOptions, request: IncomingMessage, requestId: string, body: Buffer): { payload: Buffer; traceId: string } {
  const nowEpochMs = options.clock.nowEpochMs();
  const traceId = readTraceId(textOf(request.headers[INVOKER_TRACE_ID_HEADER.toLowerCase()])) ?? freshTraceId(nowEpochMs);
  const { method = 'GET', url = '/', rawHeaders, httpVersion, socket } = request;
  const payload = requestEvent(
    { method, target: url, rawHeaders, httpVersion, body, sourceIp: socket.remoteAddress ?? '', localPort: socket.localPort ?? 0 },
    { functionName: options.functionName, requestId, traceId, nowEpochMs },
  );
  return { payload, traceId };
}

/** A body above the limit is read to its end, so that the client gets to hear of it, and thrown away. */
async function collect(request: IncomingMessage): Promise<Buffer | 'tooLarge' | 'broken'> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of request) {
      if (!Buffer.isBuffer(piece)) continue;
      bytes += piece.length;
      if (bytes <= EVENT_BYTES_MAX) pieces.push(piece);
      else pieces.length = 0;
    }
  } catch {
    return 'broken';
  }
  return bytes > EVENT_BYTES_MAX ? 'tooLarge' : Buffer.concat(pieces);
}

function tooLargeRequest(): FrontDoorRefusal {
  return { refused: true, errorName: 'RequestEntityTooLargeException', message: `the request is too large for an event (limit ${EVENT_BYTES_MAX} bytes)` };
}

function end(response: ServerResponse, status: number, headers: HeaderPairs, body: string | Buffer): void {
  for (const [name, value] of headers) response.setHeader(name, value);
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
