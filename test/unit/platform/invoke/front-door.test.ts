/** Over real sockets, with an operation that answers as the test says. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openFrontDoor } from '../../../../platform/invoke/index.ts';
import type { FrontDoor, InvokeCall, InvokeStreamOperation } from '../../../../platform/invoke/index.ts';
import type { Answer } from '../../../../runtime-api/index.ts';
import { answer } from '../../../../runtime-api/index.ts';
import { RawPeer } from '../../../support/raw-peer.ts';

const test = suite('platform/invoke/front-door');
const PATH = '/2015-03-31/functions/fn/invocations';

type Opened = { door: FrontDoor; port: number; calls: InvokeCall[]; others: string[]; peer(): Promise<RawPeer> };

async function withDoor(use: (opened: Opened) => Promise<void>, operation: (call: InvokeCall) => Promise<Answer> = echo, invokeStream: InvokeStreamOperation = operation): Promise<void> {
  const calls: InvokeCall[] = [];
  const others: string[] = [];
  const peers: RawPeer[] = [];
  const door = await openFrontDoor({
    host: '127.0.0.1',
    port: 0,
    invoke(call) {
      calls.push(call);
      return operation(call);
    },
    invokeStream,
    async handleOther(request: IncomingMessage, response: ServerResponse) {
      others.push(`${request.method} ${request.url}`);
      let bytes = 0;
      for await (const piece of request) bytes += Buffer.from(piece).length;
      response.setHeader('Content-Type', 'text/plain');
      response.end(`other ${bytes}`);
    },
  });
  const port = Number(new URL(door.url).port);
  try {
    await use({
      door,
      port,
      calls,
      others,
      async peer() {
        const peer = await RawPeer.connect(port);
        peers.push(peer);
        return peer;
      },
    });
  } finally {
    for (const peer of peers) peer.destroy();
    await door.close(0);
  }
}

async function echo(call: InvokeCall): Promise<Answer> {
  return answer(200, 'X-Seen: yes\r\n', call.body);
}

function post(path: string, body: string, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

const GET_OTHER = 'GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\n\r\n';

test('an invocation is answered', () =>
  withDoor(async ({ peer, calls }) => {
    const client = await peer();
    client.send(post(PATH, '{"a":1}', 'X-Amz-Log-Type: Tail\r\n'));
    const reply = await client.answer();
    assert.equal([reply?.status, reply?.headers.get('x-seen'), reply?.body.toString()], [200, 'yes', '{"a":1}']);
    assert.equal([calls[0]?.reference, calls[0]?.headers.get('x-amz-log-type')], ['fn', 'Tail']);
  }));

test('everything else goes to the control plane, body and all', () =>
  withDoor(async ({ peer, others }) => {
    const client = await peer();
    client.send(post('/2015-03-31/functions', 'x'.repeat(100)));
    assert.is((await client.answer())?.body.toString(), 'other 100');
    assert.equal(others, ['POST /2015-03-31/functions']);
  }));

const ORDERS = ['invoke other', 'other invoke', 'invoke other invoke other', 'other other invoke invoke'];
for (const order of ORDERS) {
  test(`on one connection: ${order}`, () =>
    withDoor(async ({ peer, calls, others }) => {
      const client = await peer();
      for (const [index, what] of order.split(' ').entries()) {
        client.send(what === 'invoke' ? post(PATH, `{"n":${index}}`) : GET_OTHER);
        const reply = await client.answer();
        assert.is(reply?.status, 200);
        assert.is(reply?.body.toString(), what === 'invoke' ? `{"n":${index}}` : 'other 0');
        if (what === 'invoke') assert.is(reply?.headers.get('x-seen'), 'yes');
      }
      assert.is(calls.length + others.length, order.split(' ').length);
    }));

  test(`on one connection, all sent at once: ${order}`, () =>
    withDoor(async ({ peer }) => {
      const client = await peer();
      const words = order.split(' ');
      client.send(words.map((what, index) => (what === 'invoke' ? post(PATH, `{"n":${index}}`) : GET_OTHER)).join(''));
      for (const [index, what] of words.entries()) {
        assert.is((await client.answer())?.body.toString(), what === 'invoke' ? `{"n":${index}}` : 'other 0');
      }
    }));
}

/** The same events through both readers. */
for (const { reader, before } of [{ reader: 'our reader', before: '' }, { reader: 'node:http', before: GET_OTHER }]) {
  const ready = async ({ peer }: Opened): Promise<RawPeer> => {
    const client = await peer();
    client.send(before);
    if (before !== '') await client.answer();
    return client;
  };

  test(`${reader}: an event of the largest size arrives whole`, () =>
    withDoor(async (opened) => {
      const client = await ready(opened);
      client.send(post(PATH, 'x'.repeat(6_291_456)));
      assert.is((await client.answer())?.body.length, 6_291_456);
    }));

  test(`${reader}: one byte more is counted and thrown away`, () =>
    withDoor(async (opened) => {
      const client = await ready(opened);
      client.send(post(PATH, 'x'.repeat(6_291_457)));
      await client.answer();
      assert.equal([opened.calls[0]?.body.length, opened.calls[0]?.bodyBytes], [0, 6_291_457]);
    }));

  test(`${reader}: an event that breaks off is no invocation`, () =>
    withDoor(async (opened) => {
      const client = await ready(opened);
      client.send(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1234`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      client.end();
      await client.closed;
      assert.is(opened.calls.length, 0);
    }));

  test(`${reader}: an invocation goes on when its invoker has gone`, async () => {
    let finished = false;
    let go = (): void => {};
    const going = new Promise<void>((resolve) => (go = resolve));
    await withDoor(
      async (opened) => {
        const client = await ready(opened);
        client.send(post(PATH, '1'));
        while (opened.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
        client.destroy();
        go();
        while (!finished) await new Promise((resolve) => setImmediate(resolve));
      },
      async (call) => {
        await going;
        finished = true;
        return echo(call);
      },
    );
  });

  test(`${reader}: the qualifier of the query is told apart from the one in the reference`, () =>
    withDoor(async (opened) => {
      const client = await ready(opened);
      client.send(post('/2015-03-31/functions/fn:live/invocations?Qualifier=dev', '1') + post('/2015-03-31/functions/fn:live/invocations', '1'));
      await client.answer();
      await client.answer();
      assert.equal(opened.calls.map(({ reference, qualifier }) => [reference, qualifier]), [
        ['fn:live', 'dev'],
        ['fn:live', undefined],
      ]);
    }));

  test(`${reader}: an answer without content has no length`, () =>
    withDoor(
      async (opened) => {
        const client = await ready(opened);
        client.send(post(PATH, '1'));
        const reply = await client.answer();
        assert.equal([reply?.status, reply?.headers.has('content-length')], [204, false]);
      },
      async () => answer(204, '', ''),
    ));

  test(`${reader}: closing gives the answer that is under way, then ends the connection`, async () => {
    let go = (): void => {};
    const going = new Promise<void>((resolve) => (go = resolve));
    await withDoor(
      async (opened) => {
        const client = await ready(opened);
        const idle = await ready(opened);
        client.send(post(PATH, `"${'x'.repeat(2_000_000)}"`));
        while (opened.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
        const closing = opened.door.close(60_000);
        await idle.closed;
        go();
        assert.is((await client.answer())?.body.length, 2_000_002);
        await client.closed;
        await closing;
      },
      async (call) => {
        await going;
        return echo(call);
      },
    );
  });
}

test('closing waits no longer than its grace', () =>
  withDoor(
    async (opened) => {
      const client = await opened.peer();
      client.send(post(PATH, '1'));
      while (opened.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await opened.door.close(30);
      await client.closed;
    },
    () => new Promise(() => {}),
  ));

test('after closing nobody is accepted', async () => {
  let port = 0;
  await withDoor(async (opened) => {
    port = opened.port;
    await opened.door.close(0);
  });
  const refused = await RawPeer.connect(port).then(
    () => 'connected',
    (error: NodeJS.ErrnoException) => error.code,
  );
  assert.is(refused, 'ECONNREFUSED');
});

test('an address in use is told', async () => {
  await withDoor(async ({ port }) => {
    const error = await openFrontDoor({ host: '127.0.0.1', port, invoke: echo, invokeStream: async () => undefined, handleOther: async () => {} }).catch((caught: NodeJS.ErrnoException) => caught.code);
    assert.is(error, 'EADDRINUSE');
  });
});

for (const [title, begun] of [
  ['of a head', `POST ${PATH} HTTP/1.1\r\nHost: x\r\n`],
  ['of an event', post(PATH, 'xx').slice(0, -1)],
  ['of a request to the control plane', post('/2015-03-31/functions', 'xx').slice(0, -1)],
] as const) {
  test(`a client that never sends the rest ${title} is told so and let go`, async () => {
    const operation = async (): Promise<Answer> => answer(200, '', '');
    const door = await openFrontDoor({
      host: '127.0.0.1',
      port: 0,
      invoke: operation,
      invokeStream: operation,
      async handleOther(request) {
        await request.toArray().catch(() => []);
      },
      readLimits: { headMs: 100, bodyMs: 100 },
    });
    try {
      const client = await RawPeer.connect(Number(new URL(door.url).port));
      client.send(begun);
      assert.match((await client.all()).toString('latin1'), /^HTTP\/1\.1 408 /);
      client.destroy();
    } finally {
      await door.close(0);
    }
  });
}

test.run();
