/** A control plane on a real socket, with a state folder of its own, and what the tests of this folder send to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import yazl from 'yazl';
import { systemClock, type Clock } from '../../../foundation/clock.ts';
import { openControlPlane, type ControlPlane, type ControlPlaneOptions } from '../../../platform/control-plane/index.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/function-role';
export const REGION = 'us-east-1';
export const ARN = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;
export const RUNTIME_VERSION_ARN = `arn:aws:lambda:${REGION}::runtime:${'ab'.repeat(32)}`;

export type Running = {
  plane: ControlPlane;
  origin: string;
  stateDir: string;
  /** Unqualified ARNs, in the order in which they were announced. */
  changes: string[];
  faults: unknown[];
  client: LambdaClient;
  /** Stops serving and frees the state folder, which stays. */
  stop(): Promise<void>;
  /** The same, and the state folder goes. */
  close(): Promise<void>;
};

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'rik-control-plane-'));
}

export async function startControlPlane(options: Partial<ControlPlaneOptions> & { clock?: Clock } = {}): Promise<Running> {
  const stateDir = options.stateDir ?? (await temporaryFolder());
  const changes: string[] = [];
  const faults: unknown[] = [];
  const plane = openControlPlane({
    region: REGION,
    accountId: '000000000000',
    clock: systemClock,
    runtimeVersions: async (runtime) => (runtime === 'nodejs24.x' ? { arn: RUNTIME_VERSION_ARN } : undefined),
    onFunctionChanged: (arn) => changes.push(arn),
    onFault: (error) => faults.push(error),
    ...options,
    stateDir,
  });
  const server = createServer((request, response) => void plane.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${portOf(server.address())}`;
  const client = new LambdaClient({
    endpoint: origin,
    region: REGION,
    credentials: { accessKeyId: 'dummy', secretAccessKey: 'dummy' },
    maxAttempts: 1,
  });
  const stop = async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await plane.close();
  };
  const close = async () => {
    await stop();
    await rm(stateDir, { recursive: true, force: true });
  };
  return { plane, origin, stateDir, changes, faults, client, stop, close };
}

/** Runs `body` against a fresh control plane and always cleans up. */
export async function withControlPlane(
  body: (running: Running) => Promise<void>,
  options: Partial<ControlPlaneOptions> = {},
): Promise<void> {
  const running = await startControlPlane(options);
  try {
    await body(running);
  } finally {
    await running.close();
  }
}

export type Answer = { status: number; headers: Headers; text: string; json: Record<string, unknown> };

export async function call(origin: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(origin + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: objectOf(text) };
}

/** The members of a request to create a function that is right in every respect. */
export async function createRequest(name: string, change: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const zip = await zipOf({ 'index.mjs': `export const handler = () => '${name}';` });
  return {
    FunctionName: name,
    Role: ROLE,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: zip.toString('base64') },
    ...change,
  };
}

export const FUNCTIONS = '/2015-03-31/functions';

export async function create(origin: string, name: string, change: Record<string, unknown> = {}): Promise<Answer> {
  return call(origin, 'POST', FUNCTIONS, await createRequest(name, change));
}

/** Waits for a state by asking, as clients do; the number of questions is limited, not the time. */
export async function until(origin: string, name: string, fits: (configuration: Record<string, unknown>) => boolean) {
  for (let asked = 0; asked < 500; asked += 1) {
    const { json } = await call(origin, 'GET', `${FUNCTIONS}/${name}/configuration`);
    if (fits(json)) return json;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${name} did not reach the state waited for`);
}

export function untilReady(origin: string, name: string) {
  return until(origin, name, (shown) => shown['State'] === 'Active' && shown['LastUpdateStatus'] === 'Successful');
}

export async function zipOf(files: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, { mtime: new Date(0) });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function objectOf(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server does not listen on a port');
  return address.port;
}
