/**
 * Takes invocations for as long as the process lives and serves them side by side: it asks for the next one without waiting for the
 * handler, and the platform decides how many are under way. Source: managed-runtimes §1.7.
 */
import { errorReport, nextRefusalText, refusalText } from './errors.ts';
import { serveInvocation, type Service } from './invocation.ts';
import { requestIdOf } from './invocation-context.ts';
import type { Reply } from './reply-reader.ts';
import type { RuntimeClient } from './runtime-client.ts';

const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 90_000;
const RETRIES_MAX = 19;

export type ConcurrentLoopOptions = {
  /** A connection is in use by one call at a time: answers come in the order of the calls. */
  connect(): RuntimeClient;
  /** Waits in `next`. */
  asking: RuntimeClient;
  service: Service;
};

export async function runConcurrentLoop({ connect, asking, service }: ConcurrentLoopOptions): Promise<never> {
  const idle: RuntimeClient[] = [];
  for (;;) {
    const reply = await nextWithRetry(asking);
    const client = idle.pop() ?? connect();
    void serve(service, client, reply).finally(() => idle.push(client));
  }
}

/** Never rejects: the other invocations go on, whatever becomes of this one. */
async function serve(service: Service, client: RuntimeClient, reply: Reply): Promise<void> {
  const requestId = requestIdOf(reply.headers);
  try {
    const outcome = await serveInvocation(service, { client, reply, onRefused }).catch((error: unknown) => ({ isResponse: false as const, error }));
    if (outcome === 'reported') return;
    if (outcome.isResponse) return await client.postResponse(requestId, outcome.body, onRefused);
    service.log.logError('Invoke Error', outcome.error);
    await client.postInvocationError(requestId, errorReport(outcome.error), onRefused);
  } catch (error) {
    service.log.logError('Invoke Error', error);
  }
}

async function nextWithRetry(client: RuntimeClient): Promise<Reply> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const reply = await client.next();
      if (reply.status === 200) return reply;
      throw new Error(nextRefusalText(reply.status));
    } catch (error) {
      if (attempt >= RETRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(FIRST_PAUSE_MS * 2 ** attempt, PAUSE_MS_MAX)));
    }
  }
}

function onRefused(reply: Reply): void {
  process.stderr.write(`${refusalText(reply.status)}\n`);
}
