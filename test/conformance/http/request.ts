/** Turns a request as a case describes it into the bytes for the wire. */
import { writeHead } from './head.ts';

export type HeaderFields = Readonly<Record<string, string>>;

export type HttpRequest = {
  method: string;
  path: string;
  headers?: HeaderFields;
  body?: string | Buffer;
  /** Sent as one chunk each, with `Transfer-Encoding: chunked`; instead of `body`. */
  chunks?: readonly (string | Buffer)[];
  /** After the last chunk; the names are declared in `Trailer` unless the case declares them itself. */
  trailers?: HeaderFields;
};

export function writeRequest(request: HttpRequest, host: string): Buffer {
  return Buffer.concat([writeRequestHead(request, host), writeBody(request)]);
}

/** Without the body, for cases that send that in their own way. */
export function writeRequestHead(request: HttpRequest, host: string): Buffer {
  const given = Object.entries(request.headers ?? {});
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const own: [string, string][] = names.has('host') ? [] : [['Host', host]];
  if (request.chunks !== undefined) {
    if (!names.has('transfer-encoding')) own.push(['Transfer-Encoding', 'chunked']);
    if (request.trailers !== undefined && !names.has('trailer')) own.push(['Trailer', Object.keys(request.trailers).join(', ')]);
  } else if (request.method !== 'GET' && !names.has('content-length') && !names.has('transfer-encoding')) {
    own.push(['Content-Length', String(Buffer.byteLength(request.body ?? ''))]);
  }
  return writeHead(`${request.method} ${request.path} HTTP/1.1`, [...own, ...given]);
}

function writeBody(request: HttpRequest): Buffer {
  if (request.chunks === undefined) return Buffer.from(request.body ?? '');
  return Buffer.concat([...request.chunks.map(writeChunk), writeLastChunk(request.trailers)]);
}

export function writeChunk(chunk: string | Buffer): Buffer {
  const bytes = Buffer.from(chunk);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

export function writeLastChunk(trailers: HeaderFields = {}): Buffer {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`0\r\n${lines.join('')}\r\n`, 'latin1');
}
