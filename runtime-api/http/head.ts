/**
 * The head of one HTTP/1.1 request, read strictly: what RFC 9112 forbids or leaves to the recipient's leniency is refused,
 * because every leniency is a way to make two readers disagree. Pure: bytes in, a head or a refusal out.
 *
 * Deliberately absent: HTTP/0.9, absolute-form and authority-form targets, obsolete line folding, upgrades.
 */
import { HEADER_BYTES_MAX, HEADER_COUNT_MAX, REQUEST_LINE_BYTES_MAX } from '../protocol/limits.ts';
import { FRAMING_FIELDS, readField, TOKEN } from './field.ts';

export type RequestHead = {
  method: string;
  /** Path and query as sent: undecoded, starting with `/`. */
  target: string;
  /** The target up to the first `?`. */
  path: string;
  /** The target after the first `?`, or the empty string. */
  query: string;
  /** Lower-case name → value; repeated lines joined with `, `. Values are Latin-1 readings of the bytes. */
  headers: ReadonlyMap<string, string>;
  body: { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' };
  isVersion11: boolean;
  keepAlive: boolean;
  expectsContinue: boolean;
};

export type HeadRefusal = { refused: true; status: 400 | 408 | 414 | 417 | 431 | 501 | 505; reason: string };

/** What the Lambda APIs use, and HEAD. Any other is "not implemented" (RFC 9110 section 9.1), CONNECT above all: it changes the framing. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);
// Visible ASCII only; `#` never reaches a server. Source: RFC 9112 section 3.2.
const ORIGIN_TARGET = /^\/[!-"$-~]*$/;
const DIGITS = /^[0-9]{1,15}$/;

/** Reads a head; `text` is its Latin-1 form without the empty line that ends it. */
export function parseHead(text: string): RequestHead | HeadRefusal {
  const firstEnd = text.indexOf('\r\n');
  const requestLine = firstEnd === -1 ? text : text.slice(0, firstEnd);
  if (requestLine.length > REQUEST_LINE_BYTES_MAX) return refusal(414, 'request line too long');
  if (text.length > HEADER_BYTES_MAX) return refusal(431, 'header fields too large');
  const parts = requestLine.split(' ');
  const [method, target, version] = parts;
  if (parts.length !== 3 || method === undefined || target === undefined || version === undefined) {
    return refusal(400, 'malformed request line');
  }
  if (!TOKEN.test(method)) return refusal(400, 'malformed method');
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    return /^HTTP\/[0-9]\.[0-9]$/.test(version) ? refusal(505, 'unsupported HTTP version') : refusal(400, 'malformed version');
  }
  if (!METHODS.has(method)) return refusal(501, 'unknown method');
  if (!ORIGIN_TARGET.test(target)) return refusal(400, 'malformed request target');

  const headers = readHeaders(firstEnd === -1 ? '' : text.slice(firstEnd + 2));
  if ('refused' in headers) return headers;
  return assemble(method, target, version === 'HTTP/1.1', headers);
}

function readHeaders(text: string): Map<string, string> | HeadRefusal {
  const headers = new Map<string, string>();
  if (text === '') return headers;
  let count = 0;
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\r\n', start);
    const line = end === -1 ? text.slice(start) : text.slice(start, end);
    start = end === -1 ? text.length + 1 : end + 2;
    count += 1;
    if (count > HEADER_COUNT_MAX) return refusal(431, 'too many header fields');
    const field = readField(line);
    if (typeof field === 'string') return refusal(400, field);
    const earlier = headers.get(field.name);
    if (earlier === undefined) headers.set(field.name, field.value);
    else if (FRAMING_FIELDS.has(field.name)) return refusal(400, `repeated ${field.name} header field`);
    else headers.set(field.name, `${earlier}, ${field.value}`);
  }
  return headers;
}

function assemble(
  method: string,
  target: string,
  isVersion11: boolean,
  headers: Map<string, string>,
): RequestHead | HeadRefusal {
  // Source: RFC 9112 section 3.2: a 1.1 request without Host must be answered 400.
  if (isVersion11 && !headers.has('host')) return refusal(400, 'missing host header field');
  const body = readBodyFraming(isVersion11, headers);
  if ('refused' in body) return body;
  const expect = headers.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return refusal(417, 'unknown expectation');
  const connection = connectionOptions(headers.get('connection'));
  const question = target.indexOf('?');
  return {
    method,
    target,
    path: question === -1 ? target : target.slice(0, question),
    query: question === -1 ? '' : target.slice(question + 1),
    headers,
    body,
    isVersion11,
    keepAlive: isVersion11 ? !connection.includes('close') : connection.includes('keep-alive') && !connection.includes('close'),
    expectsContinue: expect !== undefined && isVersion11 && body.kind !== 'none',
  };
}

function readBodyFraming(isVersion11: boolean, headers: Map<string, string>): RequestHead['body'] | HeadRefusal {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined) {
    // Source: RFC 9112 section 6.1 and 6.3: both fields, or a coding in a 1.0 message, are signs of smuggling.
    if (length !== undefined) return refusal(400, 'both content-length and transfer-encoding');
    if (!isVersion11) return refusal(400, 'transfer-encoding in an HTTP/1.0 request');
    if (coding.toLowerCase() !== 'chunked') return refusal(501, 'unsupported transfer coding');
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'none' };
  if (!DIGITS.test(length)) return refusal(400, 'malformed content-length');
  const bytes = Number(length);
  return bytes === 0 ? { kind: 'none' } : { kind: 'length', bytes };
}

function connectionOptions(value: string | undefined): string[] {
  return value === undefined ? [] : value.toLowerCase().split(',').map((option) => option.trim());
}

function refusal(status: HeadRefusal['status'], reason: string): HeadRefusal {
  return { refused: true, status, reason };
}
