// time-limit-seconds: 120
/** Streamed responses through the emulator: what reaches a streaming and a buffered invoker, and what the runtime is told. */
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STREAM_WINDOW_BYTES } from '../../../runtime-api/index.ts';
import { invokeRequest, withEmulator } from '../../support/emulated.ts';
import type { Emulated, EmulatedOptions } from '../../support/emulated.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('integration/runtime-api/streaming');
const OK = '202 {"status":"OK"}';
const STREAM_PATH = '/2021-11-15/functions/function/response-streaming-invocations';
const FIXTURE = join(process.cwd(), 'test', 'fixtures', 'bootstraps', 'streams.mjs');

type Step = readonly (string | number)[];
type Streamed = { chunks: Buffer[]; text: string; errorCode: string | undefined; errorDetails: string | undefined; log: string | undefined; requestId: string | undefined };
type Streaming = Emulated & { stream(script: readonly Step[], onChunk?: (chunk: Buffer) => void): Promise<Streamed>; event(script: readonly Step[]): string };

async function withStreams(options: EmulatedOptions, use: (streaming: Streaming) => Promise<void>): Promise<void> {
  if (!existsSync(FIXTURE)) throw new Error(`no fixture at ${FIXTURE}`);
  await withEmulator({ command: [process.execPath, FIXTURE], ...options }, async (emulated) => {
    const client = new LambdaClient({ endpoint: emulated.emulator.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 });
    const event = (script: readonly Step[]): string => JSON.stringify({ script });
    const stream: Streaming['stream'] = async (script, onChunk = () => {}) => {
      const { EventStream, $metadata } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'f', LogType: 'Tail', Payload: Buffer.from(event(script)) }));
      const streamed: Streamed = { chunks: [], text: '', errorCode: undefined, errorDetails: undefined, log: undefined, requestId: $metadata.requestId };
      for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
        if (PayloadChunk?.Payload !== undefined) {
          streamed.chunks.push(Buffer.from(PayloadChunk.Payload));
          onChunk(Buffer.from(PayloadChunk.Payload));
        }
        if (InvokeComplete === undefined) continue;
        streamed.errorCode = InvokeComplete.ErrorCode;
        streamed.errorDetails = InvokeComplete.ErrorDetails;
        streamed.log = Buffer.from(InvokeComplete.LogResult ?? '', 'base64').toString();
      }
      streamed.text = Buffer.concat(streamed.chunks).toString();
      return streamed;
    };
    try {
      await use({ ...emulated, stream, event });
    } finally {
      client.destroy();
    }
  });
}

async function assertServesOn(streaming: Streaming, starts = 1): Promise<void> {
  assert.is((await streaming.stream([['head', 'text/plain'], ['write', 'still here'], ['end']])).text, 'still here');
  assert.is(streaming.starts(), starts);
}

// ref: STR-010, STR-011
test('a chunk is with the invoker before the next one is written; 202 after the last', async () => {
  await withStreams({}, async (streaming) => {
    const go = join(streaming.folder, 'go');
    const seen: string[] = [];
    const streamed = await streaming.stream([['head', 'text/plain'], ['write', 'first'], ['wait', go], ['write', 'second'], ['end']], (chunk) => {
      seen.push(chunk.toString());
      if (seen.length === 1) writeFileSync(go, '');
    });
    assert.equal([seen, streamed.errorCode], [['first', 'second'], undefined]);
    assert.match(streamed.log ?? '', /^START RequestId: [^]*\nREPORT /);
    assert.ok(streamed.log?.includes(streamed.requestId ?? 'none'));
    assert.equal(streaming.notes(), [OK]);
    await assertServesOn(streaming);
  });
});

// ref: STR-012
test('trailers become the completion: the type as written, the body decoded, 202 for the runtime', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'text/plain'], ['write', 'begun'], ['fail', 'MyError', '{"errorMessage":"ä"}']]);
    assert.equal([streamed.text, streamed.errorCode, streamed.errorDetails], ['begun', 'MyError', '{"errorMessage":"ä"}']);
    assert.match(streamed.log ?? '', /Status: error\tError Type: Runtime\.Unknown/);
    assert.equal(streaming.notes(), [OK]);
    await assertServesOn(streaming);
  });
});

