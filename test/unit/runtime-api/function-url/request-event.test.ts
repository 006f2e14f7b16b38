import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { requestEvent, urlIdOf } from '../../../../runtime-api/function-url/request-event.ts';
import type { UrlRequest } from '../../../../runtime-api/function-url/request-event.ts';

const test = suite('runtime-api/function-url/request-event');

const CONTEXT = { functionName: 'shop', requestId: 'the-id', traceId: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700', nowEpochMs: Date.UTC(2026, 2, 4, 5, 6, 7, 8) };

function eventOf(request: Partial<UrlRequest>): ReturnType<typeof JSON.parse> {
  const whole: UrlRequest = { method: 'GET', target: '/', rawHeaders: [], httpVersion: '1.1', body: Buffer.alloc(0), sourceIp: '127.0.0.1', localPort: 3000, ...request };
  return JSON.parse(requestEvent(whole, CONTEXT).toString());
}

test('a request without anything has the members that every event has, and no others', () => {
  assert.equal(eventOf({ target: '/a/b', rawHeaders: ['Host', 'shop.test:3000', 'User-Agent', 'curl/8'] }), {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/a/b',
    rawQueryString: '',
    headers: {
      host: 'shop.test:3000',
      'user-agent': 'curl/8',
      'x-amzn-trace-id': CONTEXT.traceId,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '3000',
      'x-forwarded-proto': 'http',
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: urlIdOf('shop'),
      domainName: 'shop.test:3000',
      domainPrefix: urlIdOf('shop'),
      http: { method: 'GET', path: '/a/b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'curl/8' },
      requestId: 'the-id',
      routeKey: '$default',
      stage: '$default',
      time: '04/Mar/2026:05:06:07 +0000',
      timeEpoch: 1772600767008,
    },
    isBase64Encoded: false,
  });
});

test('the path stays as sent, the query is there as sent and decoded, repeated parameters with commas', () => {
  const event = eventOf({ target: '/a%20b/%E4%B8%96?x=1&y=%20z+q&x=2&empty=&__proto__=p&x=a%2Cb' });
  assert.is(event['rawPath'], '/a%20b/%E4%B8%96');
  assert.is(event['rawQueryString'], 'x=1&y=%20z+q&x=2&empty=&__proto__=p&x=a%2Cb');
  assert.equal(Object.entries(event['queryStringParameters']), [['x', '1,2,a,b'], ['y', ' z q'], ['empty', ''], ['__proto__', 'p']]);
});

test('repeated headers are joined, cookies are a list of their own, and what is between two hops is left out', () => {
  const event = eventOf({ rawHeaders: ['X-A', '1', 'x-a', '2', 'Cookie', 'a=1; b=2', 'cookie', 'c=3', 'Connection', 'close', 'Transfer-Encoding', 'chunked'] });
  assert.is(event['headers']['x-a'], '1,2');
  assert.equal(event['cookies'], ['a=1', 'b=2', 'c=3']);
  for (const name of ['cookie', 'connection', 'transfer-encoding']) assert.is(name in event['headers'], false, name);
});

for (const [type, isText] of [
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['application/vnd.api+json', true],
  ['text/html', true],
  ['application/xml', true],
  ['application/javascript', true],
  ['application/x-www-form-urlencoded', true],
  ['APPLICATION/JSON', true],
  ['application/octet-stream', false],
  ['image/png', false],
  ['multipart/form-data; boundary=text/x', false],
  ['application/jsonlines', false],
] as const) {
  test(`a body of type ${type} is ${isText ? 'text' : 'base64'}`, () => {
    const event = eventOf({ rawHeaders: ['Content-Type', type], body: Buffer.from('a=ü') });
    assert.is(event['isBase64Encoded'], !isText);
    assert.is(event['body'], isText ? 'a=ü' : Buffer.from('a=ü').toString('base64'));
  });
}

test('text that is no UTF-8, and a body without a type, are base64', () => {
  assert.is(eventOf({ rawHeaders: ['Content-Type', 'text/plain'], body: Buffer.from([0xff]) })['body'], '/w==');
  assert.is(eventOf({ body: Buffer.from('x') })['isBase64Encoded'], true);
});

test('whatever is sent, the body can be had back byte for byte, and the event is JSON', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom('text/plain', 'application/json', 'image/png'), fc.string(), (bytes, type, target) => {
      const event = eventOf({ body: Buffer.from(bytes), rawHeaders: ['Content-Type', type], target: `/${target}` });
      const body = Buffer.from(event['body'] ?? '', event['isBase64Encoded'] ? 'base64' : 'utf8');
      assert.ok(body.equals(Buffer.from(bytes)));
    }),
  );
});

test.run();
