import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { answer, plainAnswer } from '../../../../runtime-api/http/answer.ts';
import { HttpConnection } from '../../../../runtime-api/http/connection.ts';
import type { BodyPlan, HttpRequest, RequestHandler } from '../../../../runtime-api/http/request-handler.ts';
import { HEADER_BYTES_MAX } from '../../../../runtime-api/protocol/limits.ts';
import { withServer } from '../../../support/listening-server.ts';
import { RawPeer } from '../../../support/raw-peer.ts';

const test = suite('runtime-api/http/connection');
const BODY_MAX = 1_000;

/** What the handler saw, one word per call. */
type Trace = string[];

type Behaviour = Partial<{
  plan(request: HttpRequest): BodyPlan;
  /** Keeps the request unanswered. */
  hold(request: HttpRequest): void;
  broken: RequestHandler['broken'];
  peerEnded(request: HttpRequest): boolean;
}>;

/** Answers with method, target, body and trailers of each request, unless it holds it. */
function echo(trace: Trace, behaviour: Behaviour = {}): RequestHandler {
  return {
    head: (request) => behaviour.plan?.(request) ?? { kind: 'collect', bytesMax: BODY_MAX },
    received(request, body) {
      trace.push(`received ${request.head.method} ${request.head.target} ${body.isOverLimit ? `over ${body.totalBytes}` : body.bytes.toString('latin1')}`);
      if (behaviour.hold !== undefined) return behaviour.hold(request);
      const trailers = [...body.trailers].map(([name, value]) => `${name}=${value}`).join(',');
      request.answer(answer(200, '', `${request.head.method} ${request.head.target} ${body.bytes.toString('latin1')}${trailers}`));
    },
    broken(request) {
      trace.push(`broken ${request.head.target}`);
      return behaviour.broken?.(request);
    },
    peerEnded(request) {
      trace.push(`peerEnded ${request.head.target}`);
      return behaviour.peerEnded?.(request) ?? true;
    },
  };
}

async function exchange(use: (peer: RawPeer, trace: Trace, port: number) => Promise<void>, behaviour: Behaviour = {}): Promise<void> {
  const trace: Trace = [];
  await withServer(
    (socket) => new HttpConnection(socket, echo(trace, behaviour)),
    async (port) => {
      const peer = await RawPeer.connect(port);
      try {
        await use(peer, trace, port);
      } finally {
        peer.destroy();
      }
    },
  );
}

const get = (target: string, lines = ''): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
const post = (target: string, body: string, lines = ''): string => `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${lines}\r\n${body}`;
const chunked = (target: string, chunks: readonly string[]): string =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;

test('the answer does not depend on where a request is split', async () => {
  for (const request of [post('/a', 'body'), chunked('/a', ['bo', 'dy'])]) {
    const bytes = Buffer.from(request, 'latin1');
    await exchange(async (peer) => {
      for (let cut = 1; cut < bytes.length; cut += 1) {
        await peer.sendInPieces([bytes.subarray(0, cut), bytes.subarray(cut)]);
        assert.is((await peer.answer())?.body.toString(), 'POST /a body', `cut at ${cut}`);
      }
      await peer.sendInPieces([...bytes].map((byte) => Buffer.from([byte])));
      assert.is((await peer.answer())?.body.toString(), 'POST /a body');
    });
  }
});

// ref: RT-021
test('a body in chunks of one byte is joined', async () => {
  const body = 'x'.repeat(BODY_MAX);
  await exchange(async (peer) => {
    peer.send(chunked('/a', [...body]));
    assert.is((await peer.answer())?.body.toString(), `POST /a ${body}`);
  });
});

test('pipelined requests are answered in order, one at a time', async () => {
  const held: HttpRequest[] = [];
  await exchange(
    async (peer, trace) => {
      peer.send(get('/1') + post('/2', 'two') + get('/3'));
      for (const target of ['/1', '/2', '/3']) {
        while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
        assert.is(held.length, 1);
        const request = held.pop();
        assert.is(request?.head.target, target);
        request?.answer(plainAnswer(200, target));
        assert.is((await peer.answer())?.body.toString(), target);
      }
      assert.equal(trace, ['received GET /1 ', 'received POST /2 two', 'received GET /3 ']);
    },
    { hold: (request) => void held.push(request) },
  );
});

