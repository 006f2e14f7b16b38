/** The header fields of a request, and what they say about its body and its connection. Source: RFC 9112 sections 5 to 9. */
import { HEADER_COUNT_MAX } from '../protocol/limits.ts';
import { FRAMING_FIELDS, readField } from './field.ts';
import { refusal } from './head-refusal.ts';
import type { HeadRefusal } from './head-refusal.ts';

export type FieldSection = {
  /** Lower-case name → value; repeated lines joined with `, `. Values are Latin-1 readings of the bytes. */
  headers: ReadonlyMap<string, string>;
  body: { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' };
  keepAlive: boolean;
  expectsContinue: boolean;
};

const DIGITS = /^[0-9]{1,15}$/;

/** `text` is what stands behind the request line, without the empty line that ends it. */
export function parseFieldSection(text: string, isVersion11: boolean): FieldSection | HeadRefusal {
  const headers = readHeaders(text);
  if ('refused' in headers) return headers;
  // Source: RFC 9112 section 3.2: a 1.1 request without Host must be answered 400.
  if (isVersion11 && !headers.has('host')) return refusal(400, 'missing host header field');
  const body = readBodyFraming(isVersion11, headers);
  if ('refused' in body) return body;
  const expect = headers.get('expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return refusal(417, 'unknown expectation');
  const connection = connectionOptions(headers.get('connection'));
  return {
    headers,
    body,
    keepAlive: isVersion11 ? !connection.includes('close') : connection.includes('keep-alive') && !connection.includes('close'),
    expectsContinue: expect !== undefined && isVersion11 && body.kind !== 'none',
  };
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

function readBodyFraming(isVersion11: boolean, headers: Map<string, string>): FieldSection['body'] | HeadRefusal {
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
