/**
 * Takes one invocation after the other for as long as the process lives. Source: managed-runtimes §2.8.
 *
 * What is thrown out of the loop ends the process with nothing posted: a `next` that is not answered with 200, a Runtime API that answers
 * 5xx, and in the generation without callbacks an event or a client context that is not JSON, too.
 */
import { errorReport, nextRefusalText, refusalText } from './errors.ts';
import { serveInvocation, type Service } from './invocation.ts';
import { requestIdOf, traceIdOf } from './invocation-context.ts';
import type { Reply } from './reply-reader.ts';
import type { RuntimeClient } from './runtime-client.ts';

export type InvokeLoopOptions = {
  client: RuntimeClient;
  service: Service;
  /** Told of each invocation when it comes, and with undefined when it has been reported. */
  onInHand(requestId: string | undefined): void;
};

export async function runInvokeLoop({ client, service, onInHand }: InvokeLoopOptions): Promise<never> {
  let reply = await client.next();
  for (;;) {
    if (reply.status !== 200) throw new Error(nextRefusalText(reply.status));
    const requestId = requestIdOf(reply.headers);
    onInHand(requestId);
    setTraceVariable(traceIdOf(reply.headers));
    const outcome = await serveInvocation(service, { client, reply, onRefused });
    onInHand(undefined);
    if (outcome === 'reported') {
      reply = await client.next();
    } else if (outcome.isResponse) {
      reply = await client.respondThenNext(requestId, outcome.body, onRefused);
    } else {
      service.log.logError('Invoke Error', outcome.error);
      await client.postInvocationError(requestId, errorReport(outcome.error), onRefused);
      reply = await client.next();
    }
  }
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
  if (reply.status >= 500) throw new Error(refusalText(reply.status));
  process.stderr.write(`${refusalText(reply.status)}\n`);
}
