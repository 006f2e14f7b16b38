import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { http } from '../../../../runtimes/sdk/index.ts';
import { readHttpEvent } from '../../../../runtimes/sdk/http/event.ts';
import { albEvent, apiGatewayEvent, call, functionUrlEvent, type HttpRequestParts } from '../../../../runtimes/sdk/test-kit/index.ts';

const test = suite('runtimes/sdk/http');
const signal = (): AbortSignal => new AbortController().signal;

const PARTS: HttpRequestParts = {
  method: 'POST',
  url: '/a%20b/c?x=1&x=2&y=%26%20z',
  headers: { host: 'shop.test', 'content-type': 'text/plain', cookie: 'a=1; b=2', 'x-forwarded-proto': 'https' },
  body: Buffer.from('héllo'),
};
const BUILDERS: { title: string; event: unknown; query: [string, string][] }[] = [
  { title: 'a function URL', event: functionUrlEvent(PARTS), query: [['x', '1'], ['x', '2'], ['y', '& z']] },
  { title: 'API Gateway with payload format 1.0', event: apiGatewayEvent(PARTS), query: [['x', '1'], ['x', '2'], ['y', '& z']] },
  // Without multi-value parameters a load balancer keeps the last one.
  { title: 'a load balancer', event: albEvent(PARTS), query: [['x', '2'], ['y', '& z']] },
];
for (const { title, event, query } of BUILDERS) {
  test(`an event of ${title} becomes the request that was sent`, async () => {
    const { request } = readHttpEvent(event, signal);
    const url = new URL(request.url);
    assert.equal([request.method, url.host, url.pathname, [...url.searchParams]], ['POST', 'shop.test', '/a%20b/c', query]);
    assert.equal([request.headers.get('content-type'), request.headers.get('cookie'), await request.text()], ['text/plain', 'a=1; b=2', 'héllo']);
  });
}

test('a path with two slashes at its beginning names no other host', () => {
  const { request } = readHttpEvent({ ...functionUrlEvent({ method: 'GET', url: '/', headers: { host: 'shop.test' } }), rawPath: '//evil.test/x' }, signal);
  assert.is(request.url, 'http://shop.test//evil.test/x');
});

test('a body of a GET request and header fields that nothing takes are left out', () => {
  const event = functionUrlEvent({ method: 'GET', url: '/', headers: { 'bad name': '1', good: '2' }, body: Buffer.from('x') });
  const { request } = readHttpEvent(event, signal);
  assert.equal([request.body, request.headers.get('good')], [null, '2']);
});

for (const event of [undefined, null, 7, 'text', [], {}, { version: '2.0' }, { Records: [] }]) {
  test(`${JSON.stringify(event)} is no HTTP request`, async () => {
    const answer = await call(http(() => new Response()), event);
    assert.is(answer.error?.headerType, 'Runtime.NoHttpEvent');
  });
}

test('whatever stands in an event, reading it gives a request or an error', () => {
  const anything = fc.record({ version: fc.constantFrom('2.0', '1.0'), rawPath: fc.string(), rawQueryString: fc.string(), path: fc.string(), httpMethod: fc.constantFrom('GET', 'POST', undefined), headers: fc.dictionary(fc.string(), fc.string()), requestContext: fc.record({ http: fc.record({ method: fc.constantFrom('GET', 'POST', 'PUT') }), domainName: fc.string() }), body: fc.option(fc.string()), isBase64Encoded: fc.boolean() });
  fc.assert(
    fc.property(anything, (event) => {
      try {
        assert.ok(new URL(readHttpEvent(event, signal).request.url));
      } catch (error) {
        assert.is(error instanceof Error && error.name, 'Runtime.NoHttpEvent');
      }
    }),
  );
});

const PNG = new Uint8Array([0x89, 0x50, 0, 0xff]);
const headersWithCookies = (): Headers => new Headers([['content-type', 'text/html'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']]);

const RESULTS: { title: string; event: unknown; response: () => Response; result: Record<string, unknown> }[] = [
  { title: 'text for a function URL', event: functionUrlEvent(PARTS), response: () => new Response('<p>é', { headers: headersWithCookies(), status: 201 }), result: { statusCode: 201, headers: { 'content-type': 'text/html' }, cookies: ['a=1', 'b=2'], body: '<p>é', isBase64Encoded: false } },
  { title: 'bytes', event: functionUrlEvent(PARTS), response: () => new Response(PNG, { headers: { 'content-type': 'image/png' } }), result: { statusCode: 200, headers: { 'content-type': 'image/png' }, cookies: [], body: Buffer.from(PNG).toString('base64'), isBase64Encoded: true } },
  { title: 'bytes that are said to be text', event: functionUrlEvent(PARTS), response: () => new Response(PNG, { headers: { 'content-type': 'text/plain' } }), result: { statusCode: 200, headers: { 'content-type': 'text/plain' }, cookies: [], body: Buffer.from(PNG).toString('base64'), isBase64Encoded: true } },
  { title: 'nothing', event: functionUrlEvent(PARTS), response: () => new Response(null, { status: 204 }), result: { statusCode: 204, headers: {}, cookies: [], body: '', isBase64Encoded: false } },
  { title: 'cookies for payload format 1.0', event: apiGatewayEvent(PARTS), response: () => new Response('x', { headers: headersWithCookies() }), result: { statusCode: 200, multiValueHeaders: { 'content-type': ['text/html'], 'set-cookie': ['a=1', 'b=2'] }, body: 'x', isBase64Encoded: false } },
  { title: 'a status for a load balancer', event: albEvent(PARTS), response: () => new Response('x', { status: 404, headers: { 'content-type': 'text/plain' } }), result: { statusCode: 404, statusDescription: '404 Not Found', headers: { 'content-type': 'text/plain' }, body: 'x', isBase64Encoded: false } },
];
for (const { title, event, response, result } of RESULTS) {
  test(`${title} is answered in the form that its sender reads`, async () => assert.equal((await call(http(response), event)).json(), result));
}

test('with the response mode stream the prelude goes first and the body as it is made', async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('one'));
      controller.enqueue(PNG);
      controller.close();
    },
  });
  const answer = await call(http(() => new Response(body, { headers: headersWithCookies() }), { responseMode: 'stream' }), functionUrlEvent(PARTS));
  assert.equal(answer.http().prelude, { statusCode: 200, headers: { 'content-type': 'text/html' }, cookies: ['a=1', 'b=2'] });
  assert.equal(Buffer.from(answer.http().body), Buffer.concat([Buffer.from('one'), PNG]));
});

test.run();
