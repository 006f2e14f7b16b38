/**
 * A small Runtime API on `node:http`, for the local mode and for tests: hands out invocations, takes what comes of them,
 * registers extensions, keeps a restore waiting. It checks what a runtime may get wrong and leaves out processes, freezing
 * and log collection; the emulator (`rik dev`) has those.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  CLIENT_CONTEXT_HEADER,
  COGNITO_IDENTITY_HEADER,
  DEADLINE_MS_HEADER,
  INVOKED_FUNCTION_ARN_HEADER,
  REQUEST_ID_HEADER,
  TENANT_ID_HEADER,
  TRACE_ID_HEADER,
} from '../../../runtime-api/protocol/headers.ts';
import { HEADER_BYTES_MAX, RESPONSE_BYTES_MAX } from '../../../runtime-api/protocol/limits.ts';
import { INVALID_REQUEST_ID_MESSAGE, INVALID_RESPONSE_MODE_MESSAGE, tooLargeReplyMessage } from '../../../runtime-api/protocol/messages.ts';
import {
  ERROR_PATH_SUFFIX,
  INIT_ERROR_PATH,
  INVOCATION_PATH_PREFIX,
  NEXT_PATH,
  RESPONSE_PATH_SUFFIX,
  RESTORE_ERROR_PATH,
  RESTORE_NEXT_PATH,
} from '../../../runtime-api/protocol/paths.ts';
import { type LocalAnswer, timedOutAnswer, toAnswer, toStartError, type StartError } from './answers.ts';
import { createExtensionRoutes, type LocalExtensions } from './extension-routes.ts';
import { listenOnLoopback, readAll, refuse } from './small-server.ts';

export type OfferOptions = {
  requestId?: string;
  timeoutMs?: number;
  functionArn?: string;
  traceId?: string;
  tenantId?: string;
  /** Objects are sent as JSON. */
  clientContext?: unknown;
  identity?: unknown;
  /** Sees a streamed response while it comes. */
  onChunk?: (chunk: Uint8Array, contentType: string) => void;
};

export type LocalRuntimeApi = {
  /** For `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Hands the event to the next slot that asks. Bytes are sent as they are, everything else as JSON. */
  invoke(event: unknown, options?: OfferOptions): Promise<LocalAnswer>;
  /** Errors of the initialisation and of the restore, in the order in which they came. */
  readonly startErrors: readonly StartError[];
  /** Settles with the next such error. */
  nextStartError(): Promise<StartError>;
  /** How many slots wait for an invocation. */
  readonly waitingCount: number;
  /** Connections accepted so far. */
  readonly connectionCount: number;
  /** Lets the calls for a restore return, now and later. */
  restore(): void;
  readonly extensions: LocalExtensions;
  close(): Promise<void>;
};

/** Source: AWS quotas; the local mode has its own. */
const TIMEOUT_MS = 60_000;
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:local';

type Waiting = ServerResponse;
type Pending = { payload: Buffer; requestId: string; options: OfferOptions; resolve: (answer: LocalAnswer) => void; timer?: ReturnType<typeof setTimeout>; isTaken: boolean };

