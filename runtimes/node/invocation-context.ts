/** The `context` argument of a handler, members and their order as on Node.js 24. Source: managed-runtimes §2.6. */
import {
  CLIENT_CONTEXT_HEADER,
  COGNITO_IDENTITY_HEADER,
  DEADLINE_MS_HEADER,
  INVOKED_FUNCTION_ARN_HEADER,
  REQUEST_ID_HEADER,
  TENANT_ID_HEADER,
  TRACE_ID_HEADER,
} from '../../runtime-api/protocol/headers.ts';
import { RuntimeFault } from './errors.ts';
import type { Generation } from './generation.ts';

const REQUEST_ID = REQUEST_ID_HEADER.toLowerCase();
const DEADLINE_MS = DEADLINE_MS_HEADER.toLowerCase();
const INVOKED_FUNCTION_ARN = INVOKED_FUNCTION_ARN_HEADER.toLowerCase();
const TRACE_ID = TRACE_ID_HEADER.toLowerCase();
const CLIENT_CONTEXT = CLIENT_CONTEXT_HEADER.toLowerCase();
const COGNITO_IDENTITY = COGNITO_IDENTITY_HEADER.toLowerCase();
const TENANT_ID = TENANT_ID_HEADER.toLowerCase();

export type FunctionIdentity = {
  functionName: string | undefined;
  functionVersion: string | undefined;
  memoryLimitInMB: string | undefined;
  logGroupName: string | undefined;
  logStreamName: string | undefined;
};

export type InvocationContext = FunctionIdentity & {
  clientContext: unknown;
  identity: unknown;
  invokedFunctionArn: string | undefined;
  awsRequestId: string;
  tenantId: string | undefined;
  /** Empty when the platform sent none. */
  xRayTraceId: string;
  /** Negative when the deadline has passed. */
  getRemainingTimeInMillis(): number;
};

export function readFunctionIdentity(environment: NodeJS.ProcessEnv): FunctionIdentity {
  return {
    functionName: environment['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
  };
}

export function requestIdOf(headers: ReadonlyMap<string, string>): string {
  const requestId = headers.get(REQUEST_ID);
  if (requestId === undefined || requestId === '') throw new RuntimeFault('Runtime.PlatformError', `the Runtime API sent no ${REQUEST_ID_HEADER}`);
  return requestId;
}

/** Empty when the platform sent none. */
export function traceIdOf(headers: ReadonlyMap<string, string>): string {
  return headers.get(TRACE_ID) ?? '';
}

export function createInvocationContext(headers: ReadonlyMap<string, string>, identity: FunctionIdentity, generation: Generation): InvocationContext {
  const requestId = requestIdOf(headers);
  const deadlineEpochMs = Number(headers.get(DEADLINE_MS) ?? 'NaN');
  return {
    clientContext: parseHeaderJson(headers, CLIENT_CONTEXT, generation),
    identity: parseHeaderJson(headers, COGNITO_IDENTITY, generation),
    invokedFunctionArn: headers.get(INVOKED_FUNCTION_ARN),
    awsRequestId: requestId,
    tenantId: headers.get(TENANT_ID),
    xRayTraceId: traceIdOf(headers),
    getRemainingTimeInMillis: () => deadlineEpochMs - Date.now(),
    ...identity,
  };
}

function parseHeaderJson(headers: ReadonlyMap<string, string>, name: string, generation: Generation): unknown {
  const text = headers.get(name);
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    // The generation with callbacks answers this invocation with it, the other one ends.
    if (generation === 'callbacks') throw new Error(`Cannot parse ${name === CLIENT_CONTEXT ? 'ClientContext' : 'CognitoIdentity'} as json: ${String(error)}`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new RuntimeFault('Runtime.PlatformError', `Failed to parse ${name} as JSON: ${reason}`);
  }
}
