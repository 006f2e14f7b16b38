/** A function's response as an HTTP reply: payload format 2.0 and the prelude of streams. Pure. Source: function URL guide, "Response payload format". */
import { isUtf8 } from 'node:buffer';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { HeaderPairs } from '../front-door/cors.ts';
import { PRELUDE_DELIMITER } from '../protocol/function-url.ts';

export type HttpHead = { status: number; headers: HeaderPairs };
export type HttpReply = HttpHead & { body: Buffer };
/** What the function gave that is no reply; the client gets 502 and the log the reason. */
export type MalformedReply = { malformed: string };

const JSON_TYPE: readonly [string, string] = ['Content-Type', 'application/json'];
/** The front frames the body itself. */
const FRAMING = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer']);

/** Of a response that came as a whole. A collected stream with a prelude is read as one. */
export function replyOfResponse(bytes: Buffer): HttpReply | MalformedReply {
  const delimiter = bytes[0] === 0x7b ? bytes.indexOf(PRELUDE_DELIMITER) : -1;
  if (delimiter !== -1) {
    const head = headOfPrelude(bytes.subarray(0, delimiter));
    return 'malformed' in head ? head : { ...head, body: bytes.subarray(delimiter + PRELUDE_DELIMITER.length) };
  }
  const value = parseJson(bytes);
  if (value === undefined) return { malformed: 'the response is no JSON' };
  if (typeof value.json === 'string') return { status: 200, headers: [JSON_TYPE], body: Buffer.from(value.json, 'utf8') };
  if (!isRecord(value.json) || value.json['statusCode'] === undefined) return { status: 200, headers: [JSON_TYPE], body: bytes };
  return replyOfObject(value.json);
}

/** Of the JSON before the delimiter. */
export function headOfPrelude(bytes: Buffer): HttpHead | MalformedReply {
  const value = parseJson(bytes);
  if (value === undefined || !isRecord(value.json)) return { malformed: 'the prelude is no JSON object' };
  return headOf(value.json, { status: 200, defaults: [] });
}

function replyOfObject(object: Readonly<Record<string, unknown>>): HttpReply | MalformedReply {
  const head = headOf(object, { status: undefined, defaults: [JSON_TYPE] });
  if ('malformed' in head) return head;
  const { body } = object;
  if (body === undefined || body === null) return { ...head, body: Buffer.alloc(0) };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { ...head, body: Buffer.from(text, object['isBase64Encoded'] === true ? 'base64' : 'utf8') };
}

function headOf(object: Readonly<Record<string, unknown>>, otherwise: { status: number | undefined; defaults: HeaderPairs }): HttpHead | MalformedReply {
  const status = object['statusCode'] === undefined ? otherwise.status : statusOf(object['statusCode']);
  if (status === undefined) return { malformed: 'statusCode is no status of HTTP' };
  const headers = [...headersOf(object['headers']), ...headersOf(object['multiValueHeaders']), ...cookiesOf(object['cookies'])];
  const wrong = headers.find(([name, value]) => !isLawful(name, value));
  if (wrong !== undefined) return { malformed: `the header ${JSON.stringify(wrong[0])} is no header of HTTP` };
  const kept = headers.filter(([name]) => !FRAMING.has(name.toLowerCase()));
  const missing = otherwise.defaults.filter(([name]) => !kept.some(([given]) => given.toLowerCase() === name.toLowerCase()));
  return { status, headers: [...missing, ...kept] };
}

/** A number or its text, of a final status. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

function headersOf(value: unknown): [string, string][] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, each]): [string, string][] => {
    if (Array.isArray(each)) return each.map((one) => [name, String(one)]);
    return each === null || each === undefined ? [] : [[name, String(each)]];
  });
}

function cookiesOf(value: unknown): [string, string][] {
  return Array.isArray(value) ? value.map((cookie) => ['Set-Cookie', String(cookie)]) : [];
}

function isLawful(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function parseJson(bytes: Buffer): { json: unknown } | undefined {
  if (!isUtf8(bytes)) return undefined;
  try {
    return { json: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
