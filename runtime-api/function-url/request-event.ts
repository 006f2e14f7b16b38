/** An HTTP request as the event of payload format 2.0. Pure. Source: function URL guide, "Request payload format"; recorded events. */
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { INVOKER_TRACE_ID_HEADER } from '../protocol/headers.ts';
import { DEFAULT_ROUTE, PAYLOAD_FORMAT_VERSION } from '../protocol/function-url.ts';

export type UrlRequest = {
  method: string;
  /** Path and query as sent. */
  target: string;
  /** Name, value, name, value: as sent, with repeated fields. */
  rawHeaders: readonly string[];
  httpVersion: string;
  body: Buffer;
  sourceIp: string;
  localPort: number;
};

export type EventContext = { functionName: string; requestId: string; traceId: string; nowEpochMs: number };

const COOKIE = 'cookie';
const TRACE_ID = INVOKER_TRACE_ID_HEADER.toLowerCase();
/** Between the client and the front, or told elsewhere in the event. */
const NOT_PASSED_ON = new Set([COOKIE, 'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'expect']);
const TEXT_TYPE = /^\s*(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml)\b|application\/(?:javascript|x-www-form-urlencoded)\b)/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function requestEvent(request: UrlRequest, context: EventContext): Buffer {
  const fields = foldHeaders(request.rawHeaders);
  const question = request.target.indexOf('?');
  const rawPath = question === -1 ? request.target : request.target.slice(0, question);
  const rawQueryString = question === -1 ? '' : request.target.slice(question + 1);
  const cookies = (fields.get(COOKIE) ?? '').split(';').map((cookie) => cookie.trim()).filter((cookie) => cookie !== '');
  const query = foldQuery(rawQueryString);
  const event = {
    version: PAYLOAD_FORMAT_VERSION,
    routeKey: DEFAULT_ROUTE,
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers: headersOf(request, fields, context),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: requestContext(request, rawPath, fields, context),
    ...bodyMembers(request.body, fields.get('content-type')),
  };
  return Buffer.from(JSON.stringify(event), 'utf8');
}

/** The same for the same function, in the shape of AWS's: 32 of a-z and 0-9. */
export function urlIdOf(functionName: string): string {
  return createHash('sha256').update(functionName).digest('hex').slice(0, 32);
}

/** Lower case, repeated fields joined by a comma; cookies by what separates them. */
function foldHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? value : `${earlier}${name === COOKIE ? '; ' : ','}${value}`);
  }
  return fields;
}

function headersOf(request: UrlRequest, fields: ReadonlyMap<string, string>, context: EventContext): Record<string, string> {
  const passed = [...fields].filter(([name]) => !NOT_PASSED_ON.has(name));
  // What the service's front adds. Not its TLS members: there is no TLS.
  const added = [
    [TRACE_ID, context.traceId],
    ['x-forwarded-for', request.sourceIp],
    ['x-forwarded-port', String(request.localPort)],
    ['x-forwarded-proto', 'http'],
  ] as const;
  return Object.fromEntries([...passed, ...added]);
}

function requestContext(request: UrlRequest, path: string, fields: ReadonlyMap<string, string>, context: EventContext): Record<string, unknown> {
  const urlId = urlIdOf(context.functionName);
  const { method, httpVersion, sourceIp } = request;
  return {
    accountId: 'anonymous',
    apiId: urlId,
    domainName: fields.get('host') ?? '',
    domainPrefix: urlId,
    http: { method, path, protocol: `HTTP/${httpVersion}`, sourceIp, userAgent: fields.get('user-agent') ?? '' },
    requestId: context.requestId,
    routeKey: DEFAULT_ROUTE,
    stage: DEFAULT_ROUTE,
    time: clfTime(context.nowEpochMs),
    timeEpoch: context.nowEpochMs,
  };
}

/** Decoded, repeated parameters joined by a comma; a name such as `__proto__` stays a name. */
function foldQuery(query: string): Record<string, string> | undefined {
  const folded = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = folded.get(name);
    folded.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return folded.size === 0 ? undefined : Object.fromEntries(folded);
}

/** Text where the type says so, and the bytes agree. */
function bodyMembers(body: Buffer, contentType: string | undefined): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = contentType !== undefined && TEXT_TYPE.test(contentType) && isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** `24/Nov/2026:01:02:03 +0000`. */
function clfTime(epochMs: number): string {
  const at = new Date(epochMs);
  const day = String(at.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[at.getUTCMonth()] ?? ''}/${at.getUTCFullYear()}:${at.toISOString().slice(11, 19)} +0000`;
}