test('a thousand pipelined requests in one write are all answered', async () => {
  await exchange(async (peer) => {
    peer.send(Array.from({ length: 1_000 }, (_, index) => get(`/${index}`)).join(''));
    for (let index = 0; index < 1_000; index += 1) assert.is((await peer.answer())?.body.toString(), `GET /${index} `);
  });
});

test('an empty line before a request is ignored', async () => {
  await exchange(async (peer) => {
    await peer.sendInPieces([Buffer.from('\r'), Buffer.from(`\n\r\n${get('/a')}\r\n${get('/b')}`)]);
    assert.is((await peer.answer())?.body.toString(), 'GET /a ');
    assert.is((await peer.answer())?.body.toString(), 'GET /b ');
  });
});

// ref: RT-062
test('a peer that asks for the end gets its answer and then the end', async () => {
  await exchange(async (peer) => {
    peer.send(get('/a', 'Connection: close\r\n') + get('/never'));
    const reply = await peer.answer();
    assert.is(reply?.headers.get('connection'), 'close');
    assert.is(await peer.answer(), undefined);
  });
});

test('an answer that ends the connection frees the socket though pipelined bytes were waiting', async () => {
  const held: HttpRequest[] = [];
  let serverSide: HttpConnection | undefined;
  await withServer(
    (socket) => {
      serverSide = new HttpConnection(socket, echo([], { hold: (request) => void held.push(request) }));
    },
    async (port) => {
      const peer = await RawPeer.connect(port);
      peer.send(get('/a', 'Connection: close\r\n'));
      while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
      peer.send(get('/never'));
      while (serverSide?.socket.isPaused() !== true) await new Promise((resolve) => setImmediate(resolve));
      const closed = new Promise<void>((resolve) => serverSide?.socket.once('close', () => resolve()));
      held[0]?.answer(plainAnswer(200, ''));
      assert.is((await peer.answer())?.status, 200);
      peer.end();
      await closed;
    },
  );
});

