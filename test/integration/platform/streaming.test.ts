// time-limit-seconds: 180
/** Streaming handlers in real environments behind `rik up`, invoked with the AWS SDK and with plain sockets. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, InvokeWithResponseStreamCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import type { InvokeWithResponseStreamResponseEvent } from '@aws-sdk/client-lambda';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RawPeer } from '../../support/raw-peer.ts';
import { startRikUp, stopRikUp, temporaryHome, untilNoTraces } from '../../support/rik-up.ts';
import type { RikUp } from '../../support/rik-up.ts';
import { REPOSITORY } from '../../support/runtime-images.ts';
import { clientOf, createFunction, zipOf } from './sdk-functions.ts';

const test = suite('integration/platform/streaming');

const HANDLER = `
import { setTimeout as delay } from 'node:timers/promises';
const WAYS = {
  async words(event, stream) { for (const word of event.words) { stream.write(word); await delay(event.pauseMs ?? 0); } stream.end(); },
  async flood(event, stream) {
    for (let index = 0; index < event.count; index += 1) {
      if (!stream.write(Buffer.alloc(65_536, index % 251))) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
  },
  async fail(event, stream) { stream.write('begun'); await delay(20); throw new RangeError('on the way'); },
  async exit(event, stream) { stream.write('begun'); await delay(50); process.exit(3); },
  async forever(event, stream) { stream.write('begun'); await delay(3_600_000); },
};
export const handler = awslambda.streamifyResponse((event, stream, context) => WAYS[event.do](event, stream, context));
`;

async function openUp(): Promise<{ up: RikUp; home: string; remove(): void } | { up: undefined; reason: string }> {
  const made = await temporaryHome(['nodejs24.x']);
  if (made.home === undefined) return { up: undefined, reason: made.reason };
  const words = process.getuid?.() === 0 ? [] : ['--unprivileged'];
  try {
    return { up: await startRikUp({ home: made.home, words }), ...made };
  } catch (error) {
    made.remove();
    return { up: undefined, reason: error instanceof Error ? error.message.trim().replaceAll('\n', '; ') : String(error) };
  }
}

const opened = await openUp();
if (opened.up === undefined) {
  test.skip(`streams behind rik up (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { up, home, remove } = opened;
  const client = clientOf(up.url);
  const port = Number(new URL(up.url).port);

  const stream = async (name: string, event: unknown, onChunk: (chunk: Buffer) => void = () => {}) => {
    const { EventStream, $metadata: _, ...head } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: name, LogType: 'Tail', Payload: Buffer.from(JSON.stringify(event)) }));
    let text = '';
    let complete: InvokeWithResponseStreamResponseEvent['InvokeComplete'];
    for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
      complete = InvokeComplete ?? complete;
      const chunk = Buffer.from(PayloadChunk?.Payload ?? []);
      if (chunk.length > 0) onChunk(chunk);
      if (text.length < 10_000) text += chunk.toString();
    }
    return { ...head, text, errorCode: complete?.ErrorCode, errorDetails: complete?.ErrorDetails, log: Buffer.from(complete?.LogResult ?? '', 'base64').toString() };
  };
  const servesOn = async (name: string): Promise<void> => assert.is((await stream(name, { do: 'words', words: ['still', ' here'] })).text, 'still here');
  const request = (event: unknown): string => {
    const body = JSON.stringify(event);
    return `POST /2021-11-15/functions/streams/response-streaming-invocations HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };

  test('the SDK gets each chunk, the version and the log', async () => {
    await createFunction(client, { name: 'streams', code: await zipOf({ 'index.mjs': HANDLER }), runtime: 'nodejs24.x', handler: 'index.handler', timeoutSeconds: 5 });
    const chunks: string[] = [];
    const streamed = await stream('streams', { do: 'words', words: ['a', 'b', 'c'], pauseMs: 30 }, (chunk) => chunks.push(chunk.toString()));
    assert.equal(chunks, ['a', 'b', 'c']);
    assert.equal([streamed.StatusCode, streamed.ExecutedVersion, streamed.ResponseStreamContentType, streamed.errorCode], [200, '$LATEST', 'application/vnd.amazon.eventstream', undefined]);
    assert.match(streamed.log, /^START [^]*\nREPORT /);
  });

  test('50 MB arrive intact through channel and front door', async () => {
    const sent = createHash('sha256');
    for (let index = 0; index < 800; index += 1) sent.update(Buffer.alloc(65_536, index % 251));
    const received = createHash('sha256');
    const streamed = await stream('streams', { do: 'flood', count: 800 }, (chunk) => received.update(chunk));
    assert.equal([received.digest('hex'), streamed.errorCode], [sent.digest('hex'), undefined]);
  });

  test('the example streams, with its prelude', async () => {
    const code = await zipOf({ 'index.mjs': readFileSync(join(REPOSITORY, 'examples', 'stream-node', 'index.mjs')) });
    await createFunction(client, { name: 'example', code, runtime: 'nodejs24.x', handler: 'index.handler' });
    const { text } = await stream('example', { text: 'one two', pauseMs: 1 });
    assert.match(text, /^\{"statusCode":200,.*\}\0{8}one\ntwo\n$/);
  });

  test('a buffered invoker gets the same in one piece', async () => {
    const answer = await client.send(new InvokeCommand({ FunctionName: 'streams', Payload: Buffer.from('{"do":"words","words":["a","b"]}') }));
    assert.equal([Buffer.from(answer.Payload ?? []).toString(), answer.FunctionError], ['ab', undefined]);
  });

  test('an error on the way is in the completion', async () => {
    const streamed = await stream('streams', { do: 'fail' });
    assert.equal([streamed.text, streamed.errorCode, JSON.parse(streamed.errorDetails ?? '').errorMessage], ['begun', 'RangeError', 'on the way']);
    assert.match(streamed.log, /Status: error/);
    await servesOn('streams');
  });

  test('a runtime that exits in the middle ends the stream with an error, and a new one serves on', async () => {
    const streamed = await stream('streams', { do: 'exit' });
    assert.is(streamed.text, 'begun');
    assert.match(streamed.errorCode ?? '', /^Runtime\.(ExitError|TruncatedResponse)$/);
    await servesOn('streams');
  });

  test('at the deadline the stream is cut', async () => {
    const peer = await RawPeer.connect(port);
    peer.send(request({ do: 'forever' }));
    const received = (await peer.all()).toString('latin1');
    assert.ok(received.includes('begun') && received.includes('"ErrorCode":"Sandbox.Timeout"'));
    assert.not.ok(received.endsWith('0\r\n\r\n'));
    await servesOn('streams');
  });

  test('an invoker that does not read costs neither the platform its memory nor others their answers; gone, it costs nothing', async () => {
    const rssMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${up.pid}/status`, 'utf8'))?.[1]) / 1024;
    const peers = await Promise.all(Array.from({ length: 3 }, () => RawPeer.connect(port)));
    for (const peer of peers) {
      peer.socket.pause();
      peer.send(request({ do: 'flood', count: 1_600 }));
    }
    await servesOn('streams');
    const beforeMiB = rssMiB();
    // Three streams of 100 MB have begun; they stand still until their deadline at 5 s.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.ok(rssMiB() - beforeMiB < 40, `${beforeMiB} to ${rssMiB()} MiB`);
    for (const peer of peers) peer.socket.resetAndDestroy();
    await servesOn('streams');
  });

  test('on a connection that began with another operation it streams too', async () => {
    const peer = await RawPeer.connect(port);
    peer.send('GET /2015-03-31/functions/streams HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.is((await peer.answer())?.status, 200);
    peer.send(request({ do: 'words', words: ['one', 'two'], pauseMs: 30 }));
    while (!peer.pending.includes('InvokeComplete')) await new Promise((resolve) => setTimeout(resolve, 5));
    const received = peer.pending.toString('latin1');
    assert.match(received, /^HTTP\/1\.1 200 [^]*application\/vnd\.amazon\.eventstream[^]*PayloadChunk[^]*one[^]*PayloadChunk[^]*two[^]*InvokeComplete/);
    peer.destroy();
  });

  test('what is refused is an error of the API', async () => {
    const refused = await stream('nobody', {}).catch((error: unknown) => error);
    assert.is(Object(refused).name, 'ResourceNotFoundException');
    assert.not.ok(refused instanceof TooManyRequestsException);
  });

  test.after(async () => {
    client.destroy();
    assert.is(await stopRikUp(up), 0);
    assert.equal(await untilNoTraces({ pid: up.pid, home }), []);
    remove();
  });
}

test.run();
