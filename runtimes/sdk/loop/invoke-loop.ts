/**
 * One slot: takes one invocation after the other for as long as the process lives. `next` is called when the response has
 * been taken, as the AWS guide asks of custom runtimes; the managed runtimes send both in one write, which only a server
 * of ours is known to like. What is thrown out of the loop ends the process.
 */
import { REQUEST_ID_HEADER, TENANT_ID_HEADER, TRACE_ID_HEADER } from '../../../runtime-api/protocol/headers.ts';
import type { Reply as WireReply } from '../../node/reply-reader.ts';
import type { RuntimeClient } from '../../node/runtime-client.ts';
import { createContext, deadlineOf, type FunctionIdentity, type InvocationContext } from '../context.ts';
import { Deadline } from '../deadline.ts';
import { LambdaError, reportError } from '../errors.ts';
import { type Logger, loggerAbout, type LoggerOptions } from '../log/logger.ts';
import { Invocation, type Reply, type Service } from '../service.ts';
import type { CurrentInvocation } from './current-invocation.ts';
import { encodeReply, type EncodedReply } from './encode-reply.ts';
import { createWireWriter } from './response-writer.ts';
import { settledOrDrained } from './settled.ts';

export type SlotOptions = {
  client: RuntimeClient;
  service: Service;
  identity: FunctionIdentity;
  current: CurrentInvocation;
  log: Logger;
  loggerOptions: LoggerOptions;
  abortBeforeDeadlineMs: number;
  /** Several slots: failed calls are repeated or forgotten, and the trace id stays out of the process-wide variable. */
  isConcurrent: boolean;
  onError: (error: unknown, context: InvocationContext) => Promise<void>;
};

const REQUEST_ID = REQUEST_ID_HEADER.toLowerCase();
const TENANT_ID = TENANT_ID_HEADER.toLowerCase();
const TRACE_ID = TRACE_ID_HEADER.toLowerCase();

/** Of a failed `next`, only with several slots. Source: the vendor's Python client, managed-runtimes §1.7. */
const NEXT_ATTEMPTS = 5;
const NEXT_RETRY_MS = 100;

export async function runSlot(slot: SlotOptions): Promise<never> {
  let received = await nextInvocation(slot);
  for (;;) {
    if (received.status !== 200) throw new LambdaError('Runtime.NextFailed', `the Runtime API answered ${received.status} to the call for an invocation`);
    received = await serve(slot, received);
  }
}

async function nextInvocation({ client, isConcurrent }: SlotOptions): Promise<WireReply> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = await client.next();
      if (reply.status === 200 || !isConcurrent || attempt === NEXT_ATTEMPTS) return reply;
    } catch (error) {
      if (!isConcurrent || attempt === NEXT_ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, NEXT_RETRY_MS * 2 ** (attempt - 1)));
  }
}

async function serve(slot: SlotOptions, received: WireReply): Promise<WireReply> {
  const requestId = received.headers.get(REQUEST_ID) ?? '';
  const deadline = new Deadline(deadlineOf(received.headers) - slot.abortBeforeDeadlineMs);
  const opened = openContext(slot, received, deadline);
  if ('error' in opened) {
    await postError(slot, requestId, opened.error);
    return nextInvocation(slot);
  }
  const { context } = opened;
  if (!slot.isConcurrent) setTraceVariable(context.traceId ?? '');
  const buffered = await slot.current.run(context, deadline, () => perform(slot, new Invocation(received.body, context), deadline));
  if (buffered === undefined) return nextInvocation(slot);
  await postResponse(slot, context, buffered);
  return nextInvocation(slot);
}

async function postResponse(slot: SlotOptions, { awsRequestId, log }: InvocationContext, { body, contentType }: EncodedReply): Promise<void> {
  const posted = slot.client.postResponse(awsRequestId, body, refusal(slot, log), contentType);
  await (slot.isConcurrent ? posted.catch((error: unknown) => log.error('the response could not be sent', error)) : posted);
}

