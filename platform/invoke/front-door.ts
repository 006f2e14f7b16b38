/**
 * The platform's one listening address. Invocations are read by rik's own reader, which is where the time goes; every other request
 * is handed, unread, to `node:http` and the control plane. A connection that was handed over stays there, so invocations that come
 * on it are answered there too: same operation, other reader.
 */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { systemClock } from '../../foundation/clock.ts';
import { HttpConnection, matchInvocationsPath, matchStreamingInvocationsPath, READ_LIMITS, UnfinishedRequests } from '../../runtime-api/index.ts';
import type { Answer, HttpRequest, InvocationsPath, OpenAnswerStream, ReadLimits, ReceivedBody } from '../../runtime-api/index.ts';
import { EVENT_BYTES_MAX } from '../../runtime-api/protocol/limits.ts';
import type { InvokeCall, InvokeOperation } from './invoke-operation.ts';
import type { InvokeStreamOperation } from './invoke-stream-operation.ts';
import { OpenConnections } from './open-connections.ts';
import { openNodeStream, setHeaders } from './node-stream.ts';
import { receiveEvent } from './receive-event.ts';

export type FrontDoorOptions = {
  host: string;
  port: number;
  invoke: InvokeOperation;
  invokeStream: InvokeStreamOperation;
  /** Everything that is no invocation. Never rejects. */
  handleOther(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** How long a client may take over one request, whichever reader reads it; absent: `READ_LIMITS`. */
  readLimits?: ReadLimits;
};

export type FrontDoor = {
  url: string;
  /** Takes nothing new; requests that have begun are answered, within the given time. */
  close(graceMs: number): Promise<void>;
};

/** Sockets of clients; beyond, the kernel's own queue holds them. Source: three quarters of the usual limit on open files, 4,096. */
const CONNECTIONS_MAX = 3_072;

export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const connections = new OpenConnections();
  const { headMs, bodyMs } = options.readLimits ?? READ_LIMITS;
  const unfinished = new UnfinishedRequests(systemClock, { headMs, bodyMs });
  const http = createHttpServer({ headersTimeout: headMs, requestTimeout: headMs + bodyMs, connectionsCheckingInterval: headMs / 4 }, (request, response) =>
    void serveByHttp({ ...options, connections }, request, response),
  );
  // It never listens itself, but only from here on does it keep these times.
  http.emit('listening');
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.add(socket);
    unfinished.watch(new HttpConnection(socket, invocationHandler(options, connections, (other) => void http.emit('connection', other))));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listening(server, options);
  const bound: AddressInfo | string | null = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await connections.end(graceMs);
      await closed;
      unfinished.close();
      http.close();
    },
  };
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      // Out of descriptors, for instance: whoever waits to be accepted waits on.
      server.on('error', () => {});
      resolve();
    });
  });
}

function invocationHandler(operations: Operations, connections: OpenConnections, handOver: (socket: Socket) => void) {
  const paths = new WeakMap<HttpRequest, InvocationCallPath>();
  const handOverPlan = { kind: 'handOver', to: handOver } as const;
  const collectPlan = { kind: 'collect', bytesMax: EVENT_BYTES_MAX } as const;
  return {
    head(request: HttpRequest) {
      const path = request.head.method === 'POST' ? matchPath(request.head.path, request.head.query) : undefined;
      if (path === undefined) return handOverPlan;
      paths.set(request, path);
      connections.began(request.connection.socket);
      return collectPlan;
    },
    received(request: HttpRequest, body: ReceivedBody) {
      const path = paths.get(request);
      if (path === undefined) return;
      const { headers } = request.head;
      const call = { ...addressed(path), headers, body: body.bytes, bodyBytes: body.totalBytes };
      void perform(operations, path, call, (head, onFlowing) => request.connection.answerStream(request, head, onFlowing)).then((reply) => {
        if (reply !== undefined) request.answer(reply);
        connections.done(request.connection.socket);
      });
    },
    // The invoker broke off before anything ran.
    broken: (request: HttpRequest) => connections.done(request.connection.socket),
    // The invocation goes on without its invoker, as on AWS.
    peerEnded: () => true,
  };
}

type Operations = Pick<FrontDoorOptions, 'invoke' | 'invokeStream'>;

function perform({ invoke, invokeStream }: Operations, path: InvocationCallPath, call: InvokeCall, open: OpenAnswerStream): Promise<Answer | undefined> {
  return path.isStreaming ? invokeStream(call, open) : invoke(call);
}

type InvocationCallPath = InvocationsPath & { isStreaming: boolean };

function matchPath(path: string, query: string): InvocationCallPath | undefined {
  const buffered = matchInvocationsPath(path, query);
  if (buffered !== undefined) return { ...buffered, isStreaming: false };
  const streaming = matchStreamingInvocationsPath(path, query);
  return streaming === undefined ? undefined : { ...streaming, isStreaming: true };
}

/** The look-up reads a qualifier inside the reference itself, so that two different ones can be told apart and refused. */
function addressed(path: InvocationsPath): { reference: string; qualifier: string | undefined } {
  const isInside = path.qualifier !== undefined && path.reference.endsWith(`:${path.qualifier}`);
  return { reference: path.reference, qualifier: isInside ? undefined : path.qualifier };
}

type HttpParts = Pick<FrontDoorOptions, 'invoke' | 'invokeStream' | 'handleOther'> & { connections: OpenConnections };

async function serveByHttp({ handleOther, connections, ...operations }: HttpParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = request;
  connections.began(socket);
  response.once('close', () => connections.done(socket));
  const [path, query] = splitTarget(request.url ?? '');
  const match = request.method === 'POST' ? matchPath(path, query) : undefined;
  if (match === undefined) return handleOther(request, response);
  const event = await receiveEvent(request);
  if (event === undefined) return void socket.destroy();
  // Node has joined what came more than once; none of the headers that Invoke reads may.
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const reply = await perform(operations, match, { ...addressed(match), headers, ...event }, openNodeStream(response));
  if (reply !== undefined) send(reply, response);
}

function splitTarget(target: string): [path: string, query: string] {
  const at = target.indexOf('?');
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function send(reply: Answer, response: ServerResponse): void {
  setHeaders(response, reply.headerLines);
  response.writeHead(reply.status, reply.status === 204 ? {} : { 'Content-Length': reply.body.length });
  response.end(reply.body);
}
