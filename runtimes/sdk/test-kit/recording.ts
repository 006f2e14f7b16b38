/**
 * Records invocations as lines of JSON and plays them again against another version of the handler. Recordings hold events
 * as they came: `redact` what must not lie in a file.
 */
import { appendFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { toErrorBody } from '../errors.ts';
import type { Runnable } from '../handlers/as-service.ts';
import type { Interceptor } from '../interceptor.ts';
import type { Reply } from '../service.ts';
import { call } from './call.ts';
import { fakeContext } from './fake-context.ts';

export type Recording = {
  requestId: string;
  functionArn: string;
  tenantId?: string | undefined;
  /** The event; bytes that are no JSON are in `eventBase64`. */
  event?: unknown;
  eventBase64?: string;
  outcome: { kind: 'response'; text: string } | { kind: 'error'; errorType: string; errorMessage: string };
};

export type RecordOptions = {
  /** Changes an event before it is written. */
  redact?: (event: unknown) => unknown;
};

/** An interceptor that appends to a file; put it first, so that it sees what the platform sees. */
export function recordTo(file: string, options: RecordOptions = {}): Interceptor {
  return {
    async invoke(invocation, next) {
      const { awsRequestId, invokedFunctionArn, tenantId } = invocation.context;
      const write = (outcome: Recording['outcome']): void => {
        const recording: Recording = { requestId: awsRequestId, functionArn: invokedFunctionArn, tenantId, ...eventFields(invocation.payload, options), outcome };
        appendFileSync(file, `${JSON.stringify(recording)}\n`);
      };
      try {
        const reply = await next(invocation);
        if (reply.kind === 'stream') return recordStream(reply, write);
        write({ kind: 'response', text: reply.kind === 'json' ? JSON.stringify(reply.value ?? null) : Buffer.from(reply.body).toString('utf8') });
        return reply;
      } catch (error) {
        write(errorOutcome(error));
        throw error;
      }
    },
  };
}

function recordStream(reply: Extract<Reply, { kind: 'stream' }>, write: (outcome: Recording['outcome']) => void): Reply {
  return {
    ...reply,
    async produce(writer) {
      const texts: string[] = [];
      const recorded = async (chunk: unknown): Promise<void> => {
        texts.push(typeof chunk === 'string' ? chunk : ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('utf8') : JSON.stringify(chunk));
        await writer.write(chunk);
      };
      try {
        await reply.produce({ ...writer, write: recorded, writable: () => new WritableStream({ write: recorded }) });
      } catch (error) {
        write(errorOutcome(error));
        throw error;
      }
      write({ kind: 'response', text: texts.join('') });
    },
  };
}

function eventFields(payload: Uint8Array, { redact = (event) => event }: RecordOptions): Pick<Recording, 'event' | 'eventBase64'> {
  const bytes = Buffer.from(payload);
  try {
    return { event: redact(JSON.parse(bytes.toString('utf8'))) };
  } catch {
    return { eventBase64: bytes.toString('base64') };
  }
}

function errorOutcome(error: unknown): Recording['outcome'] {
  const { errorType, errorMessage } = toErrorBody(error);
  return { kind: 'error', errorType, errorMessage };
}

export type Replayed = { recording: Recording; outcome: Recording['outcome']; isSame: boolean };

/** Lines of a file that `recordTo` wrote. Throws with the number of a line that is none. */
export function parseRecordings(text: string): Recording[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      const parsed: Recording = JSON.parse(line);
      if (typeof parsed.requestId !== 'string' || typeof parsed.outcome !== 'object') throw new TypeError('it has no requestId or no outcome');
      return [parsed];
    } catch (cause) {
      throw new TypeError(`line ${index + 1} is no recording: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  });
}

/** One after the other, in the recorded order. JSON is compared by its meaning, a streamed HTTP response by its body. */
export async function replay<Event = unknown, Result = unknown>(recordings: readonly Recording[], runnable: Runnable<Event, Result>): Promise<Replayed[]> {
  const results: Replayed[] = [];
  for (const recording of recordings) {
    const event = recording.eventBase64 === undefined ? recording.event : new Uint8Array(Buffer.from(recording.eventBase64, 'base64'));
    const context = fakeContext({ awsRequestId: recording.requestId, invokedFunctionArn: recording.functionArn, tenantId: recording.tenantId });
    const answer = await call(runnable, event, { context });
    const text = answer.isStreamed && answer.contentType.includes('http-integration-response') ? Buffer.from(answer.http().body).toString('utf8') : answer.text();
    const outcome: Recording['outcome'] = answer.error === undefined ? { kind: 'response', text } : errorOutcomeOf(answer.error.body);
    results.push({ recording, outcome, isSame: isDeepStrictEqual(comparable(recording.outcome), comparable(outcome)) });
  }
  return results;
}

function errorOutcomeOf(body: unknown): Recording['outcome'] {
  const fields = typeof body === 'object' && body !== null ? body : {};
  return { kind: 'error', errorType: String(Reflect.get(fields, 'errorType')), errorMessage: String(Reflect.get(fields, 'errorMessage')) };
}

function comparable(outcome: Recording['outcome']): unknown {
  if (outcome.kind === 'error') return outcome;
  try {
    return { kind: outcome.kind, value: JSON.parse(outcome.text) };
  } catch {
    return outcome;
  }
}
