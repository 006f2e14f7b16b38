/** A streamed response, written piece by piece. */
import type { Exchange, HttpClient, Reply } from '../http/client.ts';
import { payloadOf, readEventStream } from '../http/event-stream.ts';
import { writeChunk, writeLastChunk, writeRequestHead } from '../http/request.ts';
import type { HeaderFields } from '../http/request.ts';
import { readJson, textAt } from '../json.ts';
import { responseRequest } from '../kit/runtime-client.ts';
import type { RuntimeClient } from '../kit/runtime-client.ts';

export const INTEGRATION_TYPE = 'application/vnd.awslambda.http-integration-response';
const TRAILERS = 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body';

export class ResponseStream {
  readonly #client: HttpClient;
  readonly #exchange: Exchange;

  private constructor(client: HttpClient, exchange: Exchange) {
    this.#client = client;
    this.#exchange = exchange;
  }

  static async open(runtime: RuntimeClient, requestId: string, contentType = 'application/octet-stream'): Promise<ResponseStream> {
    const headers = { 'Content-Type': contentType, 'Lambda-Runtime-Function-Response-Mode': 'streaming', 'Transfer-Encoding': 'chunked', Trailer: TRAILERS };
    const client = await runtime.connect();
    const request = responseRequest(requestId, '', { headers });
    const exchange = client.expectReply(request);
    client.write(writeRequestHead(request, client.host));
    return new ResponseStream(client, exchange);
  }

  write(chunk: string | Buffer): void {
    this.#client.write(writeChunk(chunk));
  }

  writeRaw(bytes: string): void {
    this.#client.write(Buffer.from(bytes, 'latin1'));
  }

  finish(trailers?: HeaderFields): Promise<Reply> {
    this.#client.write(writeLastChunk(trailers));
    return this.reply();
  }

  reply(limitMs?: number): Promise<Reply> {
    return this.#exchange.reply(limitMs);
  }

  endSending(): void {
    this.#client.end();
  }

  destroy(): void {
    this.#client.destroy();
  }
}

/** Posts an error for an invocation whose response is open. A server may answer it only when the response has ended. */
export async function errorWhileStreaming(runtime: RuntimeClient, requestId: string, stream: ResponseStream): Promise<{ error: Reply; posted: Promise<Reply> }> {
  const error = await runtime.start({ ...responseRequest(requestId, '{"errorMessage":"m","errorType":"T"}'), path: `/2018-06-01/runtime/invocation/${requestId}/error` });
  await error.isPendingAfter(500);
  const posted = stream.finish();
  // The response may have been cut already; whether that matters is for the case to say.
  posted.catch(() => {});
  return { error: await error.reply(), posted };
}

/** What an invoker of InvokeWithResponseStream got. */
export function seenStream(reply: Reply) {
  const { events, malformed, restBytes } = readEventStream(reply.body);
  const complete = events.find(({ type }) => type === 'InvokeComplete');
  const outcome = complete === undefined ? undefined : readJson(complete.payload);
  return {
    status: reply.status,
    isWhole: reply.isComplete && !malformed && restBytes === 0,
    payload: payloadOf(reply.body),
    isCompleted: complete !== undefined,
    errorCode: textAt(outcome, 'ErrorCode'),
    errorDetails: textAt(outcome, 'ErrorDetails'),
  };
}
