/** A function URL: requests of every kind in, replies of every kind out. */
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';
import type { Emulated, EmulatedOptions } from '../../support/emulated.ts';

const test = suite('integration/runtime-api/function-url');

type Reply = { status: number; headers: IncomingHttpHeaders; body: Buffer; isCut: boolean };
type Sent = { method?: string; path?: string; headers?: Record<string, string | string[]>; body?: string | Buffer };

const OPEN = { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*'], allowCredentials: false, maxAgeSeconds: undefined };

async function withUrl<Result>(options: EmulatedOptions & { mode?: 'buffered' | 'stream'; hasCors?: boolean }, use: (call: (sent: Sent) => Promise<Reply>, emulated: Emulated) => Promise<Result>): Promise<Result> {
  const { mode: invokeMode = 'stream', hasCors, ...given } = options;
  const url = { listen: { host: '127.0.0.1', port: 0 }, invokeMode, cors: hasCors === true ? OPEN : undefined };
  return withEmulator({ ...given, url }, (emulated) => use((sent) => call(emulated.emulator.functions[0]?.url ?? '', sent), emulated));
}

function call(url: string, { method = 'POST', path = '', headers = {}, body }: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${url}${path}`, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      const done = (isCut: boolean) => (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces), isCut });
      response.on('data', (piece: Buffer) => pieces.push(piece)).on('end', done(false)).on('error', done(true));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Has the fixture answer with this value. */
const answering = (value: unknown): Sent => ({ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ response: typeof value === 'string' ? value : JSON.stringify(value) }) });

test('the function gets the request as an event of payload format 2.0', async () => {
  await withUrl({}, async (invoke) => {
    const reply = await invoke({ method: 'PATCH', path: 'a%20b?x=1&x=2', headers: { Cookie: 'a=1; b=2', 'X-A': ['1', '2'], 'Content-Type': 'text/plain' }, body: 'hällo' });
    const event = JSON.parse(reply.body.toString());
    assert.is(reply.status, 200);
    assert.is(event.rawPath, '/a%20b');
    assert.equal(event.queryStringParameters, { x: '1,2' });
    assert.equal(event.cookies, ['a=1', 'b=2']);
    assert.is(event.headers['x-a'].replace(' ', ''), '1,2');
    assert.is(event.body, 'hällo');
    assert.is(event.requestContext.http.method, 'PATCH');
    assert.is(event.requestContext.requestId, reply.headers['x-amzn-requestid']);
  });
});

test('binary bodies arrive as base64', async () => {
  await withUrl({}, async (invoke) => {
    const event = JSON.parse((await invoke({ body: Buffer.from([0, 255, 1]) })).body.toString());
    assert.is(event.isBase64Encoded, true);
    assert.is(event.body, 'AP8B');
  });
});

for (const mode of ['stream', 'buffered'] as const) {
  test(`status, headers, cookies and bytes of the response reach the client (${mode})`, async () => {
    await withUrl({ scenario: ['obedientUrl'], mode }, async (invoke) => {
      const reply = await invoke(answering({ statusCode: 418, headers: { 'X-A': 'b' }, cookies: ['a=1', 'b=2'], body: 'AP8=', isBase64Encoded: true }));
      assert.is(reply.status, 418);
      assert.is(reply.headers['x-a'], 'b');
      assert.equal(reply.headers['set-cookie'], ['a=1', 'b=2']);
      assert.equal([...reply.body], [0, 255]);
      assert.is((await invoke(answering('"text"'))).body.toString(), 'text');
      assert.is((await invoke(answering('{"plain":true}'))).headers['content-type'], 'application/json');
    });
  });
}

test('a function that fails or answers nonsense is 502 to the client, and the reason is told', async () => {
  const said: string[] = [];
  await withUrl({ scenario: ['obedientUrl'], diagnose: (_, text) => said.push(text) }, async (invoke) => {
    const failing = await invoke({ headers: { 'Content-Type': 'application/json' }, body: '{"error":"{\\"errorType\\":\\"E\\"}"}' });
    assert.is(failing.status, 502);
    assert.is(failing.body.toString(), 'Internal Server Error');
    assert.is((await invoke(answering('no json'))).status, 502);
    assert.is((await invoke(answering({ statusCode: 200, headers: { 'a\nb': '1' } }))).status, 502);
    assert.match(said[0] ?? '', /502 to the client of [0-9a-f-]{36}: the function failed/);
    assert.match(said[1] ?? '', /the response is no JSON$/);
    assert.is((await invoke(answering('1'))).body.toString(), '1');
  });
});

test('a request above the limit of events is 413, and nothing is started', async () => {
  await withUrl({}, async (invoke, emulated) => {
    assert.is((await invoke({ body: Buffer.alloc(6_291_457) })).status, 413);
    // Base64 and the rest of the event count.
    assert.is((await invoke({ body: Buffer.alloc(5_000_000) })).status, 413);
    assert.is(emulated.starts(), 0);
  });
});

test('when there is no room the client gets 429', async () => {
  await withUrl({ scenario: ['obedientUrl'], whenBusy: 'reject' }, async (invoke, emulated) => {
    const busy = invoke({ headers: { 'Content-Type': 'application/json' }, body: '{"response":"1","until":"go"}' });
    await emulated.logged(/^START/m);
    assert.is((await invoke({})).status, 429);
    emulated.note('go');
    assert.is((await busy).status, 200);
  });
});

test('a preflight request is answered without the function, other answers carry the permission', async () => {
  await withUrl({ scenario: ['obedientUrl'], hasCors: true }, async (invoke, emulated) => {
    const preflight = await invoke({ method: 'OPTIONS', headers: { Origin: 'http://page.test', 'Access-Control-Request-Method': 'PUT' } });
    assert.is(preflight.status, 200);
    assert.is(preflight.headers['access-control-allow-methods'], 'PUT');
    assert.is(emulated.starts(), 0);
    const sent = answering({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': 'http://other.test' }, body: '' });
    const reply = await invoke({ ...sent, headers: { ...sent.headers, Origin: 'http://page.test' } });
    assert.is(reply.headers['access-control-allow-origin'], '*');
  });
});

test('without rules an OPTIONS is a request like any other', async () => {
  await withUrl({}, async (invoke) => {
    const reply = await invoke({ method: 'OPTIONS', headers: { Origin: 'http://page.test', 'Access-Control-Request-Method': 'PUT' } });
    assert.is(JSON.parse(reply.body.toString()).requestContext.http.method, 'OPTIONS');
  });
});

test('a client that leaves costs nobody else theirs', async () => {
  await withUrl({ scenario: ['obedientUrl'] }, async (invoke, emulated) => {
    const url = emulated.emulator.functions[0]?.url ?? '';
    const leaving = httpRequest(url, { method: 'POST', headers: { 'Content-Type': 'application/json' } });
    leaving.on('error', () => {});
    leaving.end('{"response":"1","until":"go"}');
    await emulated.logged(/^START/m);
    leaving.destroy();
    emulated.note('go');
    assert.is((await invoke(answering('2'))).body.toString(), '2');
  });
});

test.run();