export async function startLocalRuntimeApi(): Promise<LocalRuntimeApi> {
  const queue: Pending[] = [];
  const running = new Map<string, Pending>();
  const waiting: Waiting[] = [];
  const startErrors: StartError[] = [];
  const startErrorListeners = new Set<(error: StartError) => void>();
  const restoring: Waiting[] = [];
  let isRestored = false;
  let connectionCount = 0;
  let hasAskedForNext = false;
  const extensions = createExtensionRoutes();

  const handOut = (): void => {
    while (queue.length > 0 && waiting.length > 0) {
      const pending = queue.shift();
      const response = waiting.shift();
      if (pending === undefined || response === undefined) return;
      running.set(pending.requestId, pending);
      const timeoutMs = pending.options.timeoutMs ?? TIMEOUT_MS;
      pending.timer = setTimeout(() => {
        if (running.delete(pending.requestId)) pending.resolve(timedOutAnswer(timeoutMs));
      }, timeoutMs);
      response.writeHead(200, invocationHeaders(pending, timeoutMs)).end(pending.payload);
    }
  };

  const report = async (requestId: string, isError: boolean, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pending = running.get(requestId);
    const mode = request.headers['lambda-runtime-function-response-mode'];
    const isStreamed = mode === 'streaming';
    const contentType = request.headers['content-type'] ?? 'application/octet-stream';
    const isAccepted = pending !== undefined && !pending.isTaken && (mode === undefined || isStreamed);
    if (isAccepted) pending.isTaken = true;
    const body = await readAll(request, isAccepted && isStreamed ? (chunk) => pending.options.onChunk?.(chunk, contentType) : undefined);
    if (pending === undefined || !isAccepted) {
      if (pending !== undefined && !pending.isTaken) return refuse(response, 400, 'InvalidFunctionResponseMode', INVALID_RESPONSE_MODE_MESSAGE);
      return refuse(response, 400, 'InvalidRequestID', INVALID_REQUEST_ID_MESSAGE);
    }
    running.delete(requestId);
    clearTimeout(pending.timer);
    if (!isError && !isStreamed && body.length > RESPONSE_BYTES_MAX) {
      pending.resolve(toAnswer({ isError: true, isStreamed: false, request, body: Buffer.from(JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge' })) }));
      return refuse(response, 413, 'RequestEntityTooLarge', tooLargeReplyMessage(RESPONSE_BYTES_MAX));
    }
    pending.resolve(toAnswer({ isError, isStreamed, request, body }));
    accept(response);
  };

  const takeStartError = async (phase: StartError['phase'], request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const error = toStartError(phase, request, await readAll(request));
    if (phase === 'init' && hasAskedForNext) return refuse(response, 403, 'InvalidStateTransition', 'the initialisation is over');
    startErrors.push(error);
    for (const listener of startErrorListeners) listener(error);
    accept(response);
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = `${request.method ?? ''} ${request.url ?? ''}`;
    if (call === `GET ${NEXT_PATH}`) {
      hasAskedForNext = true;
      waiting.push(response);
      response.on('close', () => remove(waiting, response));
      return handOut();
    }
    if (call === `POST ${INIT_ERROR_PATH}`) return takeStartError('init', request, response);
    if (call === `POST ${RESTORE_ERROR_PATH}`) return takeStartError('restore', request, response);
    if (call === `GET ${RESTORE_NEXT_PATH}`) return void (isRestored ? response.writeHead(200, { 'Content-Length': '0' }).end() : restoring.push(response));
    const [, id, suffix] = new RegExp(`^POST ${INVOCATION_PATH_PREFIX}([^/]+)(${RESPONSE_PATH_SUFFIX}|${ERROR_PATH_SUFFIX})$`).exec(call) ?? [];
    if (id !== undefined) return report(decodeURIComponent(id), suffix === ERROR_PATH_SUFFIX, request, response);
    if (await extensions.answer(call, request, response)) return undefined;
    request.resume();
    response.writeHead(404).end();
  };

  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    // A peer that breaks off in the middle has nobody left to be told.
    route(request, response).catch(() => response.destroy());
  });
  server.on('connection', () => (connectionCount += 1));
  const address = await listenOnLoopback(server, 0);
  return {
    address,
    startErrors,
    get waitingCount() {
      return waiting.length;
    },
    get connectionCount() {
      return connectionCount;
    },
    invoke: (event, options = {}) =>
      new Promise((resolve) => {
        const payload = event instanceof Uint8Array ? Buffer.from(event) : Buffer.from(JSON.stringify(event === undefined ? null : event), 'utf8');
        queue.push({ payload, options, resolve, requestId: options.requestId ?? randomUUID(), isTaken: false });
        handOut();
      }),
    nextStartError: () =>
      new Promise((resolve) => {
        const listener = (error: StartError): void => {
          startErrorListeners.delete(listener);
          resolve(error);
        };
        startErrorListeners.add(listener);
      }),
    restore() {
      isRestored = true;
      for (const response of restoring.splice(0)) response.writeHead(200, { 'Content-Length': '0' }).end();
    },
    extensions: extensions.state,
    close() {
      for (const { timer } of running.values()) clearTimeout(timer);
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function invocationHeaders({ requestId, options }: Pending, timeoutMs: number): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'Content-Type': 'application/json',
    [REQUEST_ID_HEADER]: requestId,
    [DEADLINE_MS_HEADER]: String(Date.now() + timeoutMs),
    [INVOKED_FUNCTION_ARN_HEADER]: options.functionArn ?? FUNCTION_ARN,
    [TRACE_ID_HEADER]: options.traceId,
    [TENANT_ID_HEADER]: options.tenantId,
    [CLIENT_CONTEXT_HEADER]: headerJson(options.clientContext),
    [COGNITO_IDENTITY_HEADER]: headerJson(options.identity),
  };
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] satisfies [string, string]])));
}

function headerJson(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}\n');
}

function remove<Member>(list: Member[], member: Member): void {
  const index = list.indexOf(member);
  if (index !== -1) list.splice(index, 1);
}