function openContext(slot: SlotOptions, { headers }: WireReply, deadline: Deadline): { context: InvocationContext } | { error: unknown } {
  let log: Logger | undefined;
  const about = {
    awsRequestId: headers.get(REQUEST_ID) ?? '',
    tenantId: headers.get(TENANT_ID),
    traceId: headers.get(TRACE_ID),
  };
  try {
    return {
      context: createContext({ headers, identity: slot.identity, signal: () => deadline.signal, log: () => (log ??= loggerAbout(slot.loggerOptions, about)) }),
    };
  } catch (error) {
    return { error };
  }
}

/** Returns the response that is still to be sent, or nothing when everything has been. */
async function perform(slot: SlotOptions, invocation: Invocation, deadline: Deadline): Promise<EncodedReply | undefined> {
  const { context } = invocation;
  let reply: Reply;
  let buffered: EncodedReply | undefined;
  try {
    reply = await settledOrDrained(async () => slot.service.call(invocation));
    if (reply.kind !== 'stream') buffered = encodeReply(reply);
  } catch (error) {
    await fail(slot, context, error);
    return undefined;
  }
  if (reply.kind === 'stream') await sendStream(slot, context, deadline, reply.produce);
  if (reply.background === undefined) return buffered;
  if (buffered !== undefined) await postResponse(slot, context, buffered);
  await finishBackground(slot, context, reply.background);
  return undefined;
}

async function sendStream(slot: SlotOptions, context: InvocationContext, deadline: Deadline, produce: Extract<Reply, { kind: 'stream' }>['produce']): Promise<void> {
  const writer = createWireWriter({ open: (contentType) => slot.client.beginStream(context.awsRequestId, contentType), onRefused: (reason) => deadline.abort(reason) });
  let failure: unknown;
  let hasFailed = false;
  try {
    await settledOrDrained(async () => produce(writer));
  } catch (error) {
    // Before the first byte there is nothing to put trailers on.
    if (writer.call === undefined) return fail(slot, context, error);
    hasFailed = true;
    failure = error;
  }
  if (hasFailed) await noteError(slot, context, failure);
  const call = writer.end(hasFailed ? reportError(failure) : undefined);
  try {
    await slot.client.acceptedOr(call.reply, refusal(slot, context.log));
  } catch (error) {
    if (error instanceof PlatformFailed) throw error;
    // The invoker has gone and took the connection along; the next call opens another.
    context.log.warn('the response was not taken to its end', error);
  }
}

async function finishBackground(slot: SlotOptions, context: InvocationContext, work: Promise<unknown>): Promise<void> {
  try {
    await settledOrDrained(async () => work);
  } catch (error) {
    await noteError(slot, context, error);
  }
}

async function fail(slot: SlotOptions, context: InvocationContext, error: unknown): Promise<void> {
  await noteError(slot, context, error);
  await postError(slot, context.awsRequestId, error);
}

async function noteError(slot: SlotOptions, context: InvocationContext, error: unknown): Promise<void> {
  context.log.error(error);
  await slot.onError(error, context);
}

async function postError(slot: SlotOptions, requestId: string, error: unknown): Promise<void> {
  const posted = slot.client.postInvocationError(requestId, reportError(error), refusal(slot, slot.log));
  await (slot.isConcurrent ? posted.catch((reason: unknown) => slot.log.error('the error could not be sent', reason)) : posted);
}

/** Any 500 means that the environment is lost and the process has to end. Source: AWS guide, runtime API. */
class PlatformFailed extends LambdaError {}

/** A refused report concerns the past invocation only, and the next event may already be on its way, so the loop goes on. */
function refusal(slot: SlotOptions, log: Logger): (reply: WireReply) => void {
  return ({ status, body }) => {
    const text = `the Runtime API has refused a response with ${status}: ${body.toString('utf8').trim().slice(0, 500)}`;
    if (status >= 500 && !slot.isConcurrent) throw new PlatformFailed('Runtime.ResponseRefused', text);
    log.error(text);
  };
}

let traceVariable: string | undefined;

/** Touched only when it changes, because that costs a system call's worth of time. */
function setTraceVariable(traceId: string): void {
  if (traceId === traceVariable) return;
  traceVariable = traceId;
  if (traceId === '') delete process.env['_X_AMZN_TRACE_ID'];
  else process.env['_X_AMZN_TRACE_ID'] = traceId;
}

