/** The Invoke operation, from a received request to its answer, whichever reader received it. Source: API reference, Invoke. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { answer, checkEvent, dryRunPassed, freshTraceId, invokeAnswer, readInvokeHeaders, tooLargeEvent } from '../../runtime-api/index.ts';
import type { Answer } from '../../runtime-api/index.ts';
import { ApiError, renderApiError } from '../api/index.ts';
import type { Worker } from '../worker/index.ts';
import type { AddressedFunction, FunctionLookup } from './function-lookup.ts';
import { refusalToApiError, toApiError } from './to-api-error.ts';

export type InvokeCall = {
  reference: string;
  qualifier: string | undefined;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
  /** Larger than `body` when the event was over the limit and thrown away. */
  bodyBytes: number;
};

export type InvokeParts = {
  clock: Clock;
  lookup: FunctionLookup;
  worker: Pick<Worker, 'invoke'>;
  /** Told about every error that is not the caller's, with everything we know. */
  onFault(error: unknown, requestId: string): void;
};

export type InvokeOperation = (call: InvokeCall) => Promise<Answer>;

/** A tracing header is some 100 characters, with room for the pairs that callers add; a longer one is none. */
const TRACE_ID_CHARACTERS_MAX = 1_024;

/** Of all events that run or wait. Above: 429, as for too many at a time; nothing of ours should grow with what callers send. */
const EVENTS_BYTES_MAX = 536_870_912;

/** Never rejects: every failure has an answer. */
export function invokeOperation(parts: InvokeParts): InvokeOperation {
  const events = { bytes: 0 };
  return async (call) => {
    const requestId = randomUUID();
    try {
      return await invoke({ ...parts, events }, call, requestId);
    } catch (error) {
      const apiError = toApiError(error);
      if (apiError.fault === 'platform') parts.onFault(error, requestId);
      return errorAnswer(apiError, requestId);
    }
  };
}

type Parts = InvokeParts & { events: { bytes: number } };

async function invoke(parts: Parts, call: InvokeCall, requestId: string): Promise<Answer> {
  const headers = readInvokeHeaders(call.headers);
  if ('refused' in headers) throw refusalToApiError(headers);
  const addressed = await parts.lookup.find(call.reference, call.qualifier);
  if (call.bodyBytes > call.body.length) throw refusalToApiError(tooLargeEvent(call.bodyBytes));
  const payload = checkEvent(call.body);
  if ('refused' in payload) throw refusalToApiError(payload);
  if (headers.invocationType === 'DryRun') return dryRunPassed(requestId);
  if (headers.invocationType === 'Event') {
    // Accepting an event is a promise to keep it; without a durable queue that would be a lie.
    throw new ApiError('NotImplementedException', 'The Event invocation type is not implemented; use RequestResponse');
  }
  return run(parts, addressed, {
    invocation: {
      requestId,
      functionArn: addressed.functionArn,
      payload,
      traceId: traceIdOf(headers.traceId) ?? freshTraceId(parts.clock.nowEpochMs()),
      clientContext: headers.clientContext,
      tenantId: headers.tenantId,
    },
    wantsLogTail: headers.wantsLogTail,
  });
}

function traceIdOf(header: string | undefined): string | undefined {
  return header === undefined || header === '' || header.length > TRACE_ID_CHARACTERS_MAX ? undefined : header;
}

/** With the log tail the answer waits for the REPORT line; without, it leaves as soon as the runtime has replied. */
async function run({ worker, events }: Parts, addressed: AddressedFunction, request: Parameters<Worker['invoke']>[1]): Promise<Answer> {
  const bytes = request.invocation.payload.length;
  if (events.bytes + bytes > EVENTS_BYTES_MAX) {
    throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', { reason: 'ConcurrentInvocationLimitExceeded' });
  }
  events.bytes += bytes;
  try {
    const outcome = await worker.invoke(addressed.version, request);
    const result = await outcome.answered;
    const logTail = request.wantsLogTail ? (await outcome.completed).logTail : undefined;
    return invokeAnswer({ result, executedVersion: addressed.version.version, logTail });
  } finally {
    events.bytes -= bytes;
  }
}

function errorAnswer(error: ApiError, requestId: string): Answer {
  const rendered = renderApiError(error, requestId);
  const lines = Object.entries(rendered.headers)
    .filter(([name]) => name !== 'Content-Length')
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return answer(rendered.status, lines, rendered.body);
}
