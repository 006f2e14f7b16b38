/**
 * The platform's one listening address. Invocations are read by rik's own reader, which is where the time goes; every other request
 * is handed, unread, to `node:http` and the control plane. A connection that was handed over stays there, so invocations that come
 * on it are answered there too: same operation, other reader.
 */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { HttpConnection, matchInvocationsPath } from '../../runtime-api/index.ts';
import type { HttpRequest, InvocationsPath, ReceivedBody } from '../../runtime-api/index.ts';
import { EVENT_BYTES_MAX } from '../../runtime-api/protocol/limits.ts';
import type { InvokeOperation } from './invoke-operation.ts';

export type FrontDoorOptions = {
  host: string;
  port: number;
  invoke: InvokeOperation;
  /** Everything that is no invocation. */
  handleOther(request: IncomingMessage, response: ServerResponse): Promise<void>;
};

export type FrontDoor = {
  url: string;
  /** No new connection from here on; requests on open ones are still answered. */
  stopAccepting(): void;
  close(): Promise<void>;
};

export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const sockets = new Set<Socket>();
  const http = createHttpServer((request, response) => void serveOther(options, request, response));
  const paths = new WeakMap<HttpRequest, InvocationsPath>();
  const handler = {
    head(request: HttpRequest) {
      const path = request.head.method === 'POST' ? matchInvocationsPath(request.head.path, request.head.query) : undefined;
      if (path === undefined) return { kind: 'handOver', to: (socket: Socket) => void http.emit('connection', socket) } as const;
      paths.set(request, path);
      return { kind: 'collect', bytesMax: EVENT_BYTES_MAX } as const;
    },
    received: (request: HttpRequest, body: ReceivedBody) => void serveInvocation(options.invoke, request, paths.get(request), body),
    broken() {
      // The invoker broke off before anything ran.
    },
    // The invocation goes on without its invoker, as on AWS.
    peerEnded: () => true,
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return new HttpConnection(socket, handler);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  let closing: Promise<void> | undefined;
  const stop = (): Promise<void> => (closing ??= new Promise<void>((resolve) => server.close(() => resolve())));
  const bound: AddressInfo | string | null = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    stopAccepting: () => void stop(),
    async close() {
      const closed = stop();
      http.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serveInvocation(
  invoke: InvokeOperation,
  request: HttpRequest,
  path: InvocationsPath | undefined,
  body: ReceivedBody,
): Promise<void> {
  if (path === undefined) return;
  const { reference, qualifier } = addressed(path);
  request.answer(await invoke({ reference, qualifier, headers: request.head.headers, body: body.bytes, bodyBytes: body.totalBytes }));
}

/** The look-up reads a qualifier inside the reference itself, so that two different ones can be told apart and refused. */
function addressed(path: InvocationsPath): { reference: string; qualifier: string | undefined } {
  const isInside = path.qualifier !== undefined && path.reference.endsWith(`:${path.qualifier}`);
  return { reference: path.reference, qualifier: isInside ? undefined : path.qualifier };
}

async function serveOther(options: FrontDoorOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const match = request.method === 'POST' ? matchInvocationsPath(path, query) : undefined;
  if (match === undefined) return options.handleOther(request, response);
  const { bytes, totalBytes } = await collect(request);
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const reply = await options.invoke({ ...addressed(match), headers, body: bytes, bodyBytes: totalBytes });
  const lines = reply.headerLines.split('\r\n').filter((line) => line !== '');
  for (const line of lines) response.setHeader(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
  response.writeHead(reply.status, reply.status === 204 ? {} : { 'Content-Length': reply.body.length });
  response.end(reply.body);
}

async function collect(request: IncomingMessage): Promise<{ bytes: Buffer; totalBytes: number }> {
  const pieces: Buffer[] = [];
  let totalBytes = 0;
  request.on('data', (piece: Buffer) => {
    totalBytes += piece.length;
    if (totalBytes <= EVENT_BYTES_MAX) pieces.push(piece);
  });
  await new Promise<void>((resolve) => request.on('end', resolve).on('close', resolve));
  return { bytes: totalBytes <= EVENT_BYTES_MAX ? Buffer.concat(pieces) : Buffer.alloc(0), totalBytes };
}
