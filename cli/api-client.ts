/**
 * A client of the Lambda API as far as the verbs need it (paths: model of the Lambda API, 2015-03-31). It signs
 * nothing: in development mode the platform listens on loopback only and asks for no signature.
 */

import { Agent, request, type Dispatcher } from 'undici';
import { toRejection, toTransportError } from './api-errors.ts';
import { cliError } from './errors.ts';
import { isRecord, parseFunctionConfiguration, textOf, type FunctionConfiguration } from './function-configuration.ts';

export type FunctionChanges = {
  Runtime?: string;
  Handler?: string;
  Role?: string;
  Description?: string;
  Timeout?: number;
  MemorySize?: number;
  EphemeralStorage?: { Size: number };
  Environment?: { Variables: Record<string, string> };
};
export type NewFunction = FunctionChanges & { FunctionName: string; Role: string; Code: { ZipFile: string }; Architectures?: string[] };
export type NewCode = { ZipFile: string; Architectures?: string[] };

export type InvokeRequest = { functionName: string; payload: Uint8Array; withLogTail?: boolean; qualifier?: string; invocationType?: 'RequestResponse' | 'Event' | 'DryRun' };
export type InvokeAnswer = {
  statusCode: number;
  payload: Buffer;
  /** `Unhandled` or `Handled` when the function failed; absent when it did not. */
  functionError: string | undefined;
  /** The last 4 KiB of the log, where asked for. */
  logTail: string | undefined;
  executedVersion: string | undefined;
  requestId: string | undefined;
};

export type LambdaApiClient = {
  createFunction(request: NewFunction): Promise<FunctionConfiguration>;
  updateFunctionCode(functionName: string, code: NewCode): Promise<FunctionConfiguration>;
  updateFunctionConfiguration(functionName: string, changes: FunctionChanges): Promise<FunctionConfiguration>;
  getFunctionConfiguration(functionName: string): Promise<FunctionConfiguration>;
  /** All pages. */
  listFunctions(): Promise<FunctionConfiguration[]>;
  deleteFunction(functionName: string): Promise<void>;
  invoke(request: InvokeRequest): Promise<InvokeAnswer>;
  close(): Promise<void>;
};

/** A page holds at most 50 functions with 4 KiB of variables each; an invocation's response at most 6 MiB. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** Uploading and unpacking 50 MB takes a while; nothing else does. */
const CONTROL_TIMEOUT_MS = 120_000;
/** The longest function (900 s) with its cold start. */
const INVOKE_TIMEOUT_MS = 960_000;
/** More pages than this is a server that goes round in circles. */
const PAGES_MAX = 10_000;

const FUNCTIONS_PATH = '/2015-03-31/functions';

export function connectToApi(endpoint: URL): LambdaApiClient {
  const agent = new Agent({ maxResponseSize: ANSWER_BYTES_MAX, connect: { timeout: CONNECT_TIMEOUT_MS }, bodyTimeout: CONTROL_TIMEOUT_MS });
  const base = endpoint.href.replace(/\/+$/, '');

  async function send(call: Call): Promise<Answer> {
    try {
      const { statusCode, headers, body } = await request(`${base}${call.path}`, {
        dispatcher: agent,
        method: call.method,
        headers: { 'user-agent': 'rik', ...call.headers },
        body: call.body ?? null,
        headersTimeout: call.timeoutMs ?? CONTROL_TIMEOUT_MS,
      });
      return { statusCode, header: (name) => firstOf(headers[name]), body: Buffer.from(await body.arrayBuffer()) };
    } catch (error) {
      throw toTransportError(error, base);
    }
  }

  async function sendJson(call: { method: Dispatcher.HttpMethod; path: string; json?: unknown }): Promise<unknown> {
    const body = call.json === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(call.json) };
    const answer = await send({ method: call.method, path: call.path, ...body });
    if (answer.statusCode < 200 || answer.statusCode > 299) throw toRejection({ ...answer, endpoint: base });
    return answer.statusCode === 204 ? undefined : parseJson(answer.body, base);
  }

  const sendForConfiguration = async (call: { method: Dispatcher.HttpMethod; path: string; json?: unknown }): Promise<FunctionConfiguration> =>
    parseFunctionConfiguration(await sendJson(call)) ?? failMalformed(base);

  return {
    createFunction: (json) => sendForConfiguration({ method: 'POST', path: FUNCTIONS_PATH, json }),
    updateFunctionCode: (name, json) => sendForConfiguration({ method: 'PUT', path: `${functionPath(name)}/code`, json }),
    updateFunctionConfiguration: (name, json) => sendForConfiguration({ method: 'PUT', path: `${functionPath(name)}/configuration`, json }),
    getFunctionConfiguration: (name) => sendForConfiguration({ method: 'GET', path: `${functionPath(name)}/configuration` }),
    async deleteFunction(name) {
      await sendJson({ method: 'DELETE', path: functionPath(name) });
    },
    async listFunctions() {
      const found: FunctionConfiguration[] = [];
      let marker: string | undefined;
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const query = marker === undefined ? '' : `?${new URLSearchParams({ Marker: marker })}`;
        const answer = await sendJson({ method: 'GET', path: `${FUNCTIONS_PATH}${query}` });
        if (!isRecord(answer) || !Array.isArray(answer.Functions)) return failMalformed(base);
        found.push(...answer.Functions.map((entry: unknown) => parseFunctionConfiguration(entry) ?? failMalformed(base)));
        marker = textOf(answer.NextMarker);
        if (marker === undefined || marker === '') return found;
      }
      return failMalformed(base);
    },
    async invoke(call) {
      const query = call.qualifier === undefined ? '' : `?${new URLSearchParams({ Qualifier: call.qualifier })}`;
      const answer = await send({
        method: 'POST',
        path: `${functionPath(call.functionName)}/invocations${query}`,
        headers: { 'x-amz-invocation-type': call.invocationType ?? 'RequestResponse', ...(call.withLogTail === true ? { 'x-amz-log-type': 'Tail' } : {}) },
        body: call.payload,
        timeoutMs: INVOKE_TIMEOUT_MS,
      });
      if (answer.statusCode < 200 || answer.statusCode > 299) throw toRejection({ ...answer, endpoint: base });
      const logResult = answer.header('x-amz-log-result');
      return {
        statusCode: answer.statusCode,
        payload: answer.body,
        functionError: answer.header('x-amz-function-error'),
        logTail: logResult === undefined ? undefined : Buffer.from(logResult, 'base64').toString('utf8'),
        executedVersion: answer.header('x-amz-executed-version'),
        requestId: answer.header('x-amzn-requestid'),
      };
    },
    // Open connections are of no use after the last answer, and waiting for them would keep the process.
    close: () => agent.destroy(),
  };
}

type Call = { method: Dispatcher.HttpMethod; path: string; headers?: Record<string, string>; body?: string | Uint8Array; timeoutMs?: number };
type Answer = { statusCode: number; header(name: string): string | undefined; body: Buffer };

function functionPath(functionName: string): string {
  return `${FUNCTIONS_PATH}/${encodeURIComponent(functionName)}`;
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function parseJson(body: Buffer, endpoint: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    return failMalformed(endpoint, cause);
  }
}

function failMalformed(endpoint: string, cause?: unknown): never {
  throw cliError('cli/api-failed', `the answer from ${endpoint} is not one of the Lambda API`, { cause, hint: 'check that --endpoint names rik' });
}
