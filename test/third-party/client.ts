/** The five vendor's clients as the tests start them: each with a function that understands the same few words. */
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { withEmulator } from '../support/emulated.ts';
import type { Emulated, EmulatedOptions } from '../support/emulated.ts';
import type { RawAnswer } from '../support/raw-peer.ts';
import { openProgram } from './build/open-program.ts';
import type { ProgramName } from './build/programs.ts';

export type Client = {
  name: ProgramName;
  /** The runtime's command line. Where it takes a handler, that is the last word. */
  command(folder: string, handler: string): readonly string[];
  variables?(folder: string): Readonly<Record<string, string>>;
  handler: string;
  /** The error that the function's `fail` becomes. */
  errorType: string;
  /** Its members beside `errorType` and `errorMessage`. */
  errorMembers: readonly string[];
};

export const NODE: Client = {
  name: 'node',
  command: (folder, handler) => [process.execPath, join(folder, 'node_modules', 'aws-lambda-ric', 'index.mjs'), handler],
  handler: 'function.handler',
  errorType: 'RangeError',
  errorMembers: ['trace'],
};

export const PYTHON: Client = {
  name: 'python',
  command: (_folder, handler) => ['python3', '-m', 'awslambdaric', handler],
  variables: (folder) => ({ PYTHONPATH: join(folder, 'site'), PYTHONDONTWRITEBYTECODE: '1' }),
  handler: 'function.handler',
  errorType: 'OutOfReach',
  errorMembers: ['requestId', 'stackTrace'],
};

/** The client's own option for where its native part is. */
const JAVA_NATIVE = 'com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI';
const JAVA_ARCHITECTURE = process.arch === 'arm64' ? 'aarch_64' : 'x86_64';

export const JAVA: Client = {
  name: 'java',
  command: (folder, handler) => ['java', `-D${JAVA_NATIVE}=${join(folder, 'jni', `libaws-lambda-jni.linux-${JAVA_ARCHITECTURE}.so`)}`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', `${join(folder, 'lib', '*')}:${join(folder, 'classes')}`, 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda', handler],
  handler: 'Function::handleRequest',
  errorType: 'Function$OutOfReach',
  errorMembers: ['stackTrace'],
};

export const GO: Client = {
  name: 'go',
  command: (folder) => [join(folder, 'function')],
  handler: '',
  errorType: 'outOfReach',
  errorMembers: [],
};

export const RUST: Client = {
  name: 'rust',
  command: (folder) => [join(folder, 'function')],
  handler: '',
  errorType: 'OutOfReach',
  errorMembers: [],
};

/** Why the client's tests cannot run here; otherwise the folder with what was built. */
export async function openClient(client: Client): Promise<{ folder: string } | { folder: undefined; reason: string }> {
  const opened = await openProgram(client.name);
  return opened.folder === undefined ? { folder: undefined, reason: `the ${client.name} client cannot be had: ${opened.reason}` } : { folder: opened.folder };
}

export type ClientOptions = EmulatedOptions & { handler?: string; variables?: Readonly<Record<string, string>> };

export type Calling = Emulated & {
  /** The event's answer, which must be a success. */
  call(event: object): Promise<unknown>;
  /** The error that the event leads to, without the request id in its message. */
  fail(event: object): Promise<Record<string, unknown>>;
};

/** An emulator in whose environment the client runs. */
export function withClient<Result>(client: Client, folder: string, options: ClientOptions, use: (calling: Calling) => Promise<Result>): Promise<Result> {
  const { handler = client.handler, variables = {}, ...rest } = options;
  const given = { command: client.command(folder, handler), workingDirectory: folder, variables: { ...client.variables?.(folder), ...variables } };
  return withEmulator({ ...rest, ...given }, async (emulated) => use(describe(emulated)));
}

function describe(emulated: Emulated): Calling {
  const invoke = (event: object): Promise<RawAnswer> => emulated.invoke(JSON.stringify(event));
  return {
    ...emulated,
    async call(event) {
      const reply = await invoke(event);
      const text = reply.body.toString();
      assert.equal([reply.status, reply.headers.get('x-amz-function-error')], [200, undefined], `${text.slice(0, 500)}\n${emulated.log()}`);
      return JSON.parse(text);
    },
    async fail(event) {
      const reply = await invoke(event);
      assert.equal([reply.status, reply.headers.get('x-amz-function-error')], [200, 'Unhandled'], `${reply.body.toString().slice(0, 500)}\n${emulated.log()}`);
      const requestId = reply.headers.get('x-amzn-requestid') ?? 'none';
      return JSON.parse(reply.body.toString().replaceAll(requestId, 'ID'));
    },
  };
}
