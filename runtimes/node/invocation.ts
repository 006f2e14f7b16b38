/** One invocation, from the answer to `next` to what is to be posted. Source: managed-runtimes §2.8. */
import { callWithCallback } from './callback-invocation.ts';
import type { ConsoleLog } from './console-log.ts';
import { RuntimeFault } from './errors.ts';
import type { Generation } from './generation.ts';
import { isStreaming } from './handler-loader.ts';
import type { Handler } from './handler-loader.ts';
import { type InvocationContext, type FunctionIdentity, createInvocationContext } from './invocation-context.ts';
import { type InvokeStore, PROTECTED_KEYS, type StoredInvocation } from './invoke-store.ts';
import type { Reply } from './reply-reader.ts';
import type { RuntimeClient } from './runtime-client.ts';
import { runStreamingInvocation } from './streaming-invocation.ts';

/** What serves invocations, the same for all of them. */
export type Service = {
  handler: Handler;
  generation: Generation;
  identity: FunctionIdentity;
  store: InvokeStore;
  log: ConsoleLog;
};

export type Outcome = { isResponse: true; body: string } | { isResponse: false; error: unknown };

/** `reported`: a streamed response, which is over. */
export async function serveInvocation(
  service: Service,
  { client, reply, onRefused }: { client: RuntimeClient; reply: Reply; onRefused: (reply: Reply) => void },
): Promise<Outcome | 'reported'> {
  let event: unknown;
  let context: InvocationContext;
  try {
    context = createInvocationContext(reply.headers, service.identity, service.generation);
    event = JSON.parse(reply.body.toString('utf8'));
  } catch (error) {
    if (service.generation === 'promises') throw error;
    return { isResponse: false, error };
  }
  const call = (run: () => unknown): unknown => service.store.run(storedInvocation(context), run);
  if (!isStreaming(service.handler)) return runHandler(service, { event, context, call });
  await runStreamingInvocation({ ...service, client, event, context, onRefused, call });
  return 'reported';
}

type HandlerCall = { event: unknown; context: InvocationContext; call(run: () => unknown): unknown };

async function runHandler({ handler, generation }: Service, { event, context, call }: HandlerCall): Promise<Outcome> {
  try {
    const result: unknown = await call(() => (generation === 'callbacks' ? callWithCallback(handler, event, context) : handler(event, context)));
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
