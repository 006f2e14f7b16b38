/** Response streaming: from the runtime through the server to whoever invoked. */
import { absent, anyOf, between, containing, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { payloadOf } from '../http/event-stream.ts';
import type { Reply } from '../http/client.ts';
import { listAt, numberAt, textAt } from '../json.ts';
import { nowMs, sleep } from '../kit/now.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { lmi, rie, STREAMING } from './sources.ts';
import { errorWhileStreaming, INTEGRATION_TYPE, ResponseStream, seenStream } from './streaming-support.ts';
import { recordOf } from './telemetry-sink.ts';
import { subscribe } from './telemetry-support.ts';

const RESPONSE_HANDLER = rie('rapi/handler/invocationresponse.go');
const DIRECT_INVOKE = rie('core/directinvoke/directinvoke.go');
const STATES = rie('core/states.go');
const MIB = 1024 * 1024;
const NULS = Buffer.alloc(8);

export const STREAMING_CASES: readonly ConformanceCase[] = [
  {
    id: 'stream-first-chunk-early',
    ref: 'STR-010',
    title: 'A streaming invoker sees the first chunk before the second is sent',
    source: STREAMING,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    accepts: [{ firstSeenBeforeSecond: true, payload: 'firstsecond', isCompleted: true }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.write('first');
      const first = await invocation.exchange.bodyUntil((body) => payloadOf(body).toString() === 'first', 1_000);
      await sleep(Math.max(0, 1_000 - (nowMs() - first.atMs)));
      const secondAtMs = nowMs();
      stream.write('second');
      await stream.finish();
      const seen = seenStream(await t.answerOf(invocation));
      return { firstSeenBeforeSecond: first.atMs < secondAtMs, payload: seen.payload.toString(), isCompleted: seen.isCompleted };
    },
  },
  {
    id: 'stream-accepted-after-last-chunk',
    ref: 'STR-011',
    title: 'A streamed response is answered with 202 after its last chunk, not before',
    source: `${STREAMING}; ${RESPONSE_HANDLER}`,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    accepts: [{ answeredEarly: false, status: 202 }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: t.profile === 'aws' });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.write('a');
      const answeredEarly = await stream.reply(300).then(() => true, () => false);
      const reply = await stream.finish();
      await t.answerOf(invocation);
      return { answeredEarly, status: reply.status };
    },
  },
  {
    id: 'stream-error-trailers',
    ref: 'STR-012',
    title: 'Error trailers are accepted, and the invoker gets type and decoded body at the end',
    source: STREAMING,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    accepts: [{ posted: 202, payload: 'partial', errorCode: 'Runtime.StreamError', errorDetails: containing('it broke') }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.write('partial');
      const body = Buffer.from('{"errorMessage":"it broke","errorType":"Runtime.StreamError"}').toString('base64');
      const posted = await stream.finish({ 'Lambda-Runtime-Function-Error-Type': 'Runtime.StreamError', 'Lambda-Runtime-Function-Error-Body': body });
      const seen = seenStream(await t.answerOf(invocation));
      return { posted: posted.status, payload: seen.payload.toString(), errorCode: seen.errorCode, errorDetails: seen.errorDetails };
    },
  },
  {
    id: 'stream-cut-by-runtime',
    ref: 'STR-013',
    title: 'A stream that breaks off never has a clean end for the invoker',
    source: `${DIRECT_INVOKE}; ${RESPONSE_HANDLER}`,
    level: 'optional',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    setup: { timeoutSeconds: 2 },
    accepts: [{ hasCleanEnd: false }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.write('partial');
      await sleep(100);
      stream.destroy();
      const seen = seenStream(await invocation.exchange.reply(6_000));
      return { hasCleanEnd: seen.status === 200 && seen.isWhole && seen.isCompleted && seen.errorCode === undefined, errorCode: seen.errorCode, isWhole: seen.isWhole };
    },
  },
  {
    id: 'stream-truncated-answer',
    ref: 'STR-014',
    title: 'A stream whose sender stops inside a chunk is answered with 400',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api', 'streaming'],
    setup: { timeoutSeconds: 2 },
    accepts: [{ status: 400, errorType: 'TruncatedHTTPRequest', errorMessage: 'HTTP request detected as truncated' }],
    run: async (t) => {
      const { runtime, event } = await t.accept({ isStreaming: t.profile === 'aws' });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.writeRaw('a\r\nhalf');
      stream.endSending();
      return { ...seenReply(await stream.reply(1_500)) };
    },
  },
  {
    id: 'stream-too-large-for-buffered-invoker',
    ref: 'STR-015',
    title: 'A stream of 7 MB for a buffered invoker is an error and never a shortened success',
    source: `${STREAMING}; the limit of buffered responses`,
    level: 'optional',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    accepts: [{ errorType: 'Function.ResponseSizeTooLarge', functionError: 'Unhandled' }, { status: 413 }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      const stream = await ResponseStream.open(runtime, event.requestId);
      for (let index = 0; index < 7; index += 1) stream.write(Buffer.alloc(1_000_000, 'a'));
      await stream.finish();
      return { ...seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'stream-of-20-mib',
    ref: 'STR-016',
    title: 'A stream of 20 MiB reaches a streaming invoker whole',
    source: `${STREAMING}, limits`,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    setup: { timeoutSeconds: 30 },
    limitSeconds: 30,
    accepts: [{ posted: 202, byteLength: 20 * MIB, isCompleted: true, errorCode: absent }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId);
      for (let index = 0; index < 20; index += 1) stream.write(Buffer.alloc(MIB, 'a'));
      const posted = await stream.finish();
      const seen = seenStream(await t.answerOf(invocation, 20_000));
      return { posted: posted.status, byteLength: seen.payload.length, isCompleted: seen.isCompleted, errorCode: seen.errorCode };
    },
  },
  preludeCase({
    id: 'prelude-applied-by-function-url',
    ref: 'STR-017',
    title: 'A function URL applies the status, headers and cookies of the prelude and sends the body without it',
    pieces: (prelude) => [Buffer.concat([Buffer.from(prelude), NULS, Buffer.from('the body')])],
  }),
  preludeCase({
    id: 'prelude-delimiter-split',
    ref: 'STR-018',
    title: 'The delimiter of the prelude may be split over chunks',
    pieces: (prelude) => [Buffer.concat([Buffer.from(prelude), NULS.subarray(0, 3)]), Buffer.concat([NULS.subarray(3), Buffer.from('the body')])],
  }),
  {
    id: 'prelude-unmodified-for-stream-invoker',
    ref: 'STR-019',
    title: 'InvokeWithResponseStream delivers the prelude as it is',
    source: STREAMING,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    accepts: [{ isIdentical: true }],
    run: async (t) => {
      const bytes = Buffer.concat([Buffer.from('{"statusCode":201}'), NULS, Buffer.from('body')]);
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId, INTEGRATION_TYPE);
      stream.write(bytes);
      await stream.finish();
      const seen = seenStream(await t.answerOf(invocation));
      return { isIdentical: seen.payload.equals(bytes), byteLength: seen.payload.length };
    },
  },
  {
    id: 'prelude-without-status',
    ref: 'STR-020',
    title: 'A prelude without a status code means 200',
    source: STREAMING,
    level: 'required',
    needs: ['runtime-api', 'streaming', 'function-url'],
    profile: 'aws',
    setup: { functionUrl: true },
    accepts: [{ status: 200, body: 'plain' }],
    run: async (t) => {
      const reply = await throughFunctionUrl(t, INTEGRATION_TYPE, [Buffer.concat([Buffer.from('{"headers":{"X-A":"b"}}'), NULS, Buffer.from('plain')])]);
      return { status: reply.status, body: reply.text };
    },
  },
  {
    id: 'stream-content-type-forwarded',
    ref: 'STR-021',
    title: 'The content type of a stream without a prelude is forwarded',
    source: STREAMING,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    accepts: [{ isForwarded: true }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId, 'text/event-stream');
      stream.write('data: a\n\n');
      await stream.finish();
      const { headers } = await t.answerOf(invocation);
      // The model calls it ResponseStreamContentType and does not say which of the fields it is.
      return { isForwarded: [...headers.values()].some((value) => value.includes('text/event-stream')), headers: Object.fromEntries(headers) };
    },
  },
  {
    id: 'prelude-left-in-rie',
    ref: 'STR-022',
    title: 'The front door of the classic emulator delivers a stream whole, prelude and NUL bytes included',
    source: RESPONSE_HANDLER,
    level: 'optional',
    needs: ['runtime-api', 'streaming'],
    profile: 'rie',
    accepts: [{ posted: 202, isIdentical: true }],
    run: async (t) => {
      const bytes = Buffer.concat([Buffer.from('{"statusCode":201}'), NULS, Buffer.from('body')]);
      const { invocation, runtime, event } = await t.accept();
      const stream = await ResponseStream.open(runtime, event.requestId, INTEGRATION_TYPE);
      stream.write(bytes);
      const posted = await stream.finish();
      const answer = await t.answerOf(invocation);
      return { posted: posted.status, isIdentical: answer.body.equals(bytes), byteLength: answer.body.length };
    },
  },
  {
    id: 'error-while-streaming',
    ref: 'STR-023',
    title: 'An error for an invocation whose response has begun is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'streaming'],
    accepts: [{ status: between(400, 499), posted: 202 }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: t.profile === 'aws' });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.write('a');
      await sleep(100);
      const { error, posted } = await errorWhileStreaming(runtime, event.requestId, stream);
      const { status } = await posted;
      await t.answerOf(invocation);
      return { status: error.status, posted: status };
    },
  },
  {
    id: 'stream-beyond-timeout',
    ref: 'STR-024',
    title: 'A stream that goes on beyond the timeout is cut at the deadline and the environment is reset',
    source: `${STREAMING}; ${DIRECT_INVOKE}`,
    level: 'required',
    needs: ['runtime-api', 'streaming'],
    setup: { timeoutSeconds: 1 },
    accepts: { aws: [{ endedAfterMs: milliseconds(900, 1_600), hasCleanEnd: false, processIsGone: true }], rie: [{ endedAfterMs: milliseconds(900, 1_800), processIsGone: true }] },
    run: async (t) => {
      await t.exchange();
      const { invocation, runtime, event } = await t.accept({ isStreaming: t.profile === 'aws' });
      const stream = await ResponseStream.open(runtime, event.requestId);
      const writing = setInterval(() => stream.write('tick '), 100);
      try {
        const reply = await invocation.exchange.reply();
        const seen = seenStream(reply);
        await runtime.probe.waitForEnd();
        return {
          endedAfterMs: Math.round(reply.endAtMs - event.reply.headAtMs),
          hasCleanEnd: seen.isWhole && seen.isCompleted && seen.errorCode === undefined,
          processIsGone: !runtime.probe.isAlive,
        };
      } finally {
        clearInterval(writing);
      }
    },
  },
  {
    id: 'buffered-response-for-stream-invoker',
    ref: 'STR-025',
    title: 'A buffered response reaches a streaming invoker whole and without an error',
    source: STREAMING,
    level: 'optional',
    needs: ['runtime-api', 'streaming'],
    profile: 'aws',
    accepts: [{ payload: '{"whole":true}', isCompleted: true, errorCode: absent }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      await runtime.respond(event.requestId, '{"whole":true}');
      const seen = seenStream(await t.answerOf(invocation));
      return { payload: seen.payload.toString(), isCompleted: seen.isCompleted, errorCode: seen.errorCode };
    },
  },
  {
    id: 'stream-paced-after-burst',
    ref: 'STR-026',
    title: 'With pacing the first 6 MiB are fast and the rest comes at 2 MiB per second',
    source: `${STREAMING}, bandwidth; ${rie('core/bandwidthlimiter/bandwidthlimiter.go')}`,
    level: 'required',
    needs: ['runtime-api', 'streaming', 'stream-pacing'],
    profile: 'aws',
    setup: { timeoutSeconds: 30, pacing: true },
    limitSeconds: 40,
    accepts: [{ burstMs: milliseconds(0, 1_000), restMs: milliseconds(1_600, 2_400) }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId);
      for (let index = 0; index < 10; index += 1) stream.write(Buffer.alloc(MIB, 'a'));
      const finished = stream.finish();
      const startedAtMs = nowMs();
      const burst = await invocation.exchange.bodyUntil((body) => body.length >= 6 * MIB, 10_000);
      await finished;
      const reply = await t.answerOf(invocation, 15_000);
      return { burstMs: Math.round(burst.atMs - startedAtMs), restMs: Math.round(reply.endAtMs - burst.atMs) };
    },
  },
  {
    id: 'stream-telemetry',
    ref: 'STR-027',
    title: 'platform.runtimeDone of a stream counts its bytes and spans it from the first byte to the last',
    source: `AWS guide, Telemetry API Event schema reference; ${lmi('telemetry')}`,
    level: 'required',
    needs: ['runtime-api', 'streaming', 'extensions', 'telemetry-api'],
    profile: 'aws',
    setup: { extensions: ['subscriber'] },
    accepts: [{ producedBytes: 'firstsecond'.length, responseDurationMs: between(400, 1_500) }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      const { invocation, runtime, event } = await t.accept({ isStreaming: true });
      const stream = await ResponseStream.open(runtime, event.requestId);
      stream.write('first');
      await sleep(500);
      stream.write('second');
      await stream.finish();
      await t.answerOf(invocation);
      const record = recordOf(await sink.waitFor('platform.runtimeDone'));
      const span = listAt(record, 'spans').find((candidate) => textAt(candidate, 'name') === 'responseDuration');
      return { producedBytes: numberAt(record, 'metrics', 'producedBytes'), responseDurationMs: numberAt(span, 'durationMs') };
    },
  },
];

