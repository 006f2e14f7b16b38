/** The Runtime API on a socket: connections in, routes out. It knows one session at a time; without one every call is refused. */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { ExtensionRegistry } from './extensions/registry.ts';
import { HttpConnection } from './http/index.ts';
import type { BodyPlan, HttpRequest, RequestHandler } from './http/index.ts';
import { listen } from './listen.ts';
import { reply } from './reply.ts';
import { matchRoute } from './routes/router.ts';
import type { RouteMatch } from './routes/router.ts';
import type { RouteCall } from './routes/route.ts';
import { refuse } from './routes/route.ts';
import type { ApiSession } from './session.ts';

/** A runtime needs one connection, a multi-threaded one a few; the descriptors of the environment end at 1,024. */
const CONNECTIONS_MAX = 256;
/** Of a runtime that takes several invocations: one waits in `next`, one replies. */
const CONNECTIONS_PER_WORKER = 2;

export class RuntimeApiServer {
  readonly #server: Server;
  readonly #connections = new Set<HttpConnection<RouteCall>>();
  #session: ApiSession | undefined;
  #extensions: ExtensionRegistry | undefined;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connected(socket));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Resolves to `host:port`, the value of `AWS_LAMBDA_RUNTIME_API`. */
  listen(address: { host: string; port: number }): Promise<string> {
    return listen(this.#server, address);
  }

  /** Calls of an earlier session's process are cut off with their connections. */
  serve(session: ApiSession, extensions: ExtensionRegistry, options: { workersMax: number } = { workersMax: 0 }): void {
    this.endSession();
    this.#server.maxConnections = CONNECTIONS_MAX + CONNECTIONS_PER_WORKER * options.workersMax;
    this.#session = session;
    this.#extensions = extensions;
  }

  endSession(): void {
    this.#session = undefined;
    this.#extensions = undefined;
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
  }

  async close(): Promise<void> {
    this.endSession();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #connected(socket: Socket): void {
    const connection = new HttpConnection(socket, this.#handler);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  readonly #handler: RequestHandler<RouteCall> = {
    head: (request) => this.#head(request),
    received({ context: call }, body) {
      const outcome = call?.route.received(call, body);
      if (outcome !== undefined) call?.request.answer(reply(outcome));
    },
    broken({ context: call }) {
      const outcome = call?.route.broken(call);
      return outcome === undefined ? undefined : reply(outcome);
    },
    peerEnded: ({ context: call }) => call !== undefined && call.route.peerEnded(call),
  };

  #head(request: HttpRequest<RouteCall>): BodyPlan {
    const match = matchRoute(request.head.path);
    if (match === undefined) return refuse({ kind: 'notFound' });
    const { route, requestId, onlyFor } = match;
    if (request.head.method !== route.method) return refuse({ kind: 'methodNotAllowed', allow: route.method });
    const [session, extensions] = [this.#session, this.#extensions];
    if (session === undefined || extensions === undefined) return refuse({ kind: 'internal' });
    if (onlyFor !== undefined && !isThere(onlyFor, session, extensions)) return refuse({ kind: 'notFound' });
    const call: RouteCall = { route, session, extensions, request, requestId, exchange: undefined };
    const plan = route.head(call);
    // A call that is refused by its head is over: whatever becomes of its body is no news of the invocation in hand.
    if (plan.kind !== 'answer') request.context = call;
    return plan;
  }
}

function isThere(what: NonNullable<RouteMatch['onlyFor']>, session: ApiSession, extensions: ExtensionRegistry): boolean {
  if (what === 'extensions') return !extensions.isDisabled;
  return what === 'restore' ? session.hasRestore : session.credentials !== undefined;
}
