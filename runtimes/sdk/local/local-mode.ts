/** Where no Runtime API is: the runtime gets a small one of its own, and a front door or one event to work on. */
import { readFile } from 'node:fs/promises';
import type { Environment } from '../context.ts';
import { LambdaError } from '../errors.ts';
import type { Service } from '../service.ts';
import { openFrontDoor } from './front-door.ts';
import { LOCAL_PORT, LOCAL_TIMEOUT_MS, type LocalOptions } from './options.ts';
import { startLocalRuntimeApi, type LocalRuntimeApi } from './runtime-api.ts';

export type LocalMode = {
  address: string;
  /** The given one, and what a function finds on Lambda. */
  environment: Environment;
  /** Called when the runtime is about to ask for its first invocation. */
  onReady(service: Service): void;
};

const FUNCTION_ENVIRONMENT = {
  AWS_LAMBDA_FUNCTION_NAME: 'local',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/local',
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
};

export async function openLocalMode(given: LocalOptions, environment: Environment): Promise<LocalMode> {
  const options = readOptions(given, environment, process.argv.slice(2));
  const api = await startLocalRuntimeApi();
  return {
    address: api.address,
    environment: { ...FUNCTION_ENVIRONMENT, ...environment },
    onReady: (service) => {
      const started = options.event === undefined ? serve(api, service, options) : invokeOnce(api, options.event, options.timeoutMs);
      started.catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      });
    },
  };
}

type ReadOptions = { port: number; event: string | undefined; timeoutMs: number };

export function readOptions(given: LocalOptions, environment: Environment, words: readonly string[]): ReadOptions {
  const word = (flag: string): string | undefined => (words.includes(flag) ? (words[words.indexOf(flag) + 1] ?? '') : undefined);
  const portText = word('--port') ?? environment['RIK_LOCAL_PORT'] ?? String(given.port ?? LOCAL_PORT);
  const port = Number(portText);
  if (!/^[0-9]{1,5}$/.test(portText) || port > 65_535) throw new LambdaError('Runtime.LocalPort', `the port of the local mode is ${JSON.stringify(portText)}, which is no number up to 65535`);
  const event = word('--event') ?? environment['RIK_LOCAL_EVENT'] ?? given.event;
  return { port, event, timeoutMs: given.timeoutMs ?? LOCAL_TIMEOUT_MS };
}

async function serve(api: LocalRuntimeApi, { accepts }: Service, { port, timeoutMs }: ReadOptions): Promise<void> {
  const address = await openFrontDoor({ api, accepts, port, timeoutMs });
  const example = accepts === 'http' ? `curl http://${address}/` : `curl -d '{}' http://${address}/`;
  process.stderr.write(`AWS_LAMBDA_RUNTIME_API is not set: running locally on http://${address}\ntry: ${example}\n`);
}

/** The result goes to standard output, an error makes the exit code 1. */
async function invokeOnce(api: LocalRuntimeApi, file: string, timeoutMs: number): Promise<void> {
  const payload = file === '-' ? await readStandardInput() : await readFile(file);
  const answer = await api.invoke(payload, { timeoutMs });
  const shown = answer.isStreamed && answer.error !== undefined ? Buffer.from(JSON.stringify(answer.error.body)) : Buffer.from(answer.body);
  await new Promise<void>((resolve) => process.stdout.write(Buffer.concat([shown, Buffer.from('\n')]), () => resolve()));
  process.exit(answer.kind === 'response' ? 0 : 1);
}

async function readStandardInput(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
