import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SQSEvent } from 'aws-lambda';
import { background, stream, typed } from '../../../../runtimes/sdk/index.ts';
import { call, dynamoDbEvent, eventBridgeEvent, fakeContext, kinesisEvent, parseRecordings, recordTo, replay, s3Event, snsEvent, sqsEvent } from '../../../../runtimes/sdk/test-kit/index.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtimes/sdk/test-kit');

test('a handler is called without a socket and gives what the platform would have been sent', async () => {
  assert.equal((await call((event: { n: number }) => event.n + 1, { n: 1 })).json(), 2);
  assert.equal((await call((_event, context) => context.awsRequestId, {}, { context: fakeContext({ awsRequestId: 'mine' }) })).json(), 'mine');
  assert.is((await call(() => Promise.reject(new RangeError('no')), {})).error?.headerType, 'Function.RangeError');
  assert.is((await call(stream(async function* () { yield 'a'; yield 'b'; }), {})).text(), 'ab');
});

test('the work of a background handler is waited for', async () => {
  let isDone = false;
  const handler = background(async (_event, respond) => {
    respond('early');
    await new Promise((resolve) => setImmediate(resolve));
    isDone = true;
  });
  assert.equal([(await call(handler, {})).json(), isDone], ['early', true]);
});

test('an event that does not pass its schema is reported as such', async () => {
  const handler = typed((event: { n: number }) => event.n, {
    parse: (event) => {
      if (typeof event !== 'object' || event === null || !('n' in event) || typeof event.n !== 'number') throw new TypeError('n is no number');
      return { n: event.n };
    },
  });
  assert.is((await call(handler, { n: 1 })).text(), '1');
  assert.is((await call(handler, {})).error?.headerType, 'Function.InvalidEvent');
});

test('builders make events whose parts are where the services put them', () => {
  const sqs: SQSEvent = sqsEvent([{ a: 1 }, 'text']);
  assert.equal(sqs.Records.map(({ body }) => body), ['{"a":1}', 'text']);
  assert.is(snsEvent(['m']).Records[0]?.Sns.Message, 'm');
  assert.is(s3Event(['a b/ü.txt']).Records[0]?.s3.object.key, 'a+b/%C3%BC.txt');
  assert.is(eventBridgeEvent('Order', { id: 1 })['detail-type'], 'Order');
  assert.is(Buffer.from(kinesisEvent(['x']).Records[0]?.kinesis.data ?? '', 'base64').toString('utf8'), 'x');
  assert.equal(dynamoDbEvent([{ keys: { id: { S: '1' } }, after: {} }, { keys: {}, before: {} }, { keys: {}, before: {}, after: {} }]).Records.map(({ eventName }) => eventName), ['INSERT', 'REMOVE', 'MODIFY']);
});

test('what was recorded is the same when it is played against the same handler, and differs against another', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'recordings.jsonl');
    const interceptors = [recordTo(file, { redact: (event) => ({ ...Object(event), secret: '[redacted]' }) })];
    const handler = (event: { n: number }): unknown => {
      if (event.n < 0) throw new RangeError('negative');
      return { b: event.n, a: 1 };
    };
    for (const n of [1, -1]) await call(handler, { n, secret: 's3cret' }, { interceptors });
    await call(stream(async function* () { yield 'x'; yield { y: 1 }; }), {}, { interceptors });
    const text = readFileSync(file, 'utf8');
    assert.not.match(text, /s3cret/);
    const recordings = parseRecordings(text);
    assert.equal((await replay(recordings.slice(0, 2), handler)).map(({ isSame }) => isSame), [true, true]);
    assert.equal((await replay(recordings.slice(0, 2), () => ({ a: 1, b: 1 }))).map(({ isSame }) => isSame), [true, false]);
    assert.equal(recordings[2]?.outcome, { kind: 'response', text: 'x{"y":1}' });
    assert.throws(() => parseRecordings('{}\nnot json'), /line 1 is no recording/);
  }));

test.run();
