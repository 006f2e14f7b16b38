/**
 * Reads the events that stand for an HTTP request. Three forms (AWS guide: API Gateway payload formats 1.0 and 2.0, which
 * function URLs use too; load balancers). They are input from outside and read field by field.
 */
import { LambdaError } from '../errors.ts';

/** What decides how the answer has to look. */
export type HttpForm = 'payload-2.0' | 'payload-1.0' | 'alb' | 'alb-multi-value';

export type ReadHttpEvent = { request: Request; form: HttpForm };

type Fields = Readonly<Record<string, unknown>>;
type Parts = { form: HttpForm; method: string; path: string; query: string; headers: [name: string, value: string][]; host: string | undefined };

export function readHttpEvent(event: unknown, signal: () => AbortSignal): ReadHttpEvent {
  const fields = fieldsOf(event);
  const parts = fields['version'] === '2.0' ? readPayload2(fields) : readPayload1(fields);
  const headers = new Headers();
  for (const [name, value] of parts.headers) appendLenient(headers, name, value);
  const init: RequestInit & { duplex?: 'half' } = { method: parts.method, headers, signal: signal() };
  const body = readBody(fields);
  // A `Request` of these methods may not have a body, whatever the client sent.
  if (body !== undefined && parts.method !== 'GET' && parts.method !== 'HEAD') init.body = body;
  return { request: new Request(urlOf(parts, headers), init), form: parts.form };
}

function readPayload2(fields: Fields): Parts {
  const context = fieldsOf(fields['requestContext']);
  const http = fieldsOf(context['http']);
  const method = textOf(http['method']);
  if (method === undefined) throw noHttpEvent();
  const headers = singleHeaders(fields['headers']);
  const cookies = textsOf(fields['cookies']);
  if (cookies.length > 0) headers.push(['cookie', cookies.join('; ')]);
  return {
    form: 'payload-2.0',
    method,
    path: textOf(fields['rawPath']) ?? textOf(http['path']) ?? '/',
    query: textOf(fields['rawQueryString']) ?? '',
    headers,
    host: textOf(context['domainName']),
  };
}

function readPayload1(fields: Fields): Parts {
  const method = textOf(fields['httpMethod']);
  if (method === undefined) throw noHttpEvent();
  const context = fieldsOf(fields['requestContext']);
  const isBalancer = context['elb'] !== undefined;
  const many = fields['multiValueHeaders'];
  const hasMany = typeof many === 'object' && many !== null;
  // A load balancer hands parameters on as they were written; API Gateway decodes them.
  const encode = isBalancer ? (text: string): string => text : encodeURIComponent;
  const multi = multiValues(fields['multiValueQueryStringParameters']);
  const parameters = multi.length > 0 ? multi : singleHeaders(fields['queryStringParameters']);
  return {
    form: isBalancer ? (hasMany ? 'alb-multi-value' : 'alb') : 'payload-1.0',
    method,
    path: textOf(fields['path']) ?? '/',
    query: parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&'),
    headers: hasMany ? multiValues(many) : singleHeaders(fields['headers']),
    host: textOf(context['domainName']),
  };
}

function urlOf({ path, query, host }: Parts, headers: Headers): string {
  const scheme = headers.get('x-forwarded-proto') === 'http' ? 'http' : 'https';
  const authority = headers.get('host') ?? host ?? 'localhost';
  // The client writes this field: whatever is more than a host and a port is none.
  const isPlain = /^[\w.:[\]-]+$/.test(authority) && URL.canParse(`${scheme}://${authority}`);
  const url = new URL(isPlain ? `${scheme}://${authority}` : `${scheme}://localhost`);
  // Set by parts: a path that begins with two slashes would otherwise name another host.
  url.pathname = path;
  url.search = query;
  return url.href;
}

function readBody(fields: Fields): string | Uint8Array<ArrayBuffer> | undefined {
  const body = textOf(fields['body']);
  if (body === undefined) return undefined;
  return fields['isBase64Encoded'] === true ? new Uint8Array(Buffer.from(body, 'base64')) : body;
}

/** A field that no `Headers` takes is left out: the client's mistake must not fail the invocation. */
function appendLenient(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch {
    return;
  }
}

function singleHeaders(value: unknown): [string, string][] {
  return Object.entries(fieldsOf(value)).flatMap(([name, member]) => (typeof member === 'string' ? [[name, member] satisfies [string, string]] : []));
}

function multiValues(value: unknown): [string, string][] {
  return Object.entries(fieldsOf(value)).flatMap(([name, members]) => textsOf(members).map((member) => [name, member] satisfies [string, string]));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === 'string') : [];
}

function noHttpEvent(): LambdaError {
  return new LambdaError('Runtime.NoHttpEvent', 'the event is no HTTP request of a function URL, of API Gateway or of a load balancer');
}