// ref: STR-013, STR-014
test('a body that breaks off is told to both sides', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'text/plain'], ['write', 'begun'], ['cut']]);
    assert.equal([streamed.text, streamed.errorCode], ['begun', 'Runtime.TruncatedResponse']);
    assert.match(streaming.notes()[0] ?? '', /^400 .*"TruncatedHTTPRequest"/);
    await assertServesOn(streaming);
    assert.is((await streaming.stream([['head', 'text/plain'], ['write', 'begun'], ['reset']])).errorCode, 'Runtime.TruncatedResponse');
    await assertServesOn(streaming);
  });
});

for (const [title, raw] of [['a malformed chunk', 'zz\r\n'], ['a chunk longer than its size', '1\r\nabc\r\n'], ['a forbidden trailer', '0\r\nContent-Length: 5\r\n\r\n']] as const) {
  test(`${title} is a broken body`, async () => {
    await withStreams({}, async (streaming) => {
      const streamed = await streaming.stream([['head', 'text/plain'], ['write', 'begun'], ['raw', raw], ['cut']]);
      assert.is(streamed.errorCode, 'Runtime.TruncatedResponse');
      await assertServesOn(streaming);
    });
  });
}

test('an empty stream is an empty response', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'text/plain'], ['end']]);
    assert.equal([streamed.chunks.length, streamed.errorCode], [0, undefined]);
    await assertServesOn(streaming);
  });
});

test('a stream of a declared length is a stream', async () => {
  await withStreams({}, async (streaming) => {
    assert.is((await streaming.stream([['length', 'whole'], ['answer']])).text, 'whole');
    await assertServesOn(streaming);
  });
});

// ref: STR-025
test('a buffered response and a reported error answer a streaming invoker', async () => {
  await withStreams({}, async (streaming) => {
    const response = await streaming.stream([['respond', '"buffered"']]);
    assert.equal([response.text, response.errorCode], ['"buffered"', undefined]);
    const error = await streaming.stream([['report', '{"errorMessage":"m"}']]);
    assert.equal([error.text, error.errorCode, error.errorDetails], ['', 'Unhandled', '{"errorMessage":"m"}']);
    assert.is((await streaming.stream([['report', '{}', 'Function.Mine']])).errorCode, 'Function.Mine');
    await assertServesOn(streaming);
  });
});

// ref: STR-019
test('a prelude is delivered as it is', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'application/vnd.awslambda.http-integration-response'], ['write', '{"statusCode":201}\0\0\0'], ['write', '\0\0\0\0\0body'], ['end']]);
    assert.is(streamed.text, '{"statusCode":201}\0\0\0\0\0\0\0\0body');
  });
});

// ref: STR-016
test('50 MB arrive intact', async () => {
  await withStreams({}, async (streaming) => {
    const sent = createHash('sha256');
    for (let index = 0; index < 800; index += 1) sent.update(Buffer.alloc(65_536, index % 251));
    const received = createHash('sha256');
    let bytes = 0;
    await streaming.stream([['head', 'text/plain'], ['flood', 800, 65_536], ['end']], (chunk) => {
      received.update(chunk);
      bytes += chunk.length;
    });
    assert.is(bytes, 800 * 65_536);
    assert.is(received.digest('hex'), sent.digest('hex'));
    assert.equal(streaming.notes(), [OK]);
  });
});

test('a hundred thousand single bytes are few chunks and all there', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'text/plain'], ['raw', '1\r\nx\r\n'.repeat(100_000)], ['end']]);
    assert.is(streamed.text, 'x'.repeat(100_000));
    assert.ok(streamed.chunks.length < 1_000, `${streamed.chunks.length} chunks`);
  });
});