function preludeCase(options: { id: string; ref: string; title: string; pieces: (prelude: string) => readonly Buffer[] }): ConformanceCase {
  return {
    id: options.id,
    ref: options.ref,
    title: options.title,
    source: STREAMING,
    level: 'required',
    needs: ['runtime-api', 'streaming', 'function-url'],
    profile: 'aws',
    setup: { functionUrl: true },
    accepts: [{ status: 201, header: 'b', cookies: anyOf('c=1, d=2', 'c=1', 'd=2, c=1'), body: 'the body' }],
    run: async (t) => {
      const prelude = '{"statusCode":201,"headers":{"X-A":"b"},"cookies":["c=1","d=2"]}';
      const reply = await throughFunctionUrl(t, INTEGRATION_TYPE, options.pieces(prelude));
      return { status: reply.status, header: reply.headers.get('x-a'), cookies: reply.headers.get('set-cookie'), body: reply.text };
    },
  };
}

/** A GET to the function URL, answered by a stream of these pieces. */
async function throughFunctionUrl(t: Trial, contentType: string, pieces: readonly Buffer[]): Promise<Reply> {
  const client = await t.connect(t.instance.ports.functionUrl);
  const exchange = client.start({ method: 'GET', path: '/some/path' });
  const runtime = await t.runtime();
  const event = await runtime.next();
  const stream = await ResponseStream.open(runtime, event.requestId, contentType);
  for (const piece of pieces) {
    stream.write(piece);
    await sleep(50);
  }
  await stream.finish();
  await runtime.startNext();
  const reply = await exchange.reply();
  client.destroy();
  return reply;
}
