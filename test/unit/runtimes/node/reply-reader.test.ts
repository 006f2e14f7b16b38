import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MalformedReplyError, REPLY_HEAD_BYTES_MAX, type Reply, ReplyReader } from '../../../../runtimes/node/reply-reader.ts';

const test = suite('runtimes/node/reply-reader');

/** Feeds the text in pieces of the given size. */
function read(input: string | Buffer, pieceBytes = 65_536): { replies: Reply[]; isBetweenReplies: boolean } {
  const replies: Reply[] = [];
  const reader = new ReplyReader((reply) => replies.push(reply));
  const bytes = Buffer.from(input);
  for (let offset = 0; offset < bytes.length; ) {
    const target = reader.target();
    const copied = bytes.copy(target, 0, offset, Math.min(offset + pieceBytes, offset + target.length));
    reader.advance(copied);
    offset += copied;
  }
  return { replies, isBetweenReplies: reader.isBetweenReplies };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi';

test('a reply is read whatever pieces it comes in', () => {
  for (const pieceBytes of [1, 2, 3, 7, 1_000]) {
    const { replies, isBetweenReplies } = read(OK + OK, pieceBytes);
    assert.equal(replies.map((reply) => [reply.status, reply.body.toString(), reply.headers.get('x-a'), reply.keepAlive]), [[200, 'hi', 'b', true], [200, 'hi', 'b', true]]);
    assert.ok(isBetweenReplies);
  }
});

test('a started reply is not between replies', () => {
  assert.not.ok(read(OK.slice(0, 5)).isBetweenReplies);
  assert.not.ok(read(OK.slice(0, -1)).isBetweenReplies);
});

test('a chunked reply is joined, its extensions and trailers ignored', () => {
  const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n';
  for (const pieceBytes of [1, 5, 1_000]) assert.is(read(text + OK, pieceBytes).replies[0]?.body.toString(), 'abc0123456789');
});

test('interim replies are skipped', () => {
  assert.is(read(`HTTP/1.1 100 Continue\r\n\r\n${OK}`).replies.length, 1);
});

test('the reply says whether the connection stays', () => {
  assert.is(read('HTTP/1.1 202 A\r\nConnection: close\r\nContent-Length: 0\r\n\r\n').replies[0]?.keepAlive, false);
  assert.is(read('HTTP/1.0 202 A\r\nContent-Length: 0\r\n\r\n').replies[0]?.keepAlive, false);
  assert.is(read('HTTP/1.0 202 A\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n').replies[0]?.keepAlive, true);
});

test('header values are UTF-8', () => {
  assert.is(read('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nC: é😀\r\n\r\n').replies[0]?.headers.get('c'), 'é😀');
});

const REFUSED = {
  'no status line': 'HELLO\r\n\r\n',
  'another protocol version': 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n',
  'no length': 'HTTP/1.1 200 OK\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
  'length and chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'a hexadecimal length': 'HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n',
  'a length above the limit': 'HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n',
  'another transfer coding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
  'a folded header': 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n',
  'a bare line feed in a header': 'HTTP/1.1 200 OK\r\nA: b\nC: d\r\nContent-Length: 0\r\n\r\n',
  'a chunk size that is no number': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'a chunk that is longer than it says': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
  'chunks above the limit': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n',
  'a head above the limit': `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(REPLY_HEAD_BYTES_MAX)}\r\n\r\n`,
};
for (const [title, text] of Object.entries(REFUSED)) {
  test(`a reply with ${title} is refused`, () => {
    assert.throws(() => read(text), (error: unknown) => error instanceof MalformedReplyError);
  });
}

test('any header and body survive any cutting into pieces', () => {
  const value = fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replace(/[^\x21-\x7e]/g, 'x'));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), value, fc.integer({ min: 1, max: 400 }), fc.boolean(), (body, header, pieceBytes, isChunked) => {
      const framed = isChunked
        ? Buffer.concat([...[...body].map((byte) => Buffer.from([0x31, 13, 10, byte, 13, 10])), Buffer.from('0\r\n\r\n')])
        : Buffer.from(body);
      const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
      const message = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nX: ${header}\r\n${framing}\r\n\r\n`), framed]);
      const { replies } = read(Buffer.concat([message, message]), pieceBytes);
      assert.is(replies.length, 2);
      for (const reply of replies) {
        assert.ok(reply.body.equals(Buffer.from(body)));
        assert.is(reply.headers.get('x'), header);
      }
    }),
  );
});

test('any bytes are read or refused, and never anything else', () => {
  const noise = fc.array(fc.oneof(fc.constantFrom('HTTP/1.1 200 OK\r\n', '\r\n', '\r\n\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '1\r\n', 'abc', ':'), fc.string()), { maxLength: 12 });
  fc.assert(
    fc.property(noise, fc.integer({ min: 1, max: 50 }), (pieces, pieceBytes) => {
      try {
        read(pieces.join(''), pieceBytes);
      } catch (error) {
        assert.ok(error instanceof MalformedReplyError);
      }
    }),
  );
});

test.run();
