/**
 * A small Runtime API on `node:http`, with an HTTP reading of its own, for tests of what runs inside an environment. It
 * hands out the invocations it was given, holds further `next` calls open, and keeps every report.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type OfferedInvocation = {
  event: string | Buffer;
  requestId?: string;
  /** Added to, or in place of, the usual ones; undefined leaves one out. */
  headers?: Record<string, string | undefined>;
  /** Of the answer to `next`; default 200. */
  status?: number;
  /** Sends the event in chunks without a Content-Length, as Go servers do above 2 KiB. */
  isChunked?: boolean;
};

export type Report = {
  kind: 'response' | 'error' | 'init-error' | 'restore-error';
  /** Empty for errors of the initialisation and the restore. */
  requestId: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  trailers: IncomingHttpHeaders;
};

export type FakeRuntimeApi = {
  /** For AWS_LAMBDA_RUNTIME_API. */
  address: string;
  reports: Report[];
  /** How often `next` was called. */
  nextCount: number;
  /** How often the runtime waited for the restore, which is over at once. */
  restoreCount: number;
  /** User-Agent of the last `next`. */
  userAgent: string | undefined;
  /** Connections accepted so far. */
  connectionCount: number;
  /** Status of the answers to reports; default 202. */
  reportStatus: number;
  /** Closes the connection after each answer. */
  closesConnections: boolean;
  offer(invocation: OfferedInvocation): void;
  /** Settles when that many reports are there. */
  waitForReports(count: number): Promise<Report[]>;
  close(): Promise<void>;
};

const USUAL_DEADLINE_MS = 60_000;

export async function startFakeRuntimeApi(): Promise<FakeRuntimeApi> {
  const offered: OfferedInvocation[] = [];
  const waiting: ServerResponse[] = [];
  const listeners = new Set<() => void>();
  let issued = 0;

  const server: Server = createServer({ maxHeaderSize: 2_097_152, keepAliveTimeout: 0 }, (request, response) => {
    void answer(request, response);
  });
  server.on('connection', (socket) => {
    api.connectionCount += 1;
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
    } catch {
      return; // The peer died in the middle of its report.
    }
    if (api.closesConnections) response.setHeader('Connection', 'close');
    if (path === '/2018-06-01/runtime/invocation/next') {
      api.nextCount += 1;
      api.userAgent = request.headers['user-agent'];
      waiting.push(response);
      handOut();
      return;
    }
    if (path === '/2018-06-01/runtime/restore/next') {
      api.restoreCount += 1;
      response.writeHead(200).end();
      return;
    }
    const report = /^\/2018-06-01\/runtime\/(?:invocation\/([^/]+)\/(response|error)|(init|restore)\/error)$/.exec(path);
    if (report === null || request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    const kind = report[3] === 'init' ? 'init-error' : report[3] === 'restore' ? 'restore-error' : report[2] === 'error' ? 'error' : 'response';
    api.reports.push({ kind, requestId: decodeURIComponent(report[1] ?? ''), headers: request.headers, body: Buffer.concat(chunks), trailers: request.trailers });
    response.writeHead(api.reportStatus, { 'Content-Type': 'application/json' }).end('{"status":"OK"}\n');
    for (const listener of listeners) listener();
  };

  const handOut = (): void => {
    while (offered.length > 0 && waiting.length > 0) {
      const invocation = offered.shift();
      const response = waiting.shift();
      if (invocation === undefined || response === undefined) return;
      issued += 1;
      writeInvocation(invocation, response, `r${issued}`);
    }
  };

  const api: FakeRuntimeApi = {
    address: addressOf(server),
    reports: [],
    nextCount: 0,
    restoreCount: 0,
    userAgent: undefined,
    connectionCount: 0,
    reportStatus: 202,
    closesConnections: false,
    offer(invocation) {
      offered.push(invocation);
      handOut();
    },
    waitForReports(count) {
      return new Promise((resolve) => {
        const check = (): void => {
          if (api.reports.length < count) return;
          listeners.delete(check);
          resolve(api.reports);
        };
        listeners.add(check);
        check();
      });
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return api;
}

function writeInvocation(invocation: OfferedInvocation, response: ServerResponse, requestId: string): void {
  const usual: Record<string, string | undefined> = {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': invocation.requestId ?? requestId,
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + USUAL_DEADLINE_MS),
    'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:000000000000:function:f',
    ...invocation.headers,
  };
  for (const [name, value] of Object.entries(usual)) if (value !== undefined) response.setHeader(name, value);
  response.statusCode = invocation.status ?? 200;
  if (invocation.isChunked === true) response.write(invocation.event.slice(0, 1));
  response.end(invocation.isChunked === true ? invocation.event.slice(1) : invocation.event);
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake Runtime API has no port');
  return `127.0.0.1:${address.port}`;
}