test('beyond 200 MB the stream ends with its error and the runtime is refused', async () => {
  await withStreams({}, async (streaming) => {
    let bytes = 0;
    const streamed = await streaming.stream([['head', 'text/plain'], ['flood', 201, 1_048_576], ['end']], (chunk) => {
      bytes += chunk.length;
    });
    assert.is(streamed.errorCode, 'Function.ResponseSizeTooLarge');
    assert.match(streamed.errorDetails ?? '', /209715200 bytes/);
    assert.ok(bytes <= 209_715_200 && bytes > 200_000_000, `${bytes}`);
    assert.match(streaming.notes()[0] ?? '', /^413 .*209715200 bytes/);
    await assertServesOn(streaming);
  });
});

// ref: STR-023
test('while the stream is open an error and a next are refused and the stream goes on', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'text/plain'], ['write', 'a'], ['error'], ['next'], ['write', 'b'], ['end'], ['error']]);
    assert.equal([streamed.text, streamed.errorCode], ['ab', undefined]);
    const notes = await streaming.noted(4);
    assert.match(notes[0] ?? '', /^403 .*from InvocationResponse to InvocationErrorResponse failed/);
    assert.match(notes[1] ?? '', /^403 .*from InvocationResponse to Ready failed/);
    assert.match(notes[3] ?? '', /^403 /);
    await assertServesOn(streaming);
  });
});

test('a runtime that exits in the middle ends the stream with an error, and the next invocation has a new one', async () => {
  await withStreams({}, async (streaming) => {
    const streamed = await streaming.stream([['head', 'text/plain'], ['write', 'begun'], ['rest'], ['delay', 20], ['exit', 3]]);
    assert.match(streamed.errorCode ?? '', /^Runtime\.(ExitError|TruncatedResponse)$/);
    assert.match(streamed.log ?? '', /Status: error\tError Type: Runtime\.ExitError/);
    await assertServesOn(streaming, 2);
  });
});

