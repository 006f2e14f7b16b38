/**
 * One invocation of a streaming handler. Source: managed-runtimes §2.9.
 *
 * The response is over when the stream is ended, which may be after the handler has returned: a pipe that was not awaited works. When
 * nothing is left that could end it (the event loop has drained), it fails with `Response stream is not finished.` instead of hanging
 * until the time-out.
 */
import type { ConsoleLog } from './console-log.ts';
import { errorReport, RuntimeFault, toWireError } from './errors.ts';
import type { Handler } from './handler-loader.ts';
import type { InvocationContext } from './invocation-context.ts';
import type { Reply } from './reply-reader.ts';
import { highWaterMarkOf, ResponseStream } from './response-stream.ts';
import type { RuntimeClient } from './runtime-client.ts';
import { isThenable } from './thenable.ts';

export type StreamingInvocation = {
  client: RuntimeClient;
  handler: Handler;
  log: ConsoleLog;
  event: unknown;
  context: InvocationContext;
  /** Calls the handler in its invocation. */
  call(run: () => unknown): unknown;
  onRefused(reply: Reply): void;
};

/** Resolves when the platform has taken the response or the error. */
export async function runStreamingInvocation(invocation: StreamingInvocation): Promise<void> {
  const { client, handler, log, context } = invocation;
  const stream = new ResponseStream((contentType) => client.beginStream(context.awsRequestId, contentType), highWaterMarkOf(handler));
  try {
    await runHandler(stream, invocation);
  } catch (error) {
    log.logError('Invoke Error', error);
    // Before the first byte there is nothing to put trailers on; the answer is that of any other handler.
    if (stream.call === undefined) {
      stream.destroy();
      return client.postInvocationError(context.awsRequestId, errorReport(error), invocation.onRefused);
    }
    const wireError = toWireError(error);
    if (!stream.isFinished) stream.fail({ errorType: wireError.errorType, body: JSON.stringify(wireError) });
  }
  await stream.settled;
  if (stream.call !== undefined) await client.acceptedOr(stream.call.reply, invocation.onRefused);
}

async function runHandler(stream: ResponseStream, { handler, event, context, call }: StreamingInvocation): Promise<void> {
  let onDrained = (): void => {};
  const drained = new Promise<'drained'>((resolve) => (onDrained = () => resolve('drained')));
  process.once('beforeExit', onDrained);
  try {
    const result = call(() => handler(event, stream, context));
    if (!isThenable(result)) throw new Error('Streaming does not support non-async handlers.');
    const value = await Promise.race([result, drained]);
    if (value !== undefined && value !== 'drained') console.warn('Streaming handlers ignore return values.');
    await Promise.race([stream.settled, drained]);
    if (stream.destroyedBy !== undefined) throw stream.destroyedBy;
    if (!stream.isFinished) throw new RuntimeFault('Runtime.StreamError', 'Response stream is not finished.');
  } finally {
    process.off('beforeExit', onDrained);
  }
}
