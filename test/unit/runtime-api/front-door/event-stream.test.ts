/** The encoder against the decoder of the AWS SDK, which is what reads it in the end. */
import { EventStreamCodec } from '@smithy/core/event-streams';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventMessage, exceptionMessage, invokeComplete, payloadChunk } from '../../../../runtime-api/front-door/event-stream.ts';

const test = suite('runtime-api/front-door/event-stream');
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

function decoded(pieces: readonly Buffer[]): { headers: Record<string, unknown>; body: Buffer } {
  const { headers, body } = codec.decode(Buffer.concat(pieces));
  return { headers: Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value])), body: Buffer.from(body) };
}

test('what is encoded is decoded to the same headers and bytes', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => Buffer.byteLength(text) <= 255 && text !== '__proto__');
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: 'binary', maxLength: 300 })), fc.uint8Array({ maxLength: 100_000 }), (headers, body) => {
      const message = decoded(eventMessage(headers, Buffer.from(body)));
      assert.equal(message.headers, { ...headers });
      assert.ok(message.body.equals(Buffer.from(body)));
    }),
    { numRuns: 300 },
  );
});

test('the SDK encodes the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_000 }), (body) => {
      const headers = {
        ':message-type': { type: 'string' as const, value: 'event' },
        ':event-type': { type: 'string' as const, value: 'PayloadChunk' },
        ':content-type': { type: 'string' as const, value: 'application/octet-stream' },
      };
      assert.ok(Buffer.concat(payloadChunk(Buffer.from(body))).equals(Buffer.from(codec.encode({ headers, body }))));
    }),
  );
});

test('a single changed byte is noticed by the checksums', () => {
  const bytes = Buffer.concat(payloadChunk(Buffer.from('payload')));
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    assert.throws(() => codec.decode(changed), undefined, `byte ${at}`);
  }
});

test('the payload is not copied', () => {
  const payload = Buffer.alloc(1_000_000);
  assert.ok(payloadChunk(payload).includes(payload));
});

test('the completion event leaves out what has no value', () => {
  assert.is(decoded(invokeComplete({})).body.toString(), '{}');
  assert.equal(decoded(invokeComplete({ errorCode: 'T', errorDetails: '{"a":"ä"}', logResult: 'bG9n' })), {
    headers: { ':message-type': 'event', ':event-type': 'InvokeComplete', ':content-type': 'application/json' },
    body: Buffer.from('{"ErrorCode":"T","ErrorDetails":"{\\"a\\":\\"ä\\"}","LogResult":"bG9n"}'),
  });
});

test('a fault of the service is an exception message', () => {
  const { headers, body } = decoded(exceptionMessage('ServiceException', { Message: 'm' }));
  assert.equal([headers[':message-type'], headers[':exception-type'], body.toString()], ['exception', 'ServiceException', '{"Message":"m"}']);
});

test.run();
