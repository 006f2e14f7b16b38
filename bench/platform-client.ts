/** A whole platform under measurement, spoken to through the public Lambda API alone, as any client would. */
import { readdir, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import yazl from 'yazl';
import { z } from 'zod';
import { benchError } from './errors.ts';
import { pickPorts, startProcess, waitUntilListening } from './processes.ts';
import { REPOSITORY_FOLDER } from './repository-folder.ts';
import { expandArgv, PLATFORM_ARGV } from './subjects.ts';

/** It may have blank environments to start first. */
const START_LIMIT_MS = 90_000;
const STOP_GRACE_MS = 15_000;
const ACTIVE_LIMIT_MS = 30_000;
const ANSWER_LIMIT_MS = 30_000;
const FUNCTIONS_PATH = '/2015-03-31/functions';
const CONFIGURATION = z.object({ State: z.string().optional() });

export type PlatformFunction = { name: string; runtime: string; handler: string; code: Buffer };

export type Platform = {
  readonly pid: number;
  /** Returns when the function is active. */
  createFunction(wanted: PlatformFunction): Promise<void>;
  /** Milliseconds from writing the request to the whole answer; throws unless the function succeeded. */
  invoke(name: string, event: string): Promise<number>;
  deleteFunction(name: string): Promise<void>;
  stop(): Promise<void>;
};

export async function startPlatform(command: readonly string[] = PLATFORM_ARGV): Promise<Platform> {
  const [port = 0] = await pickPorts(1);
  const argv = expandArgv(command, { node: process.execPath, repository: REPOSITORY_FOLDER, 'front-port': String(port) });
  const started = startProcess(argv, {}, STOP_GRACE_MS);
  // One kept connection: opening it is no part of a cold start.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = (method: string, path: string, body?: string): Promise<Answer> => callApi({ agent, port, method, path, body });
  const stop = async (): Promise<void> => {
    agent.destroy();
    await started.stop();
  };
  try {
    await waitUntilListening(started, port, START_LIMIT_MS);
    expectStatus(await call('GET', `${FUNCTIONS_PATH}/`), 200, 'ListFunctions');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: started.pid,
    async createFunction({ name, runtime, handler, code }) {
      const body = { FunctionName: name, Runtime: runtime, Handler: handler, Role: 'arn:aws:iam::000000000000:role/bench', Timeout: 30, Code: { ZipFile: code.toString('base64') } };
      expectStatus(await call('POST', FUNCTIONS_PATH, JSON.stringify(body)), 201, 'CreateFunction');
      for (const until = performance.now() + ACTIVE_LIMIT_MS; ; await sleep(20)) {
        const answer = expectStatus(await call('GET', `${FUNCTIONS_PATH}/${name}/configuration`), 200, 'GetFunctionConfiguration');
        const { State: state = 'Active' } = CONFIGURATION.parse(JSON.parse(answer.body));
        if (state === 'Active') return;
        if (state === 'Failed' || performance.now() > until) throw benchError('bench/not-ready', `the function ${name} is ${state} and not active`);
      }
    },
    async invoke(name, event) {
      const fromMs = performance.now();
      const answer = await call('POST', `${FUNCTIONS_PATH}/${name}/invocations`, event);
      const elapsedMs = performance.now() - fromMs;
      expectStatus(answer, 200, 'Invoke');
      if (answer.functionError !== undefined) throw benchError('bench/load-failed', `the function ${name} failed: ${answer.body.slice(0, 300)}`);
      return elapsedMs;
    },
    async deleteFunction(name) {
      expectStatus(await call('DELETE', `${FUNCTIONS_PATH}/${name}`), 204, 'DeleteFunction');
    },
    stop,
  };
}

/** A zip of the files in one folder, not of the folders in it. */
export async function zipFolder(folder: string): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const name of (await readdir(folder)).toSorted()) zip.addBuffer(await readFile(join(folder, name)), name, { mtime: new Date(0), mode: 0o100644 });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

type Answer = { status: number; body: string; functionError: string | undefined };

function expectStatus(answer: Answer, status: number, operation: string): Answer {
  // DeleteFunction's success has had two spellings.
  if (answer.status === status || (status === 204 && answer.status === 200)) return answer;
  throw benchError('bench/not-ready', `${operation} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
}

function callApi(options: { agent: Agent; port: number; method: string; path: string; body: string | undefined }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = options.body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(options.body) };
    const sent = request({ host: '127.0.0.1', port: options.port, agent: options.agent, method: options.method, path: options.path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const functionError = response.headers['x-amz-function-error'];
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), functionError: typeof functionError === 'string' ? functionError : undefined });
      });
    });
    sent.setTimeout(ANSWER_LIMIT_MS, () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(options.body);
  });
}
