/**
 * Takes one invocation after the other for as long as the process lives. Source: managed-runtimes §2.8.
 *
 * What is thrown out of the loop ends the process with nothing posted: a `next` that is not answered with 200, a Runtime API that answers
 * 5xx, and in the generation without callbacks an event or a client context that is not JSON, too.
 */
import { callWithCallback } from './callback-invocation.ts';
import type { ConsoleLog } from './console-log.ts';
import { RuntimeFault, toWireError, toXrayCause } from './errors.ts';
import type { Generation } from './generation.ts';
import { isStreaming } from './handler-loader.ts';
import type { Handler } from './handler-loader.ts';
import { type InvocationContext, type FunctionIdentity, createInvocationContext, requestIdOf } from './invocation-context.ts';
import { type InvokeStore, PROTECTED_KEYS, type StoredInvocation } from './invoke-store.ts';
import type { Reply } from './reply-reader.ts';
import type { RuntimeClient } from './runtime-client.ts';
import { runStreamingInvocation } from './streaming-invocation.ts';

export type InvokeLoopOptions = {
  client: RuntimeClient;
  handler: Handler;
  generation: Generation;
  identity: FunctionIdentity;
  store: InvokeStore;
  log: ConsoleLog;
  /** Told of each invocation when it comes, and with undefined when it has been reported. */
  onInHand(requestId: string | undefined): void;
};

export async function runInvokeLoop(options: InvokeLoopOptions): Promise<never> {
  const { client } = options;
  let reply = await client.next();
  for (;;) {
    if (reply.status !== 200) throw new Error(`Failed to get next invocation: the Runtime API answered ${reply.status}`);
    const requestId = requestIdOf(reply.headers);
    options.onInHand(requestId);
    const outcome = await serve(options, reply);
    options.onInHand(undefined);
    if (outcome === 'reported') {
      reply = await client.next();
    } else if (outcome.isResponse) {
      reply = await client.respondThenNext(requestId, outcome.body, onRefused);
    } else {
      options.log.logError('Invoke Error', outcome.error);
      const report = { body: JSON.stringify(toWireError(outcome.error)), xrayCause: toXrayCause(outcome.error, process.cwd()) };
      await client.postInvocationError(requestId, report, onRefused);
      reply = await client.next();
    }
  }
}

type Outcome = { isResponse: true; body: string } | { isResponse: false; error: unknown };

async function serve(options: InvokeLoopOptions, reply: Reply): Promise<Outcome | 'reported'> {
  let event: unknown;
  let context: InvocationContext;
  try {
    context = createInvocationContext(reply.headers, options.identity, options.generation);
    setTraceVariable(context.xRayTraceId);
    event = JSON.parse(reply.body.toString('utf8'));
  } catch (error) {
    if (options.generation === 'promises') throw error;
    return { isResponse: false, error };
  }
  if (!isStreaming(options.handler)) return runHandler(options, event, context);
  await runStreamingInvocation(options, { event, context, onRefused, call: (run) => options.store.run(storedInvocation(context), run) });
  return 'reported';
}

async function runHandler({ handler, generation, store }: InvokeLoopOptions, event: unknown, context: InvocationContext): Promise<Outcome> {
  const call = (): unknown => (generation === 'callbacks' ? callWithCallback(handler, event, context) : handler(event, context));
  try {
    const result: unknown = await store.run(storedInvocation(context), call);
    return { isResponse: true, body: toResponseBody(result, generation) };
  } catch (error) {
    return { isResponse: false, error };
  }
}

function storedInvocation(context: InvocationContext): StoredInvocation {
  return {
    [PROTECTED_KEYS.REQUEST_ID]: context.awsRequestId,
    [PROTECTED_KEYS.X_RAY_TRACE_ID]: context.xRayTraceId,
    [PROTECTED_KEYS.TENANT_ID]: context.tenantId,
  };
}

function toResponseBody(result: unknown, generation: Generation): string {
  let body: string | undefined;
  try {
    body = JSON.stringify(result === undefined ? null : result);
  } catch {
    const text = 'Unable to stringify response body';
    throw generation === 'callbacks' ? new Error(text) : new RuntimeFault('Runtime.JSONStringifyError', text);
  }
  // A function or a symbol has no JSON form; the text is that of the vendor's native client.
  if (body === undefined) throw new TypeError('Wrong arguments');
  return body;
}

let traceVariable: string | undefined;

/** Set per invocation and deleted when the platform sends none; touched only when it changes, because it costs a system call's worth of time. */
function setTraceVariable(traceId: string): void {
  if (traceId === traceVariable) return;
  traceVariable = traceId;
  if (traceId === '') delete process.env['_X_AMZN_TRACE_ID'];
  else process.env['_X_AMZN_TRACE_ID'] = traceId;
}

/**
 * A refused report (too large, too late) concerns the past invocation only, and the next event may already be on its
 * way, so the loop goes on. After a 5xx the platform asks for the process to end (runtime-api §3.2).
 */
function onRefused(reply: Reply): void {
  const text = `LAMBDA_RUNTIME Failed to post handler response. Http response code: ${reply.status}.`;
  if (reply.status >= 500) throw new Error(text);
  process.stderr.write(`${text}\n`);
}
