import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MessageReader, payloadOf, readEventStream, writeRequest } from '../../conformance/index.ts';

const test = suite('conformance/http');

/** Feeds a message in pieces of the given lengths. */
function read(bytes: Buffer, cuts: readonly number[], kind: 'reply' | 'request' = 'reply'): MessageReader {
  const reader = new MessageReader({ kind });
  let offset = 0;
  for (const cut of [...cuts, bytes.length]) {
    if (offset >= bytes.length || reader.message !== undefined) break;
    reader.push(bytes.subarray(offset, offset + cut), 1);
    offset += cut;
  }
  return reader;
}

test('a chunked reply with trailers reads the same however it is cut', () => {
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\nX-A: c\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: u\r\n\r\n');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 40 }), (cuts) => {
      const { message } = read(bytes, cuts);
      assert.is(message?.body.toString(), 'abcde');
      assert.is(message?.trailers.get('x-t'), 'u');
      assert.is(message?.headers.get('x-a'), 'b, c');
      assert.is(message?.isComplete, true);
    }),
  );
});

test('a reply with a length leaves what follows to the next message', () => {
  const reader = read(Buffer.from('HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1'), []);
  assert.is(reader.message?.body.toString(), '{}');
  assert.is(reader.takeRest().toString(), 'HTTP/1.1');
});

test('interim replies are counted and passed over', () => {
  const { message } = read(Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'), [7]);
  assert.equal(message?.interim, [100]);
  assert.match(message?.startLine ?? '', /^HTTP\/1\.1 202/);
});

test('a reply that ends before its length is not complete', () => {
  const reader = read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'), []);
  assert.is(reader.message, undefined);
  reader.end(2);
  assert.is(reader.message?.isComplete, false);
  assert.is(reader.message?.body.toString(), 'abc');
});

test('a reply without a length lasts until the end of the connection', () => {
  const reader = read(Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc'), [10]);
  reader.end(2);
  assert.is(reader.message?.isComplete, true);
  assert.is(reader.message?.body.toString(), 'abc');
});

test('a reply of 204 has no body', () => {
  assert.is(read(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'), []).message?.body.length, 0);
});

test('what the request writer writes the reader reads', () => {
  const chunked = writeRequest({ method: 'POST', path: '/a', chunks: ['ab', 'c'], trailers: { 'X-T': 'u' } }, 'host:1');
  const { message } = read(chunked, [3, 5], 'request');
  assert.is(message?.startLine, 'POST /a HTTP/1.1');
  assert.is(message?.body.toString(), 'abc');
  assert.is(message?.headers.get('trailer'), 'X-T');
  assert.is(message?.trailers.get('x-t'), 'u');
  assert.is(message?.headers.get('content-length'), undefined);
});

test('headers that a case gives replace those that the kit adds', () => {
  const text = writeRequest({ method: 'POST', path: '/', headers: { 'content-length': '5', HOST: 'other' }, body: 'ab' }, 'host:1').toString();
  assert.is(text, 'POST / HTTP/1.1\r\ncontent-length: 5\r\nHOST: other\r\n\r\nab');
});

function streamMessage(type: string, payload: string): Buffer {
  const header = Buffer.concat([Buffer.from([11]), Buffer.from(':event-type'), Buffer.from([7, 0, type.length]), Buffer.from(type)]);
  const message = Buffer.alloc(12 + header.length + payload.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(header.length, 4);
  header.copy(message, 12);
  message.write(payload, 12 + header.length);
  return message;
}

test('an event stream is read up to its last whole message', () => {
  const bytes = Buffer.concat([streamMessage('PayloadChunk', 'ab'), streamMessage('PayloadChunk', 'c'), streamMessage('InvokeComplete', '{}')]);
  const cut = readEventStream(bytes.subarray(0, bytes.length - 1));
  assert.equal(cut.events.map(({ type }) => type), ['PayloadChunk', 'PayloadChunk']);
  assert.ok(cut.restBytes > 0);
  assert.is(readEventStream(bytes).restBytes, 0);
  assert.is(payloadOf(bytes).toString(), 'abc');
});

test('bytes that are no event stream are malformed and end the reading', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readEventStream(Buffer.from(bytes))), { numRuns: 500 });
  assert.ok(readEventStream(Buffer.alloc(16)).malformed);
});

test.run();