test('a 1.0 request gets its answer and the end, unless it asked to stay', async () => {
  await exchange(async (peer) => {
    peer.send('GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    assert.is((await peer.answer())?.headers.get('connection'), 'keep-alive');
    peer.send('GET /b HTTP/1.0\r\n\r\n');
    assert.is((await peer.answer())?.headers.get('connection'), 'close');
    await peer.closed;
  });
});

test('HEAD gets the head alone, with the length that GET would have had', async () => {
  await exchange(async (peer) => {
    peer.send('HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n');
    const reply = await peer.answer({ toHead: true });
    assert.is(reply?.headers.get('content-length'), String('HEAD /abc '.length));
    peer.send(get('/b'));
    assert.is((await peer.answer())?.body.toString(), 'GET /b ');
  });
});

// ref: RT-065
test('100-continue is said before the body is read, once', async () => {
  await exchange(async (peer) => {
    peer.send('POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    assert.is((await peer.answer())?.status, 100);
    peer.send('hi');
    assert.is((await peer.answer())?.body.toString(), 'POST /a hi');
  });
});

test('100-continue is not said when the body is there already', async () => {
  await exchange(async (peer) => {
    peer.send(post('/a', 'hi', 'Expect: 100-continue\r\n'));
    assert.is((await peer.answer())?.status, 200);
  });
});

test('a peer that expects 100-continue for a body that nobody wants gets the final answer at once', async () => {
  await exchange(
    async (peer) => {
      peer.send('POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
      const reply = await peer.answer();
      assert.is(reply?.status, 404);
      assert.is(reply?.headers.get('connection'), 'close');
      await peer.closed;
    },
    { plan: () => ({ kind: 'answer', answer: plainAnswer(404, '') }) },
  );
});

test('an unwanted body is read and thrown away, and the connection stays', async () => {
  await exchange(
    async (peer) => {
      peer.send(post('/a', 'x'.repeat(100_000)));
      assert.is((await peer.answer())?.status, 404);
      peer.send(chunked('/a', ['abc']));
      assert.is((await peer.answer())?.status, 404);
    },
    { plan: () => ({ kind: 'answer', answer: plainAnswer(404, '') }) },
  );
});

for (const [title, request] of [
  ['of declared length', post],
  ['in chunks', (target: string, body: string) => chunked(target, [body])],
] as const) {
  test(`a body ${title} is kept up to its limit and counted above`, async () => {
    await exchange(async (peer, trace) => {
      peer.send(request('/a', 'x'.repeat(BODY_MAX)));
      await peer.answer();
      peer.send(request('/b', 'x'.repeat(BODY_MAX + 1)));
      await peer.answer();
      assert.equal(trace, [`received POST /a ${'x'.repeat(BODY_MAX)}`, `received POST /b over ${BODY_MAX + 1}`]);
    });
  });
}

test('trailers reach the handler', async () => {
  await exchange(async (peer) => {
    peer.send('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n');
    assert.is((await peer.answer())?.body.toString(), 'POST /a xa=b');
  });
});

// ref: RT-038
test('a header of 1 MiB is read', async () => {
  await exchange(async (peer) => {
    peer.send(get('/a', `Cause: ${'x'.repeat(1_048_576)}\r\n`));
    assert.is((await peer.answer())?.status, 200);
  });
});

test('a head is accepted at its limit and refused one above, wherever it is split', async () => {
  const head = (bytes: number): Buffer => Buffer.from(`${'GET / HTTP/1.1\r\nHost: a\r\nA: '.padEnd(bytes, 'x')}\r\n\r\n`);
  for (const [bytes, status] of [[HEADER_BYTES_MAX, 200], [HEADER_BYTES_MAX + 1, 431]] as const) {
    for (const held of [0, 1, 2, 3]) {
      await exchange(async (peer, trace, port) => {
        const all = head(bytes);
        peer.send(all.subarray(0, all.length - held));
        // The other connection's answer shows that the server has read what came before it.
        const other = await RawPeer.connect(port);
        other.send(get('/other'));
        await other.answer();
        other.destroy();
        peer.send(all.subarray(all.length - held));
        assert.is((await peer.answer())?.status, status, `${bytes} bytes, ${held} held back`);
        assert.is(trace.length, status === 200 ? 2 : 1);
      });
    }
  }
});

for (const [title, request, status] of [
  ['a head that is refused', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
  ['an endless request line', `GET /${'a'.repeat(2 * HEADER_BYTES_MAX)}`, 431],
  ['bad chunks', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ['a length beyond reason', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 268435457\r\n\r\nx', 400],
] as const) {
  test(`${title} ends the connection after ${status}, and nothing behind it is read`, async () => {
    await exchange(async (peer, trace) => {
      peer.send(request + get('/smuggled'));
      const reply = await peer.answer();
      assert.is(reply?.status, status);
      assert.is(reply?.headers.get('connection'), 'close');
      assert.is(await peer.answer(), undefined);
      assert.not.ok(trace.some((line) => line.includes('smuggled')));
    });
  });
}

test('a body with bad chunks is reported as broken, with the handler\'s own answer', async () => {
  await exchange(
    async (peer, trace) => {
      peer.send('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n');
      assert.is((await peer.answer())?.body.toString(), 'cut');
      assert.equal(trace, ['broken /a']);
    },
    { broken: () => plainAnswer(400, 'cut') },
  );
});

// ref: RT-059
test('a peer that ends its side in the middle of a body hears what became of it', async () => {
  for (const request of ['POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789', 'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc']) {
    await exchange(
      async (peer, trace) => {
        peer.send(request);
        peer.end();
        const reply = await peer.answer();
        assert.is(reply?.status, 400);
        assert.is(reply?.headers.get('connection'), 'close');
        assert.equal(trace, ['broken /a']);
      },
      { broken: () => plainAnswer(400, 'cut') },
    );
  }
});

test('a peer that vanishes in the middle of a body is reported once', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await exchange(
    async (peer, trace) => {
      peer.send('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0');
      await new Promise((next) => setImmediate(next));
      peer.socket.resetAndDestroy();
      await promise;
      await new Promise((next) => setImmediate(next));
      assert.equal(trace, ['broken /a']);
    },
    { broken: () => resolve() },
  );
});

test('a peer that ends its side after a whole request still gets its answer', async () => {
  const held: HttpRequest[] = [];
  await exchange(
    async (peer, trace) => {
      peer.send(get('/a'));
      peer.end();
      while (!trace.includes('peerEnded /a')) await new Promise((resolve) => setImmediate(resolve));
      held[0]?.answer(plainAnswer(200, 'late'));
      const reply = await peer.answer();
      assert.is(reply?.body.toString(), 'late');
      assert.is(reply?.headers.get('connection'), 'close');
    },
    { hold: (request) => void held.push(request) },
  );
});

test('a handler may drop a peer that ended its side, and an answer that comes later goes nowhere', async () => {
  const held: HttpRequest[] = [];
  await exchange(
    async (peer) => {
      peer.send(get('/a'));
      peer.end();
      await peer.closed;
      held[0]?.answer(plainAnswer(200, 'late'));
      assert.is(peer.pending.length, 0);
    },
    { hold: (request) => void held.push(request), peerEnded: () => false },
  );
});

test('a request is answered once; a second answer is ignored', async () => {
  await exchange(
    async (peer) => {
      peer.send(get('/a') + get('/b'));
      for (const target of ['/a', '/b']) assert.is((await peer.answer())?.body.toString(), target);
      assert.is(peer.pending.length, 0);
    },
    {
      hold(request) {
        request.answer(plainAnswer(200, request.head.target));
        request.answer(plainAnswer(200, 'again'));
      },
    },
  );
});

test('large answers are whole, also to HEAD-less pipelines', async () => {
  const large = Buffer.alloc(6_291_556, 'x');
  await exchange(
    async (peer) => {
      peer.send(get('/a') + get('/b'));
      for (const _ of [1, 2]) assert.ok((await peer.answer())?.body.equals(large));
    },
    { hold: (request) => request.answer(answer(200, '', large)) },
  );
});

test('a peer that asks without reading its answers is not read any further', async () => {
  const large = Buffer.alloc(4_000_000, 'x');
  let serverSide: HttpConnection | undefined;
  let answered = 0;
  await withServer(
    (socket) => {
      const hold = (request: HttpRequest): void => {
        answered += 1;
        request.answer(answer(200, '', large));
      };
      serverSide = new HttpConnection(socket, echo([], { hold }));
    },
    async (port) => {
      const peer = await RawPeer.connect(port);
      peer.socket.pause();
      peer.send(get('/a').repeat(100));
      while (serverSide?.socket.isPaused() !== true) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(answered < 20, `${answered} answers are held`);
      peer.socket.resume();
      for (let count = 0; count < 100; count += 1) assert.is((await peer.answer())?.body.length, large.length);
      assert.is(answered, 100);
      peer.destroy();
    },
  );
});

test('a socket is handed over with the whole request unread', async () => {
  await exchange(
    async (peer) => {
      await peer.sendInPieces([Buffer.from('POST /a HTTP/1.1\r\nHo'), Buffer.from('st: a\r\nContent-Length: 2\r\n\r\nhi')]);
      const bytes = await peer.all();
      assert.is(bytes.toString(), 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    },
    {
      plan: () => ({
        kind: 'handOver',
        to(socket) {
          socket.on('data', (chunk: Buffer) => {
            socket.write(chunk);
            if (chunk.includes('hi')) socket.end();
          });
          socket.resume();
        },
      }),
    },
  );
});

test('a peer that neither reads to the end nor leaves is cut off after its last answer', async () => {
  let serverSide: HttpConnection | undefined;
  await withServer(
    (socket) => {
      serverSide = new HttpConnection(socket, echo([]));
    },
    async (port) => {
      const peer = await RawPeer.connect(port);
      peer.send('nonsense\r\n\r\n');
      const closed = new Promise<void>((resolve) => serverSide?.socket.once('close', () => resolve()));
      assert.is((await peer.answer())?.status, 400);
      await closed;
      peer.destroy();
    },
  );
});

test.run();
