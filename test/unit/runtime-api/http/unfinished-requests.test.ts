import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { answer } from '../../../../runtime-api/http/answer.ts';
import { HttpConnection } from '../../../../runtime-api/http/connection.ts';
import { READ_LIMITS, UnfinishedRequests } from '../../../../runtime-api/http/unfinished-requests.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { withServer } from '../../../support/listening-server.ts';
import { RawPeer } from '../../../support/raw-peer.ts';

const test = suite('runtime-api/http/unfinished-requests');

type Watch = { clock: FakeClock; peer: RawPeer; broken: string[]; connection: () => HttpConnection; until(isSo: () => boolean): Promise<void> };

/** `hold` keeps every whole request unanswered. */
async function watched(use: (watch: Watch) => Promise<void>, hold = false): Promise<void> {
  const clock = fakeClock();
  const unfinished = new UnfinishedRequests(clock);
  const broken: string[] = [];
  const connections: HttpConnection[] = [];
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  };
  await withServer(
    (socket) => {
      const connection = new HttpConnection(socket, {
        head: () => ({ kind: 'collect', bytesMax: 1_000 }),
        received: (request) => (hold ? undefined : request.answer(answer(200, '', 'ok'))),
        broken: (request) => void broken.push(request.head.path),
        peerEnded: () => true,
      });
      connections.push(connection);
      unfinished.watch(connection);
    },
    async (port) => {
      const peer = await RawPeer.connect(port);
      await until(() => connections.length > 0);
      const connection = (): HttpConnection => {
        const [first] = connections;
        if (first === undefined) throw new Error('nobody has connected');
        return first;
      };
      try {
        await use({ clock, peer, broken, connection, until });
      } finally {
        peer.destroy();
      }
    },
  );
  await until(() => clock.pendingCount === 0);
}

/** Longer than any limit, as the clock goes: in small steps. */
function pass(clock: FakeClock, ms: number): void {
  for (let passed = 0; passed < ms; passed += 1_000) clock.advance(1_000);
}

test('a head that comes drop by drop ends in 408 and the end of the connection', async () => {
  await watched(async ({ clock, peer, connection, until }) => {
    for (const drop of 'GET / HT') {
      const before = connection().socket.bytesRead;
      peer.send(drop);
      await until(() => connection().socket.bytesRead > before);
      pass(clock, READ_LIMITS.headMs / 10);
    }
    assert.is(peer.pending.length, 0, 'within its time it is let go on');
    pass(clock, READ_LIMITS.headMs);
    assert.is((await peer.answer())?.status, 408);
    await peer.closed;
  });
});

test('a body that stops is told to the handler and ends in 408', async () => {
  await watched(async ({ clock, peer, broken, connection, until }) => {
    peer.send('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhi');
    await until(() => connection().owed === 'body');
    pass(clock, READ_LIMITS.bodyMs);
    assert.equal(broken, []);
    pass(clock, READ_LIMITS.headMs);
    assert.equal(broken, ['/a']);
    assert.is((await peer.answer())?.status, 408);
    await peer.closed;
  });
});

test('a connection that waits, for a request or for its answer, is left alone', async () => {
  for (const hold of [false, true]) {
    await watched(async ({ clock, peer, connection, until }) => {
      peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await until(() => connection().requestCount === 1 && connection().owed === undefined);
      pass(clock, READ_LIMITS.bodyMs * 2);
      assert.is(connection().socket.destroyed, false);
      assert.is(peer.isClosed, false);
    }, hold);
  }
});

test('whoever finishes each request in time may be in the middle of one at every look', async () => {
  await watched(async ({ clock, peer, connection, until }) => {
    for (let request = 1; request <= 20; request += 1) {
      peer.send('GET / HTTP/1.1\r\nHost: a\r\n');
      await until(() => connection().owed === 'head');
      pass(clock, READ_LIMITS.headMs / 2);
      peer.send('\r\n');
      assert.is((await peer.answer())?.status, 200);
    }
  });
});

test('a peer that drips on after its last answer is cut off', async () => {
  await watched(async ({ clock, peer, connection, until }) => {
    peer.send('BAD\r\n\r\n');
    assert.is((await peer.answer())?.status, 400);
    const server = connection().socket;
    while (!server.destroyed) {
      peer.send('x');
      pass(clock, 5_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => server.destroyed);
  });
});

test.run();
