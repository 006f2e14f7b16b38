/** What a handler is told about its invocation. Everything but the request id may be missing: emulators leave headers out (runtime-api §5.1). */
import type { ClientContext, CognitoIdentity, Context } from 'aws-lambda';
import {
  CLIENT_CONTEXT_HEADER,
  COGNITO_IDENTITY_HEADER,
  DEADLINE_MS_HEADER,
  INVOKED_FUNCTION_ARN_HEADER,
  REQUEST_ID_HEADER,
  TENANT_ID_HEADER,
  TRACE_ID_HEADER,
} from '../../runtime-api/protocol/headers.ts';
import { LambdaError } from './errors.ts';
import type { Logger } from './log/logger.ts';

/** The context of the vendor's types without its completion callbacks, and what the Runtime API tells besides. */
export type InvocationContext = Omit<Context, 'callbackWaitsForEmptyEventLoop' | 'done' | 'fail' | 'succeed'> & {
  /** Milliseconds since the epoch. Infinite when the platform names none. */
  readonly deadlineEpochMs: number;
  /** Aborts shortly before the deadline, when nobody takes the response any more, and when the process is told to end. */
  readonly signal: AbortSignal;
  /** The trace header: `Root=…;Parent=…;Sampled=…`. */
  readonly traceId?: string | undefined;
  /** Writes with the request id of this invocation. */
  readonly log: Logger;
};

/** The function's own description, from the environment. */
export type FunctionIdentity = Pick<Context, 'functionName' | 'functionVersion' | 'memoryLimitInMB' | 'logGroupName' | 'logStreamName'>;

export type Environment = Readonly<Record<string, string | undefined>>;

export function readFunctionIdentity(environment: Environment): FunctionIdentity {
  return {
    functionName: environment['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'] ?? '',
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '',
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'] ?? '',
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'] ?? '',
  };
}

export type ContextSource = {
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  identity: FunctionIdentity;
  signal: () => AbortSignal;
  log: () => Logger;
};

/** Throws a `LambdaError` for a client context or an identity that is not JSON. */
export function createContext({ headers, identity, signal, log }: ContextSource): InvocationContext {
  const header = (name: string): string | undefined => headers.get(name.toLowerCase()) || undefined;
  const deadlineEpochMs = deadlineOf(headers);
  return {
    ...identity,
    awsRequestId: header(REQUEST_ID_HEADER) ?? '',
    invokedFunctionArn: header(INVOKED_FUNCTION_ARN_HEADER) ?? '',
    traceId: header(TRACE_ID_HEADER),
    tenantId: header(TENANT_ID_HEADER),
    clientContext: parseHeader<ClientContext>(header(CLIENT_CONTEXT_HEADER), CLIENT_CONTEXT_HEADER),
    identity: parseHeader<CognitoIdentity>(header(COGNITO_IDENTITY_HEADER), COGNITO_IDENTITY_HEADER),
    deadlineEpochMs,
    getRemainingTimeInMillis: () => deadlineEpochMs - Date.now(),
    // Both are made when they are first asked for.
    get signal() {
      return signal();
    },
    get log() {
      return log();
    },
  };
}

export function deadlineOf(headers: ReadonlyMap<string, string>): number {
  const text = headers.get(DEADLINE_MS_HEADER.toLowerCase()) ?? '';
  return /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

/** The platform vouches for the shape; only that it is JSON is looked at. */
function parseHeader<Shape>(text: string | undefined, name: string): Shape | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed: Shape | null = JSON.parse(text);
    return parsed ?? undefined;
  } catch (cause) {
    throw new LambdaError('Runtime.MalformedHeader', `the header ${name} is not JSON`, { cause });
  }
}
