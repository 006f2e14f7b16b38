/** One call of the platform's APIs that is not on the hot path: registrations, restore, errors of the initialisation. No time-out, because the process may be frozen meanwhile. */
import { request, type IncomingHttpHeaders } from 'node:http';

export type ApiCall = {
  /** `host:port` or `host:port/prefix`, as in `AWS_LAMBDA_RUNTIME_API`. */
  address: string;
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** The pending call does not keep the process alive. */
  isIdle?: boolean;
};

export type ApiReply = { status: number; headers: IncomingHttpHeaders; body: string };

/** What an answer may have; events and registrations have a few hundred bytes. No source. */
const REPLY_BYTES_MAX = 1_048_576;

export function callApi({ address, method, path, headers = {}, body, isIdle = false }: ApiCall): Promise<ApiReply> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const sent = method === 'GET' ? headers : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)), ...headers };
  return new Promise((resolve, reject) => {
    const call = request(`http://${address}${path}`, { method, headers: sent, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > REPLY_BYTES_MAX) response.destroy(new Error(`the answer to ${method} ${path} is longer than ${REPLY_BYTES_MAX} bytes`));
        else pieces.push(piece);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces).toString('utf8') }));
      response.on('error', reject);
    });
    call.on('error', reject);
    if (isIdle) call.on('socket', (socket) => socket.unref());
    call.end(text);
  });
}
