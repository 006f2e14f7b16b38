import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameDecoder, FrameError } from '../../../../runtime-api/channel/frames.ts';
import type { Frame } from '../../../../runtime-api/channel/frames.ts';
import { decodeWorkerMessage, encodeServerMessage, encodeWorkerMessage } from '../../../../runtime-api/channel/messages.ts';
import type { ServerMessage, WorkerMessage } from '../../../../runtime-api/channel/messages.ts';
import { decodeServerMessage } from '../../../../runtime-api/channel/server-message-parser.ts';

const test = suite('runtime-api/channel/messages');

function onlyFrame(buffers: readonly Buffer[]): Frame {
  const frames: Frame[] = [];
  new FrameDecoder().push(Buffer.concat(buffers), (frame) => frames.push(frame));
  const [frame] = frames;
  if (frame === undefined || frames.length !== 1) throw new Error(`${frames.length} frames`);
  return frame;
}

const WORKER_MESSAGES: readonly WorkerMessage[] = [
  {
    kind: 'configure',
    configuration: { bootstrap: { kind: 'lookup', paths: ['/a'] }, variables: { A: 'ä\n' }, workingDirectory: '/', functionTimeoutMs: 3_000, initTimeoutMs: 10_000 },
  },
  { kind: 'invoke', invocation: { requestId: 'i', functionArn: 'a', payload: Buffer.from('{"ä":1}'), clientContext: '{}' } },
  { kind: 'admitted', processId: 7, ok: false },
  { kind: 'allEnded' },
  { kind: 'reported', figures: { requestId: 'i', status: 'error', errorType: 'T', durationMs: 1.25, billedDurationMs: 2, memorySizeMiB: 128, maxMemoryUsedMiB: 40, initDurationMs: 0.5 } },
  { kind: 'shutDown' },
];

const SERVER_MESSAGES: readonly ServerMessage[] = [
  { kind: 'hello', protocol: 1 },
  { kind: 'admit', processId: 7 },
  { kind: 'endAll' },
  { kind: 'log', bytes: Buffer.from('text\0') },
  { kind: 'initReported', phase: 'init', status: 'error', errorType: 'Runtime.ExitError' },
  { kind: 'started', requestId: 'i' },
  { kind: 'answered', answer: { requestId: 'i', body: Buffer.from('{}'), isFunctionError: true, origin: 'crash', errorType: 'T' } },
  { kind: 'completed', requestId: 'i', status: 'timeout' },
  { kind: 'figuresWanted', requestId: 'i', status: 'error', errorType: 'Runtime.ExitError' },
  { kind: 'extensionsFound' },
  { kind: 'shutDownEnded' },
];

for (const message of WORKER_MESSAGES) {
  test(`"${message.kind}" of the worker arrives as it was said`, () => assert.equal(decodeWorkerMessage(onlyFrame(encodeWorkerMessage(message))), message));
}

for (const message of SERVER_MESSAGES) {
  test(`"${message.kind}" of the server arrives as it was said`, () => {
    const { errorType: _, ...withoutType } = { errorType: undefined, ...message };
    assert.equal(JSON.parse(JSON.stringify(decodeServerMessage(onlyFrame(encodeServerMessage(message))))), JSON.parse(JSON.stringify('errorType' in message ? message : withoutType)));
  });
}

test('a type that the other side never says is refused', () => {
  const nothing = Buffer.alloc(0);
  for (let type = 0; type < 256; type += 1) {
    const frame = { type, header: {}, payload: nothing };
    if (type > 7) assert.throws(() => decodeWorkerMessage(frame), (error: unknown) => error instanceof FrameError);
    if (type < 65 || type > 77) assert.throws(() => decodeServerMessage(frame), (error: unknown) => error instanceof FrameError);
  }
});

test.run();