// ref: STR-024
test('at the deadline the stream is cut by a reset after the completion says why, and the environment is reset', async () => {
  await withStreams({ timeoutMs: 1_000 }, async (streaming) => {
    const peer = await RawPeer.connect(streaming.port);
    let failure: NodeJS.ErrnoException | undefined;
    peer.socket.on('error', (error: NodeJS.ErrnoException) => (failure = error));
    peer.send(invokeRequest(streaming.event([['head', 'text/plain'], ['write', 'begun'], ['forever']]), {}, STREAM_PATH));
    const received = (await peer.all()).toString('latin1');
    assert.ok(received.includes('begun'));
    assert.match(received, /"ErrorCode":"Sandbox\.Timeout","ErrorDetails":"\{\\"errorType\\":\\"Sandbox\.Timedout\\"/);
    assert.not.ok(received.endsWith('0\r\n\r\n'), 'it has no end');
    assert.is(failure?.code, 'ECONNRESET');
    assert.match(await streaming.logged(/^REPORT/m), /Status: timeout/);
    await assertServesOn(streaming, 2);
  });
});

test('a time-out before the response is a complete stream with an error', async () => {
  await withStreams({ timeoutMs: 500 }, async (streaming) => {
    assert.is((await streaming.stream([['forever']])).errorCode, 'Sandbox.Timedout');
    await assertServesOn(streaming, 2);
  });
});

test('an invoker that is gone does not cancel the invocation, and the next one is served', async () => {
  await withStreams({}, async (streaming) => {
    const peer = await RawPeer.connect(streaming.port);
    const go = join(streaming.folder, 'go');
    peer.send(invokeRequest(streaming.event([['head', 'text/plain'], ['write', 'begun'], ['wait', go], ['flood', 160, 65_536], ['end']]), {}, STREAM_PATH));
    while (!peer.pending.includes('begun')) await new Promise((resolve) => setTimeout(resolve, 2));
    peer.socket.resetAndDestroy();
    writeFileSync(go, '');
    assert.equal(await streaming.noted(1), [OK]);
    assert.not.match(await streaming.logged(/^REPORT/m), /Status:/);
    await assertServesOn(streaming);
  });
});

test('a runtime is held back by an invoker that does not read: what was taken is what the kernel and one window hold', async () => {
  await withStreams({}, async (streaming) => {
    const peer = await RawPeer.connect(streaming.port);
    peer.socket.pause();
    peer.send(invokeRequest(streaming.event([['head', 'text/plain'], ['fill', 150_000_000], ['end']]), {}, STREAM_PATH));
    const [note = ''] = await streaming.noted(1);
    const sent = Number(note.split(' ')[1]);
    // Two connections of the loopback, both ways; the kernel's buffers end at some megabytes each.
    assert.ok(sent > STREAM_WINDOW_BYTES && sent < 40_000_000, `${sent} bytes were taken`);
    peer.socket.resume();
    assert.equal((await streaming.noted(2))[1], OK);
    await assertServesOn(streaming);
    peer.destroy();
  });
});

test('a buffered invoker gets a stream in one piece, its trailers as an error, and the buffered limit', async () => {
  await withStreams({}, async (streaming) => {
    const whole = await streaming.invoke(streaming.event([['head', 'text/plain'], ['write', 'a'], ['write', 'b'], ['end']]));
    assert.equal([whole.body.toString(), whole.headers.get('x-amz-function-error')], ['ab', undefined]);
    const failed = await streaming.invoke(streaming.event([['head', 'text/plain'], ['write', 'a'], ['fail', 'T', '{"errorType":"T"}']]));
    assert.equal([failed.body.toString(), failed.headers.get('x-amz-function-error')], ['{"errorType":"T"}', 'Unhandled']);
    // ref: STR-015
    const large = await streaming.invoke(streaming.event([['head', 'text/plain'], ['flood', 7, 1_048_576], ['end']]));
    assert.equal([JSON.parse(large.body.toString()).errorType, large.headers.get('x-amz-function-error')], ['Function.ResponseSizeTooLarge', 'Unhandled']);
    await assertServesOn(streaming);
  });
});

// ref: STR-022
test('as the classic emulator: the whole body with prelude and NULs, trailers dropped, no streaming operation', async () => {
  await withStreams({ profile: 'rie' }, async (streaming) => {
    const whole = await streaming.invoke(streaming.event([['head', 'application/vnd.awslambda.http-integration-response'], ['write', '{}\0\0\0\0\0\0\0\0'], ['write', 'body'], ['fail', 'T', '{}']]));
    assert.equal([whole.status, whole.body.toString()], [200, '{}\0\0\0\0\0\0\0\0body']);
    assert.is((await streaming.send(invokeRequest('{}', {}, STREAM_PATH)))?.status, 404);
  });
});

test('the streaming operation is checked like the other: events, methods, types', async () => {
  await withStreams({}, async (streaming) => {
    const refused = async (body: string, headers: Record<string, string> = {}) => {
      const reply = await streaming.send(invokeRequest(body, headers, STREAM_PATH));
      return [reply?.status, reply?.headers.get('x-amzn-errortype')];
    };
    assert.equal(await refused('{'), [400, 'InvalidRequestContentException']);
    assert.equal(await refused('{}', { 'X-Amz-Invocation-Type': 'Event' }), [400, 'ValidationException']);
    assert.equal(await refused('{}', { 'X-Amz-Invocation-Type': 'DryRun' }), [204, undefined]);
    assert.is((await streaming.send(`GET ${STREAM_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`))?.status, 405);
    assert.is((await streaming.send(invokeRequest('{}', {}, '/2021-11-15/functions/a/b/response-streaming-invocations')))?.status, 404);
  });
});

test('paced, what is beyond the burst comes at the rate', async () => {
  await withStreams({ streamPacing: { burstBytes: 131_072, bytesPerSecond: 1_048_576 } }, async (streaming) => {
    const startedMs = performance.now();
    const streamed = await streaming.stream([['head', 'text/plain'], ['flood', 16, 65_536], ['end']]);
    assert.is(streamed.text.length, 1_048_576);
    // 917,504 bytes beyond the burst; the last piece is not waited for.
    assert.ok(performance.now() - startedMs > 750);
  });
});

test.run();
