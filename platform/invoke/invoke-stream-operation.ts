/**
 * InvokeWithResponseStream: the checks of Invoke, then an event stream. It begins with the runtime's response, so what fails before there
 * is one that runs is still an error of the API. Source: API reference, InvokeWithResponseStream.
 */
import { randomUUID } from 'node:crypto';
import { readInvokeHeaders, StreamAnswer, streamedEvent } from '../../runtime-api/index.ts';
import type { Answer, OpenAnswerStream } from '../../runtime-api/index.ts';
import { EventBudget } from './event-budget.ts';
import { answerFailure, checkCall } from './invoke-operation.ts';
import type { CheckedCall, InvokeCall, InvokeParts } from './invoke-operation.ts';
import { refusalToApiError } from './to-api-error.ts';

/** Resolves to the answer, or to undefined when the answer was the stream, which has then come to its end. Never rejects. */
export type InvokeStreamOperation = (call: InvokeCall, open: OpenAnswerStream) => Promise<Answer | undefined>;

export function invokeStreamOperation(parts: InvokeParts): InvokeStreamOperation {
  const events = parts.events ?? new EventBudget();
  return async (call, open) => {
    const requestId = randomUUID();
    try {
      const headers = readInvokeHeaders(call.headers);
      if (!('refused' in headers) && headers.invocationType === 'Event') throw refusalToApiError(streamedEvent());
      const checked = await checkCall(parts, call, requestId);
      if ('answer' in checked) return checked.answer;
      await events.run(checked.request.invocation.payload, () => stream(parts, checked, open));
      return undefined;
    } catch (error) {
      return answerFailure(parts, error, requestId);
    }
  };
}

async function stream(parts: InvokeParts, { addressed, request }: CheckedCall, open: OpenAnswerStream): Promise<void> {
  const { invocation, wantsLogTail } = request;
  const reply = new StreamAnswer({ open, requestId: invocation.requestId, executedVersion: addressed.version.version });
  const outcome = await parts.worker.invoke(addressed.version, {
    ...request,
    invocation: { ...invocation, responseMode: 'streaming' },
    stream: { begun: (beginning) => reply.begun(beginning), piece: (bytes) => reply.piece(bytes) },
  });
  const result = await outcome.answered;
  reply.end(result, wantsLogTail ? (await outcome.completed).logTail : undefined);
}
