import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { headOfPrelude, replyOfResponse } from '../../../../runtime-api/function-url/http-reply.ts';

const test = suite('runtime-api/function-url/http-reply');

const JSON_TYPE = ['Content-Type', 'application/json'];

function seen(response: unknown): unknown {
  const reply = replyOfResponse(Buffer.from(typeof response === 'string' ? response : JSON.stringify(response)));
  return 'malformed' in reply ? reply : { status: reply.status, headers: reply.headers, body: reply.body.toString() };
}

test('an object with a status is a reply with its parts', () => {
  assert.equal(seen({ statusCode: 201, headers: { 'X-A': 'b', 'X-Number': 1 }, cookies: ['a=1', 'b=2'], body: 'hello' }), {
    status: 201,
    headers: [JSON_TYPE, ['X-A', 'b'], ['X-Number', '1'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']],
    body: 'hello',
  });
  assert.equal(seen({ statusCode: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }), { status: 200, headers: [['content-type', 'text/html']], body: '<p>' });
});

test('base64 is decoded when said so, and only then', () => {
  assert.equal(seen({ statusCode: 200, body: 'aGk=', isBase64Encoded: true }), { status: 200, headers: [JSON_TYPE], body: 'hi' });
  assert.equal(seen({ statusCode: 200, body: 'aGk=' }), { status: 200, headers: [JSON_TYPE], body: 'aGk=' });
});

for (const [title, response, body] of [
  ['an object without a status', '{"a": 1}', '{"a": 1}'],
  ['a list', '[1, 2]', '[1, 2]'],
  ['a number', '42', '42'],
  ['null', 'null', 'null'],
  ['a string, which loses its quotes', '"text \\u00fc"', 'text ü'],
] as const) {
  test(`${title} is the body of a 200 in JSON`, () => {
    assert.equal(seen(response), { status: 200, headers: [JSON_TYPE], body });
  });
}

test('a body that is no string is written as JSON, none at all is empty', () => {
  assert.equal(seen({ statusCode: 200, body: { a: 1 } }), { status: 200, headers: [JSON_TYPE], body: '{"a":1}' });
  assert.equal(seen({ statusCode: 204 }), { status: 204, headers: [JSON_TYPE], body: '' });
});

for (const [title, response] of [
  ['no JSON', 'hello'],
  ['nothing', ''],
  ['a status below 200', { statusCode: 199 }],
  ['a status above 599', { statusCode: 600 }],
  ['a status that is no number', { statusCode: 'fine' }],
  ['a status with a fraction', { statusCode: 200.5 }],
  ['a header name with a blank', { statusCode: 200, headers: { 'a b': '1' } }],
  ['a header value with a line break', { statusCode: 200, headers: { a: '1\r\nSet-Cookie: x=1' } }],
  ['a cookie with a line break', { statusCode: 200, cookies: ['a=1\nb: 2'] }],
] as const) {
  test(`${title} is no reply`, () => {
    assert.ok('malformed' in Object(seen(response)));
  });
}

test('what frames the body is not the function’s to say', () => {
  const reply = seen({ statusCode: 200, headers: { 'Content-Length': '3', 'Transfer-Encoding': 'chunked', Connection: 'close', 'X-A': '1' }, body: 'hello' });
  assert.equal(reply, { status: 200, headers: [JSON_TYPE, ['X-A', '1']], body: 'hello' });
});

test('a collected stream with a prelude is read as one', () => {
  assert.equal(seen(`{"statusCode":201,"headers":{"X-A":"b"}}${'\0'.repeat(8)}the\0body`), { status: 201, headers: [['X-A', 'b']], body: 'the\0body' });
});

test('a prelude without a status means 200, and one that is no object is none', () => {
  assert.equal(headOfPrelude(Buffer.from('{"multiValueHeaders":{"X-A":["1","2"]}}')), { status: 200, headers: [['X-A', '1'], ['X-A', '2']] });
  assert.ok('malformed' in headOfPrelude(Buffer.from('[]')));
  assert.ok('malformed' in headOfPrelude(Buffer.from('{')));
});

test('whatever a function answers, it is a reply or none, and no exception', () => {
  const reply = fc.record({ statusCode: fc.anything(), headers: fc.anything(), cookies: fc.anything(), body: fc.anything(), isBase64Encoded: fc.anything() }, { requiredKeys: [] });
  fc.assert(fc.property(fc.oneof(reply, fc.anything()), (value) => void replyOfResponse(Buffer.from(JSON.stringify(value) ?? ''))));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void replyOfResponse(Buffer.from(bytes))));
});

test.run();
