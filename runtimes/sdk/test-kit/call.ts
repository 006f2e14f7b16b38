/** Calls a handler the way the invoke loop does, without a socket, and gives what the platform would have been sent. */
import { HTTP_INTEGRATION_CONTENT_TYPE } from '../../../runtime-api/protocol/http-prelude.ts';
import type { InvocationContext } from '../context.ts';
import { reportError } from '../errors.ts';
import { loadService, type Runnable } from '../handlers/as-service.ts';
import { intercept, type Interceptor } from '../interceptor.ts';
import { answerOf, type LocalAnswer } from '../local/answers.ts';
import { encodePrelude, toBytes } from '../loop/response-writer.ts';
import { encodeReply } from '../loop/encode-reply.ts';
import { Invocation, type ResponseWriter } from '../service.ts';
import { fakeContext } from './fake-context.ts';

export type CallOptions = { context?: InvocationContext; interceptors?: readonly Interceptor[] };

/** Work after the answer is waited for; its failure rejects. */
export async function call<Event = unknown, Result = unknown>(runnable: Runnable<Event, Result>, event: unknown, options: CallOptions = {}): Promise<LocalAnswer> {
  const payload = event instanceof Uint8Array ? event : new TextEncoder().encode(JSON.stringify(event === undefined ? null : event));
  const invocation = new Invocation(payload, options.context ?? fakeContext());
  const written: { pieces: Buffer[]; contentType: string } = { pieces: [], contentType: 'application/octet-stream' };
  try {
    const reply = await intercept(await loadService(runnable), options.interceptors ?? []).call(invocation);
    if (reply.kind !== 'stream') {
      const { body, contentType } = encodeReply(reply);
      await reply.background;
      return answerOf({ kind: 'response', isStreamed: false, contentType, body: Buffer.from(body), error: undefined });
    }
    await reply.produce(memoryWriter(written));
    await reply.background;
    return answerOf({ kind: 'response', isStreamed: true, contentType: written.contentType, body: Buffer.concat(written.pieces), error: undefined });
  } catch (thrown) {
    const { body, errorType } = reportError(thrown);
    const isStreamed = written.pieces.length > 0;
    const error = { headerType: errorType, body: JSON.parse(body) };
    return answerOf({ kind: 'error', isStreamed, contentType: isStreamed ? written.contentType : 'application/json', body: isStreamed ? Buffer.concat(written.pieces) : Buffer.from(body), error });
  }
}

function memoryWriter(written: { pieces: Buffer[]; contentType: string }): ResponseWriter {
  const write = async (chunk: unknown): Promise<void> => void written.pieces.push(toBytes(chunk));
  return {
    write,
    setContentType: (contentType) => void (written.contentType = contentType),
    setHttp(prelude) {
      written.contentType = HTTP_INTEGRATION_CONTENT_TYPE;
      written.pieces.push(encodePrelude(prelude));
    },
    writable: () => new WritableStream({ write }),
  };
}
