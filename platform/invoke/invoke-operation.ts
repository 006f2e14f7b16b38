/** The Invoke operation, from a received request to its answer, whichever reader received it. Source: API reference, Invoke. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { answer, checkEvent, dryRunPassed, freshTraceId, invokeAnswer, readInvokeHeaders, tooLargeEvent } from '../../runtime-api/index.ts';
import type { Answer } from '../../runtime-api/index.ts';
import { ApiError, renderApiError } from '../api/index.ts';
import type { InvocationRequest, Worker } from '../worker/index.ts';
import { EventBudget } from './event-budget.ts';
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
  /** Given where several operations share one. */
  events?: EventBudget | undefined;
  /** Told about every error that is not the caller's, with everything we know. */
  onFault(error: unknown, requestId: string): void;
};

export type InvokeOperation = (call: InvokeCall) => Promise<Answer>;

/** A tracing header is some 100 characters, with room for the pairs that callers add; a longer one is none. */
const TRACE_ID_CHARACTERS_MAX = 1_024;

/** Never rejects: every failure has an answer. */
export function invokeOperation(parts: InvokeParts): InvokeOperation {
  const events = parts.events ?? new EventBudget();
  return async (call) => {
    const requestId = randomUUID();
    try {
      const checked = await checkCall(parts, call, requestId);
      return 'answer' in checked ? checked.answer : await events.run(checked.request.invocation.payload, () => run(parts, checked));
    } catch (error) {
      return answerFailure(parts, error, requestId);
    }
  };
}

export function answerFailure(parts: InvokeParts, error: unknown, requestId: string): Answer {
  const apiError = toApiError(error);
  if (apiError.fault === 'platform') parts.onFault(error, requestId);
  return errorAnswer(apiError, requestId);
}

export type CheckedCall = { addressed: AddressedFunction; request: InvocationRequest };

/** Everything that is asked before an environment is touched. Throws what `answerFailure` understands. */
export async function checkCall(parts: InvokeParts, call: InvokeCall, requestId: string): Promise<CheckedCall | { answer: Answer }> {
  const headers = readInvokeHeaders(call.headers);
  if ('refused' in headers) throw refusalToApiError(headers);
  const addressed = await parts.lookup.find(call.reference, call.qualifier);
  if (call.bodyBytes > call.body.length) throw refusalToApiError(tooLargeEvent(call.bodyBytes));
  const payload = checkEvent(call.body);
  if ('refused' in payload) throw refusalToApiError(payload);
  if (headers.invocationType === 'DryRun') return { answer: dryRunPassed(requestId) };
  if (headers.invocationType === 'Event') {
    // Accepting an event is a promise to keep it; without a durable queue that would be a lie.
    throw new ApiError('NotImplementedException', 'The Event invocation type is not implemented; use RequestResponse');
  }
  const invocation = {
    requestId,
    functionArn: addressed.functionArn,
    payload,
    traceId: traceIdOf(headers.traceId) ?? freshTraceId(parts.clock.nowEpochMs()),
    clientContext: headers.clientContext,
    tenantId: headers.tenantId,
  };
  return { addressed, request: { invocation, wantsLogTail: headers.wantsLogTail } };
}

function traceIdOf(header: string | undefined): string | undefined {
  return header === undefined || header === '' || header.length > TRACE_ID_CHARACTERS_MAX ? undefined : header;
}

/** With the log tail the answer waits for the REPORT line; without, it leaves as soon as the runtime has replied. */
async function run(parts: InvokeParts, { addressed, request }: CheckedCall): Promise<Answer> {
  const outcome = await parts.worker.invoke(addressed.version, request);
  const result = await outcome.answered;
  const logTail = request.wantsLogTail ? (await outcome.completed).logTail : undefined;
  return invokeAnswer({ result, executedVersion: addressed.version.version, logTail });
}

function errorAnswer(error: ApiError, requestId: string): Answer {
  const rendered = renderApiError(error, requestId);
  const lines = Object.entries(rendered.headers)
    .filter(([name]) => name !== 'Content-Length')
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return answer(rendered.status, lines, rendered.body);
}
