/** Turns a `Response` into what the caller's form of event asks for. */
import { STATUS_CODES } from 'node:http';
import type { HttpPrelude } from '../service.ts';
import type { HttpForm } from './event.ts';

export async function httpResult(response: Response, form: HttpForm): Promise<unknown> {
  const body = await readBody(response);
  const cookies = response.headers.getSetCookie();
  const single = singleHeaders(response.headers);
  if (form === 'payload-2.0') return { statusCode: response.status, headers: single, cookies, ...body };
  const many = Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]]));
  const multiValueHeaders = cookies.length === 0 ? many : { ...many, 'set-cookie': cookies };
  const statusDescription = `${response.status} ${response.statusText || (STATUS_CODES[response.status] ?? '')}`.trim();
  if (form === 'alb-multi-value') return { statusCode: response.status, statusDescription, multiValueHeaders, ...body };
  // Without multi-value headers a load balancer can set one cookie only.
  if (form === 'alb') return { statusCode: response.status, statusDescription, headers: withFirstCookie(single, cookies), ...body };
  return { statusCode: response.status, multiValueHeaders, ...body };
}

export function httpPrelude(response: Response): HttpPrelude {
  return { statusCode: response.status, headers: singleHeaders(response.headers), cookies: response.headers.getSetCookie() };
}

/** Repeated fields are joined by `Headers` itself; cookies, which cannot be joined, are told apart. */
function singleHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name !== 'set-cookie'));
}

function withFirstCookie(headers: Record<string, string>, cookies: readonly string[]): Record<string, string> {
  const [first] = cookies;
  return first === undefined ? headers : { ...headers, 'set-cookie': first };
}

async function readBody(response: Response): Promise<{ body: string; isBase64Encoded: boolean }> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = isTextual(response.headers) ? decodeUtf8(bytes) : undefined;
  return text === undefined ? { body: bytes.toString('base64'), isBase64Encoded: bytes.length > 0 } : { body: text, isBase64Encoded: false };
}

function isTextual(headers: Headers): boolean {
  const coding = headers.get('content-encoding') ?? 'identity';
  const type = headers.get('content-type')?.toLowerCase() ?? '';
  // Bun tells no type for a body that was given as text.
  return coding === 'identity' && (type === '' || /^(text\/|application\/(.*\+)?(json|xml|javascript|yaml)\b|application\/x-www-form-urlencoded|image\/svg\+xml)/.test(type));
}

/** What is said to be text and is not goes as bytes. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
