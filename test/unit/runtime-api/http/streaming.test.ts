/** Bodies that are handed on while they come and answers that are made while they are sent, over real sockets. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnswerStream } from '../../../../runtime-api/http/answer-stream.ts';
import { answer } from '../../../../runtime-api/http/answer.ts';
import { BodyRelay, RELAYED_PIECE_BYTES_MAX } from '../../../../runtime-api/http/body-relay.ts';
import { HttpConnection } from '../../../../runtime-api/http/connection.ts';
import type { HttpRequest, RequestHandler } from '../../../../runtime-api/http/request-handler.ts';
import { HeadParser } from '../../../../runtime-api/http/head.ts';
import { withServer } from '../../../support/listening-server.ts';
import { RawPeer } from '../../../support/raw-peer.ts';

const test = suite('runtime-api/http/streaming');
const CHUNKED = 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
const GET = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const resume = (request: HttpRequest | undefined): void => request?.connection.resumeBody(request);

function chunk(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

function relayOf(head: string, onPiece: (piece: Buffer) => boolean): BodyRelay {
  const parsed = new HeadParser().parse(Buffer.from(head, 'latin1'));
  if ('refused' in parsed) throw new Error(parsed.reason);
  return new BodyRelay(parsed, { kind: 'relay', onPiece });
}

test('whatever the chunks and however they are cut, the pieces are the body and none is larger than allowed', () => {
  const head = CHUNKED.slice(0, -4);
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 90_000 }), { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }), (chunks, cuts) => {
      const wire = Buffer.concat([...chunks.map((bytes) => chunk(Buffer.from(bytes))), Buffer.from('0\r\nA: b\r\n\r\n')]);
      const pieces: Buffer[] = [];
      const relay = relayOf(head, (piece) => pieces.push(piece) > 0);
      let unread = Buffer.alloc(0);
      let at = 0;
      for (let round = 0, isDone = false; !isDone; round += 1) {
        const bytes = cuts[round % cuts.length] ?? 1;
        unread = Buffer.concat([unread, wire.subarray(at, at + bytes)]);
        at += bytes;
        const progress = relay.push(unread);
        if (progress.kind === 'malformed') throw new Error(progress.reason);
        unread = unread.subarray(progress.consumed);
        isDone = progress.kind === 'done';
      }
      assert.ok(Buffer.concat(pieces).equals(Buffer.concat(chunks)));
      assert.ok(pieces.every((piece) => piece.length > 0 && piece.length <= RELAYED_PIECE_BYTES_MAX));
      assert.equal([...relay.result().trailers], [['a', 'b']]);
      assert.is(relay.result().totalBytes, Buffer.concat(chunks).length);
    }),
    { numRuns: 60 },
  );
});

test('tiny chunks of one read become one piece', () => {
  const pieces: string[] = [];
  relayOf(CHUNKED.slice(0, -4), (piece) => pieces.push(piece.toString()) > 0).push(Buffer.concat(['a', 'b', 'c'].map(chunk)));
  assert.equal(pieces, ['abc']);
});

test('a body of a length is handed on as well, one that is too long is malformed', () => {
  const pieces: string[] = [];
  const relay = relayOf('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5', (piece) => pieces.push(piece.toString()) > 0);
  assert.equal(relay.push(Buffer.from('abc')), { kind: 'more', consumed: 3 });
  assert.equal(relay.push(Buffer.from('defg')), { kind: 'done', consumed: 2 });
  assert.equal(pieces, ['abc', 'de']);
  assert.is(relayOf('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 268435457', () => true).push(Buffer.from('a')).kind, 'malformed');
});

type Opened = { peer: RawPeer; trace: string[]; requests: HttpRequest[]; pieces: Buffer[]; port: number };

/** Hands bodies on; `takes` says what is answered to each piece. */
async function relaying(use: (opened: Opened) => Promise<void>, takes: (index: number) => boolean = () => true): Promise<void> {
  const opened: Omit<Opened, 'peer' | 'port'> = { trace: [], requests: [], pieces: [] };
  const handler: RequestHandler = {
    head(request) {
      opened.requests.push(request);
      return { kind: 'relay', onPiece: (piece) => takes(opened.pieces.push(piece) - 1) };
    },
    received(request, body) {
      opened.trace.push(`received ${body.totalBytes}`);
      request.answer(answer(202, '', [...body.trailers].map(([name, value]) => `${name}=${value}`).join(',')));
    },
    broken() {
      opened.trace.push('broken');
      return answer(400, '', 'cut');
    },
    peerEnded: () => true,
  };
  await withServer(
    (socket) => new HttpConnection(socket, handler),
    async (port) => {
      const peer = await RawPeer.connect(port);
      try {
        await use({ ...opened, peer, port });
      } finally {
        peer.destroy();
      }
    },
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('a piece is handed on before the next one is sent, and the trailers come with the end', async () => {
  await relaying(async ({ peer, pieces }) => {
    peer.send(CHUNKED);
    for (const [index, text] of ['first', 'second'].entries()) {
      peer.send(chunk(text));
      await until(() => pieces.length === index + 1);
      assert.is(pieces[index]?.toString(), text);
    }
    peer.send('0\r\nLambda-X: y\r\n\r\n');
    assert.is((await peer.answer())?.body.toString(), 'lambda-x=y');
    // The connection is as good as new.
    peer.send(`${CHUNKED}0\r\n\r\n`);
    assert.is((await peer.answer())?.status, 202);
  });
});

test('a receiver that wants no more gets no more than was read, and everything when it goes on', async () => {
  const body = Buffer.alloc(40_000_000, 'x');
  await relaying(
    async ({ peer, pieces, requests }) => {
      peer.send(CHUNKED);
      peer.send(chunk(body));
      await until(() => pieces.length > 0);
      for (let turn = 0; turn < 50; turn += 1) await tick();
      const bytes = (): number => pieces.reduce((sum, piece) => sum + piece.length, 0);
      assert.ok(bytes() <= RELAYED_PIECE_BYTES_MAX, `${bytes()} bytes`);
      assert.ok((requests[0]?.connection.socket.readableLength ?? 0) <= 262_144, 'and the socket holds no more than its buffer');
      peer.send('0\r\n\r\n');
      for (let count = 0; bytes() < body.length; count = pieces.length) {
        resume(requests[0]);
        await until(() => pieces.length > count || bytes() === body.length);
      }
      resume(requests[0]);
      assert.is((await peer.answer())?.status, 202);
    },
    () => false,
  );
});

test('a peer that ends its side in the middle is told, even when it was held back', async () => {
  for (const takes of [true, false]) {
    await relaying(
      async ({ peer, pieces, requests, trace }) => {
        peer.send(CHUNKED);
        peer.send(chunk('begun'));
        await until(() => pieces.length > 0);
        peer.end();
        for (let turn = 0; turn < 10; turn += 1) await tick();
        resume(requests[0]);
        const reply = await peer.answer();
        assert.equal([reply?.status, reply?.body.toString()], [400, 'cut']);
        assert.equal(trace, ['broken']);
      },
      () => takes,
    );
  }
});

test('a body that ended before its peer did is whole, though it was held back', async () => {
  await relaying(
    async ({ peer, pieces, requests, trace }) => {
      peer.send(Buffer.concat([Buffer.from(CHUNKED), chunk(Buffer.alloc(60_000, 'a')), chunk(Buffer.alloc(60_000, 'b')), Buffer.from('0\r\n\r\n')]));
      peer.end();
      await until(() => {
        if (pieces.length > 0) resume(requests[0]);
        return trace.length > 0;
      });
      assert.equal(trace, ['received 120000']);
    },
    () => false,
  );
});

test('bad framing in the middle is broken, and resuming afterwards does nothing', async () => {
  await relaying(async ({ peer, trace, requests }) => {
    peer.send(`${CHUNKED}5\r\nabcdeX\r\n`);
    assert.is((await peer.answer())?.status, 400);
    resume(requests[0]);
    assert.equal(trace, ['broken']);
  });
});

/** Writes until the peer takes no more; the number of bytes that were written. */
async function fill(stream: AnswerStream | undefined, flows: readonly number[]): Promise<number> {
  const piece = Buffer.alloc(65_536, 'x');
  for (let written = 0; ; written += piece.length) {
    const before = flows[0] ?? 0;
    if (stream?.write([piece]) === true) continue;
    let isStuck = false;
    const timer = setTimeout(() => (isStuck = true), 300);
    await until(() => isStuck || (flows[0] ?? 0) > before);
    clearTimeout(timer);
    if (isStuck) return written + piece.length;
  }
}

type Streaming = { peer: RawPeer; streams: AnswerStream[]; flows: number[]; requests: HttpRequest[] };

/** Opens a stream for each request and leaves it to the test. */
async function streaming(use: (opened: Streaming) => Promise<void>): Promise<void> {
  const opened: Omit<Streaming, 'peer'> = { streams: [], flows: [], requests: [] };
  const handler: RequestHandler = {
    head: () => ({ kind: 'collect', bytesMax: 100 }),
    received(request) {
      const index = opened.requests.push(request) - 1;
      opened.flows.push(0);
      opened.streams.push(request.connection.answerStream(request, { status: 200, headerLines: 'X: y\r\n' }, () => (opened.flows[index] = (opened.flows[index] ?? 0) + 1)));
    },
    broken() {},
    peerEnded: () => true,
  };
  await withServer(
    (socket) => new HttpConnection(socket, handler),
    async (port) => {
      const peer = await RawPeer.connect(port);
      try {
        await use({ ...opened, peer });
      } finally {
        peer.destroy();
      }
    },
  );
}

test('head and each chunk leave at once, the last chunk ends the answer and the connection goes on', async () => {
  await streaming(async ({ peer, streams }) => {
    peer.send(GET + GET);
    await until(() => peer.pending.includes('\r\n\r\n'));
    assert.match(peer.pending.toString(), /^HTTP\/1\.1 200 OK\r\nX: y\r\nDate: [^\r]+\r\nTransfer-Encoding: chunked\r\n\r\n$/);
    streams[0]?.write([Buffer.from('ab'), Buffer.from('c')]);
    await until(() => peer.pending.includes('3\r\nabc\r\n'));
    streams[0]?.write([]);
    streams[0]?.end();
    streams[0]?.write([Buffer.from('too late')]);
    streams[0]?.end();
    await until(() => peer.pending.includes('3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK'));
    assert.is(streams.length, 2);
  });
});

test('HTTP/1.0 and "close" are ended by the connection', async () => {
  await streaming(async ({ peer, streams }) => {
    peer.send('GET / HTTP/1.0\r\n\r\n');
    await until(() => streams.length === 1);
    streams[0]?.write([Buffer.from('plain')]);
    streams[0]?.end();
    assert.match((await peer.all()).toString(), /^HTTP\/1\.1 200 OK\r\nX: y\r\nDate: [^\r]+\r\nConnection: close\r\n\r\nplain$/);
  });
  await streaming(async ({ peer, streams }) => {
    peer.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await until(() => streams.length === 1);
    streams[0]?.write([Buffer.from('x')]);
    streams[0]?.end();
    assert.match((await peer.all()).toString(), /Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n$/);
  });
});

test('a peer that does not read stops the producer; what waits is bounded, and it flows when it is read', async () => {
  await streaming(async ({ peer, streams, flows, requests }) => {
    peer.socket.pause();
    peer.send(GET);
    await until(() => streams.length === 1);
    // The kernel takes some megabytes; what is refused then is one piece and its framing.
    await fill(streams[0], flows);
    assert.ok((requests[0]?.connection.socket.writableLength ?? 0) <= 2 * 65_536);
    const before = flows[0] ?? 0;
    peer.socket.resume();
    await until(() => (flows[0] ?? 0) > before);
  });
});

test('a peer that is gone takes everything, and whoever waits for it goes on', async () => {
  await streaming(async ({ peer, streams, flows }) => {
    peer.socket.pause();
    peer.send(GET);
    await until(() => streams.length === 1);
    await fill(streams[0], flows);
    const before = flows[0] ?? 0;
    peer.socket.resetAndDestroy();
    await until(() => (flows[0] ?? 0) > before);
    assert.is(streams[0]?.write([Buffer.alloc(10)]), true);
    streams[0]?.end();
    streams[0]?.abort();
  });
});

test('an aborted stream is a reset, never an end', async () => {
  await streaming(async ({ peer, streams }) => {
    let failure: NodeJS.ErrnoException | undefined;
    peer.socket.on('error', (error: NodeJS.ErrnoException) => (failure = error));
    peer.send(GET);
    await until(() => streams.length === 1);
    streams[0]?.write([Buffer.from('half')]);
    await until(() => peer.pending.includes('half'));
    streams[0]?.abort();
    await peer.closed;
    assert.is(failure?.code, 'ECONNRESET');
    assert.not.ok(peer.pending.includes('0\r\n\r\n'));
  });
});

test.run();
