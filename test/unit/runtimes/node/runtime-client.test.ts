import { createServer, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RuntimeClient } from '../../../../runtimes/node/runtime-client.ts';

const test = suite('runtimes/node/runtime-client');

const NEXT_REPLY = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: r\r\nContent-Length: 2\r\n\r\n{}';
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}';

type Script = (socket: Socket, received: string, connection: number) => void;

/** A raw server: `script` sees each piece of input with the number of its connection. */
async function withServer(script: Script, use: (client: RuntimeClient, seen: string[], address: string) => Promise<void>): Promise<void> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = (connections += 1);
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      seen.push(data.toString('latin1'));
      script(socket, data.toString('latin1'), connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new RuntimeClient(`127.0.0.1:${port}/prefix/`, 'test/1');
  try {
    await use(client, seen, `127.0.0.1:${port}`);
  } finally {
    client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const refuse = (): never => {
  throw new Error('refused');
};

test('a response and the following next go out in one write once the connection has stayed open', async () => {
  const script: Script = (socket, received) => {
    socket.write(received.startsWith('POST') ? ACCEPTED + NEXT_REPLY : NEXT_REPLY);
  };
  await withServer(script, async (client, seen, authority) => {
    await client.next();
    const reply = await client.respondThenNext('r', '"é"', refuse);
    assert.is(reply.status, 200);
    assert.equal(seen, [
      `GET /prefix/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: test/1\r\n\r\n`,
      `POST /prefix/2018-06-01/runtime/invocation/r/response HTTP/1.1\r\nHost: ${authority}\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n"\xc3\xa9"` +
        `GET /prefix/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: test/1\r\n\r\n`,
    ]);
  });
});

test('a large response is answered before the next invocation is asked for', async () => {
  let received = '';
  const script: Script = (socket, piece) => {
    received += piece;
    if (piece.startsWith('GET')) socket.write(NEXT_REPLY);
    else if (piece.endsWith('x"')) {
      assert.not.match(received.slice(1), /GET .*GET /s);
      socket.write(ACCEPTED);
    }
  };
  await withServer(script, async (client) => {
    await client.next();
    assert.is((await client.respondThenNext('r', `"${'x'.repeat(100_000)}"`, refuse)).status, 200);
  });
});

test('a server that closes after each answer is served without writing ahead', async () => {
  const script: Script = (socket, received) => {
    assert.not.match(received, /POST.*GET /s);
    socket.end((received.startsWith('POST') ? ACCEPTED : NEXT_REPLY).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  };
  await withServer(script, async (client) => {
    await client.next();
    assert.is((await client.respondThenNext('r', '1', refuse)).status, 200);
    assert.is((await client.respondThenNext('r', '1', refuse)).status, 200);
  });
});

test('what was written into a connection that the server had closed is sent once more', async () => {
  const script: Script = (socket, received, connection) => {
    if (connection === 1 && received.startsWith('POST')) socket.destroy();
    else socket.write(received.startsWith('POST') ? ACCEPTED + NEXT_REPLY : NEXT_REPLY);
  };
  await withServer(script, async (client, seen) => {
    await client.next();
    assert.is((await client.respondThenNext('r', '1', refuse)).status, 200);
    assert.is(seen.filter((piece) => piece.startsWith('POST')).length, 2);
  });
});

test('only the unanswered half is sent again when the connection closes between the two answers', async () => {
  const script: Script = (socket, received, connection) => {
    if (connection === 1 && received.startsWith('POST')) socket.end(ACCEPTED);
    else socket.write(received.startsWith('POST') ? ACCEPTED + NEXT_REPLY : NEXT_REPLY);
  };
  await withServer(script, async (client, seen) => {
    await client.next();
    assert.is((await client.respondThenNext('r', '1', refuse)).status, 200);
    assert.is(seen.filter((piece) => piece.startsWith('POST')).length, 1);
  });
});

/** Answers to the first `next` that make it fail. */
const BROKEN: { title: string; script: Script; message: RegExp }[] = [
  { title: 'a fresh connection that closes', script: (socket) => socket.destroy(), message: /closed the connection before it answered|ECONNRESET/ },
  { title: 'a reply that breaks off', script: (socket) => socket.end(NEXT_REPLY.slice(0, -1)), message: /closed the connection/ },
  { title: 'a reply that is not HTTP', script: (socket) => socket.write('HELLO\r\n\r\n'), message: /does not start with an HTTP\/1\.1 status line/ },
];
for (const { title, script, message } of BROKEN) {
  test(`${title} fails the call and is not repeated`, async () => {
    await withServer(script, async (client, seen) => {
      const failure = await client.next().then(() => undefined, (error: unknown) => error);
      assert.match(String(failure), message);
      assert.is(seen.length, 1);
    });
  });
}

test('a refused response is shown to the listener before the next invocation', async () => {
  const script: Script = (socket, received) => {
    socket.write(received.startsWith('POST') ? `HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n${NEXT_REPLY}` : NEXT_REPLY);
  };
  await withServer(script, async (client) => {
    await client.next();
    const refused: number[] = [];
    const reply = await client.respondThenNext('r', '1', ({ status }) => refused.push(status));
    assert.equal([refused, reply.status], [[400], 200]);
  });
});

test('header values of an error report are printable ASCII', async () => {
  const script: Script = (socket, received) => {
    socket.write(received.startsWith('POST') ? ACCEPTED : NEXT_REPLY);
  };
  await withServer(script, async (client, seen) => {
    await client.postInitError({ body: '{}', errorType: 'A\r\nInjected: 1é', xrayCause: '{"a":"é😀"}' });
    const head = (seen[0] ?? '').split('\r\n\r\n')[0] ?? '';
    assert.match(head, /\r\nLambda-Runtime-Function-Error-Type: A\\u000d\\u000aInjected: 1\\u00e9\r\n/);
    assert.match(head, /\r\nLambda-Runtime-Function-XRay-Error-Cause: \{"a":"\\u00e9\\ud83d\\ude00"\}\r\n/);
  });
});

test('an address that is not host:port is refused', () => {
  for (const address of ['', 'host', 'host:', ':9001', 'host:port', 'http://host:1', 'a b:1']) {
    assert.throws(() => new RuntimeClient(address, 'test/1'), /which is not host:port/);
  }
});

test.run();
