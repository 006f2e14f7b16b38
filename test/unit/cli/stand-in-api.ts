/** A small real HTTP server where a test says what the Lambda API answers. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type SeenRequest = { method: string; path: string; headers: IncomingMessage['headers']; body: Buffer };
export type StandInAnswer = { status: number; headers?: Record<string, string>; json?: unknown; body?: string | Buffer };
export type StandInApi = { endpoint: string; seen: SeenRequest[]; [Symbol.asyncDispose](): Promise<void> };

export async function startStandInApi(answer: (request: SeenRequest, response: ServerResponse) => StandInAnswer | undefined): Promise<StandInApi> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const seenRequest = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: await buffer(request) };
    seen.push(seenRequest);
    const made = answer(seenRequest, response);
    // Nothing: the test has dealt with the response itself.
    if (made === undefined) return;
    const body = made.body ?? (made.json === undefined ? '' : JSON.stringify(made.json));
    response.writeHead(made.status, { 'content-type': 'application/json', ...made.headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${isAddress(address) ? address.port : 0}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An address at which nothing listens: it was free a moment ago, and port 0 is never given out twice in a row. */
export async function closedEndpoint(): Promise<string> {
  const api = await startStandInApi(() => ({ status: 500 }));
  await api[Symbol.asyncDispose]();
  return api.endpoint;
}

export function configuration(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    FunctionName: name,
    FunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::000000000000:role/rik',
    Timeout: 3,
    MemorySize: 128,
    CodeSize: 215,
    CodeSha256: 'q1w2',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    Version: '$LATEST',
    LastModified: '2026-01-01T00:00:00.000+0000',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    ...more,
  };
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
