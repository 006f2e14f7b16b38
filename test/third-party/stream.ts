/** A response stream as an SDK's user sees it. */
import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Calling } from './client.ts';

export type Streamed = { text: string; errorCode: string | undefined; errorDetails: string | undefined };

export async function stream(calling: Calling, event: object): Promise<Streamed> {
  const client = new LambdaClient({ endpoint: calling.emulator.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 });
  try {
    const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'f', Payload: Buffer.from(JSON.stringify(event)) }));
    const pieces: Buffer[] = [];
    const streamed: Streamed = { text: '', errorCode: undefined, errorDetails: undefined };
    for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
      if (PayloadChunk?.Payload !== undefined) pieces.push(Buffer.from(PayloadChunk.Payload));
      if (InvokeComplete === undefined) continue;
      streamed.errorCode = InvokeComplete.ErrorCode;
      streamed.errorDetails = InvokeComplete.ErrorDetails;
    }
    return { ...streamed, text: Buffer.concat(pieces).toString() };
  } finally {
    client.destroy();
  }
}
