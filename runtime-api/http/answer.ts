/** One HTTP answer, rendered to bytes; the head and a small body leave in one write. */

export type Answer = {
  status: number;
  /** Header lines in wire form, each ended by CR LF; without Content-Length and Connection. Made by `headerLine`. */
  headerLines: string;
  body: Buffer;
};

const REASONS: Record<number, string> = {
  100: 'Continue', 200: 'OK', 202: 'Accepted', 204: 'No Content', 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 408: 'Request Timeout', 409: 'Conflict', 413: 'Content Too Large', 414: 'URI Too Long', 417: 'Expectation Failed',
  429: 'Too Many Requests', 431: 'Request Header Fields Too Large', 500: 'Internal Server Error', 501: 'Not Implemented',
  502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout', 505: 'HTTP Version Not Supported',
};

/** Bodies up to this size are copied behind the head, larger ones are written as they are: the copy costs more than the second vector. */
export const JOINED_BODY_BYTES_MAX = 65_536;
export const EMPTY_BODY = Buffer.alloc(0);
export const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');

/** A header line. Characters that would end the line, or that no header may carry, are replaced by a blank. */
export function headerLine(name: string, value: string): string {
  return `${name}: ${value.replace(/[\0-\x08\x0a-\x1f\x7f]/g, ' ')}\r\n`;
}

/** The value's UTF-8 bytes as a Latin-1 string, which is what a header line is made of. */
export function utf8HeaderValue(value: string): string {
  return /[^\0-\x7f]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

export function answer(status: number, headerLines: string, body: Buffer | string): Answer {
  return { status, headerLines, body: typeof body === 'string' ? Buffer.from(body, 'utf8') : body };
}

export function plainAnswer(status: number, text: string): Answer {
  return answer(status, 'Content-Type: text/plain; charset=utf-8\r\n', text);
}

/** What the answer says about the connection. In HTTP/1.0 staying open has to be announced (RFC 9112 appendix C.2.2). */
export type Persistence = 'stays' | 'staysAnnounced' | 'closes';

const CONNECTION_LINES: Record<Persistence, string> = {
  stays: '',
  staysAnnounced: 'Connection: keep-alive\r\n',
  closes: 'Connection: close\r\n',
};

export function renderHead(reply: Answer, persistence: Persistence): string {
  const length = reply.status === 204 ? '' : `Content-Length: ${reply.body.length}\r\n`;
  return `HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? 'Unknown'}\r\n${reply.headerLines}${dateLine(Date.now())}${length}${CONNECTION_LINES[persistence]}\r\n`;
}

/** Of an answer whose body follows in chunks, or until the connection closes. */
export function renderStreamHead(head: { status: number; headerLines: string }, options: { persistence: Persistence; isChunked: boolean }): string {
  const framing = options.isChunked ? 'Transfer-Encoding: chunked\r\n' : '';
  return `HTTP/1.1 ${head.status} ${REASONS[head.status] ?? 'Unknown'}\r\n${head.headerLines}${dateLine(Date.now())}${framing}${CONNECTION_LINES[options.persistence]}\r\n`;
}

/** Head and body as one buffer; only for bodies up to `JOINED_BODY_BYTES_MAX`. */
export function renderJoined(reply: Answer, persistence: Persistence): Buffer {
  const head = renderHead(reply, persistence);
  const bytes = Buffer.allocUnsafe(head.length + reply.body.length);
  bytes.write(head, 0, 'latin1');
  reply.body.copy(bytes, head.length);
  return bytes;
}

let datedSecond = 0;
let datedLine = '';

/** An origin server with a clock must send the date (RFC 9110 section 6.6.1); clients of AWS correct their own clock by it. */
function dateLine(nowEpochMs: number): string {
  const second = Math.floor(nowEpochMs / 1000);
  if (second !== datedSecond) {
    datedSecond = second;
    datedLine = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return datedLine;
}
