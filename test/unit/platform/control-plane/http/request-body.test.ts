import { createServer, request as httpRequest } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderApiError } from '../../../../../platform/api/index.ts';
import { createBodyReader, type BodyLimits } from '../../../../../platform/control-plane/http/request-body.ts';

const test = suite('platform/control-plane/http/request-body');

type Server = { origin: string; /** The first body has been read whole. */ arrived: Promise<void>; letGo: () => void };

/** Answers with the length of the body, after `letGo` was called when `holds` is set. */
async function withServer(limits: BodyLimits, holds: boolean, body: (server: Server) => Promise<void>): Promise<void> {
  const reader = createBodyReader(limits);
  let letGo = () => {};
  const released = new Promise<void>((resolve) => (letGo = resolve));
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const server = createServer((request, response) => {
    const answered = reader.withBody(request, 'Op', async (bytes) => {
      arrive();
      if (holds) await released;
      return bytes.length;
    });
    answered.then(
      (length) => response.end(String(length)),
      (error: unknown) => {
        if (response.destroyed) return;
        const rendered = renderApiError(error);
        response.writeHead(rendered.status, rendered.headers).end(rendered.body);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await body({ origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, arrived, letGo });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const LIMITS: BodyLimits = { requestBytesMax: 1000, inFlightBytesMax: 1500, drainedBytesMax: 100_000 };

async function post(origin: string, bytes: number) {
  const response = await fetch(origin, { method: 'POST', body: 'x'.repeat(bytes) });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

test('a body at the limit is read and one byte more is refused by the name of the operation', async () => {
  await withServer(LIMITS, false, async ({ origin }) => {
    assert.is((await post(origin, 1000)).text, '1000');
    const above = await post(origin, 1001);
    assert.equal([above.status, above.text], [413, '{"message":"Request must be smaller than 1000 bytes for the Op operation"}']);
    assert.is((await post(origin, 1000)).text, '1000');
  });
});

test('bodies held at once are limited, and the room comes back when they are done', async () => {
  await withServer(LIMITS, true, async ({ origin, arrived, letGo }) => {
    const held = post(origin, 1000);
    await arrived;
    const refused = await post(origin, 501);
    assert.is(refused.status, 429);
    assert.is(refused.text, '{"Type":"User","Reason":"CallerRateLimitExceeded","message":"Rate Exceeded."}');
    assert.is(refused.headers.get('retry-after'), '1');
    letGo();
    assert.is((await held).text, '1000');
    assert.is((await post(origin, 1000)).text, '1000');
  });
});

test('a client that never stops sending is cut off', async () => {
  await withServer({ ...LIMITS, drainedBytesMax: 2000 }, false, async ({ origin }) => {
    const ended = await new Promise<string>((resolve) => {
      const sending = httpRequest(origin, { method: 'POST', headers: { 'content-length': 1_000_000_000 } });
      sending.on('response', () => resolve('answered')).on('error', () => resolve('cut off'));
      const more = () => {
        while (!sending.destroyed && sending.write(Buffer.alloc(10_000)));
      };
      sending.on('drain', more);
      more();
    });
    assert.is(ended, 'cut off');
    assert.is((await post(origin, 1000)).text, '1000');
  });
});

test.run();
