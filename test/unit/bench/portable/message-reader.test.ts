import fc from 'fast-check';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMessages, takeMessage } from '../../../../bench/portable/message-reader.ts';

const test = suite('bench/portable/message-reader');

const DECLARED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n';

for (const [name, text] of [['a declared', DECLARED], ['a chunked', CHUNKED]] as const) {
  test(`${name} body is read whole, and what follows is left`, () => {
    const taken = takeMessage(Buffer.from(`${text}HTTP/1.1 202`));
    assert.ok(taken.message !== undefined);
    assert.is(taken.message.body.toString(), 'hello');
    assert.is(taken.message.firstLine, 'HTTP/1.1 200 OK');
    assert.is(taken.consumed, text.length);
  });

  test(`${name} body that is cut anywhere is not a message yet`, () => {
    for (let length = 0; length < text.length; length += 1) assert.is(takeMessage(Buffer.from(text.slice(0, length))).message, undefined, `${length} bytes`);
  });
}

const BAD: [title: string, text: string][] = [
  ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n'],
  ['a length above the limit', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n'],
  ['a chunk size that is no number', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['a chunk above the limit', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n'],
];

for (const [title, text] of BAD) test(`${title} is refused`, () => assert.throws(() => takeMessage(Buffer.from(text)), /not understood/));

test('whatever the bytes, the reader answers or refuses', () => {
  const piece = fc.constantFrom('HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n', '3\r\nabc\r\n', '0\r\n', 'abc', ':', ';', '\r');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        const taken = takeMessage(Buffer.from(pieces.join('')));
        if (taken.message !== undefined) assert.ok(taken.consumed > 0 && taken.consumed <= pieces.join('').length);
      } catch (error) {
        assert.match(String(error), /not understood/);
      }
    }),
  );
});

async function readFrom(pieces: readonly string[]): Promise<string[]> {
  const server = createServer(async (socket) => {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const bodies: string[] = [];
  try {
    for await (const { body } of readMessages(connect(address !== null && typeof address === 'object' ? address.port : 0, '127.0.0.1'))) bodies.push(body.toString());
  } finally {
    server.close();
  }
  return bodies;
}

test('messages that arrive in pieces and messages that arrive together are all read', async () => {
  assert.equal(await readFrom([DECLARED.slice(0, 30), DECLARED.slice(30) + CHUNKED + DECLARED]), ['hello', 'hello', 'hello']);
});

test('an end inside a message is an error', async () => {
  try {
    await readFrom([DECLARED, DECLARED.slice(0, -1)]);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /ended inside a message/);
  }
});

test.run();
