/** The first line of a request, read strictly. Source: RFC 9112 section 3. */
import { TOKEN } from './field.ts';
import { refusal } from './head-refusal.ts';
import type { HeadRefusal } from './head-refusal.ts';

export type RequestLine = {
  method: string;
  /** Path and query as sent: undecoded, starting with `/`. */
  target: string;
  /** The target up to the first `?`. */
  path: string;
  /** The target after the first `?`, or the empty string. */
  query: string;
  isVersion11: boolean;
};

/** What the Lambda APIs use, and HEAD. Any other is "not implemented" (RFC 9110 section 9.1), CONNECT above all: it changes the framing. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);
// Visible ASCII only; `#` never reaches a server. Source: RFC 9112 section 3.2.
const ORIGIN_TARGET = /^\/[!-"$-~]*$/;

export function parseRequestLine(line: string): RequestLine | HeadRefusal {
  const parts = line.split(' ');
  const [method, target, version] = parts;
  if (parts.length !== 3 || method === undefined || target === undefined || version === undefined) {
    return refusal(400, 'malformed request line');
  }
  const isKnownMethod = METHODS.has(method);
  if (!isKnownMethod && !TOKEN.test(method)) return refusal(400, 'malformed method');
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    return /^HTTP\/[0-9]\.[0-9]$/.test(version) ? refusal(505, 'unsupported HTTP version') : refusal(400, 'malformed version');
  }
  if (!isKnownMethod) return refusal(501, 'unknown method');
  if (!ORIGIN_TARGET.test(target)) return refusal(400, 'malformed request target');
  const question = target.indexOf('?');
  return {
    method,
    target,
    path: question === -1 ? target : target.slice(0, question),
    query: question === -1 ? '' : target.slice(question + 1),
    isVersion11: version === 'HTTP/1.1',
  };
}
