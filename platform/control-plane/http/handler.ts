/**
 * One HTTP request: route, read, run, answer. The only place of the control plane that writes to a response.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, renderApiError } from '../../api/index.ts';
import { DOWNLOAD_PATH_PREFIX } from '../code/download-links.ts';
import { StructureReader } from '../input/structure-reader.ts';
import type { Operation, Services } from '../operations/operation.ts';
import { sendCode } from './code-download.ts';
import type { OperationName } from './operation-index.ts';
import { originOf } from './origin.ts';
import type { BodyReader } from './request-body.ts';
import { route, splitTarget } from './router.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type HandlerOptions = {
  services: Services;
  operations: ReadonlyMap<OperationName, Operation>;
  bodies: BodyReader;
  onFault: (error: unknown) => void;
};

/** What the service's framework answers to a method and path that it does not know (recorded: 404, these 29 bytes). */
const UNKNOWN_OPERATION_BODY = '<UnknownOperationException/>\n';

export function createHandler(options: HandlerOptions): Handler {
  return async (request, response) => {
    const requestId = randomUUID();
    try {
      await answer(options, request, response, requestId);
    } catch (error) {
      // A client that hung up is nobody's fault, and there is nobody to answer.
      if (response.destroyed || (request.destroyed && !request.complete)) return;
      if (!(error instanceof ApiError)) options.onFault(error);
      if (response.headersSent) return void response.destroy();
      const { status, headers, body } = renderApiError(error, requestId);
      response.writeHead(status, headers).end(body);
    }
  };
}

async function answer(options: HandlerOptions, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  const { services, operations, bodies } = options;
  const { rawPath, query } = splitTarget(request.url ?? '/');
  const method = request.method ?? '';
  if (rawPath.startsWith(DOWNLOAD_PATH_PREFIX) && method === 'GET') {
    const digest = services.links.open(rawPath.slice(DOWNLOAD_PATH_PREFIX.length), query);
    return await sendCode(services.codeStore.zipPath(digest), response, requestId);
  }
  const matched = route(method, rawPath, query);
  if (matched === undefined) return sendUnknown(response, requestId);
  const operation = operations.get(matched.operation);
  if (operation === undefined) throw notImplemented(matched.operation);

  const origin = originOf(request);
  const run = (body: StructureReader) => operation.run(services, { labels: matched.labels, query, body, origin });
  const reply = operation.readsBody
    ? await bodies.withBody(request, matched.operation, (body) => run(StructureReader.parse(body)))
    : await run(new StructureReader(new Map()));
  if (response.destroyed) return;
  const payload = reply.body === undefined ? undefined : JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'x-amzn-RequestId': requestId,
    ...(payload === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
  });
  response.end(payload);
}

function sendUnknown(response: ServerResponse, requestId: string): void {
  const headers = { 'x-amzn-RequestId': requestId, 'Content-Length': Buffer.byteLength(UNKNOWN_OPERATION_BODY) };
  response.writeHead(404, headers).end(UNKNOWN_OPERATION_BODY);
}

function notImplemented(operation: OperationName): ApiError {
  return new ApiError('NotImplementedException', `The operation ${operation} is not implemented by this platform yet`);
}
