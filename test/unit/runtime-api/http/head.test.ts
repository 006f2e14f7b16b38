import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeadParser } from '../../../../runtime-api/http/head.ts';
import type { HeadRefusal } from '../../../../runtime-api/http/head-refusal.ts';
import type { RequestHead } from '../../../../runtime-api/http/head.ts';
import { HEADER_BYTES_MAX, HEADER_COUNT_MAX, REQUEST_LINE_BYTES_MAX } from '../../../../runtime-api/protocol/limits.ts';

const test = suite('runtime-api/http/head');

function parseHead(text: string, parser = new HeadParser()): RequestHead | HeadRefusal {
  return parser.parse(Buffer.from(text, 'latin1'));
}

function accepted(text: string): RequestHead {
  const head = parseHead(text);
  if ('refused' in head) throw new Error(`refused with ${head.status}: ${head.reason}`);
  return head;
}

function statusOf(text: string): number {
  const head = parseHead(text);
  return 'refused' in head ? head.status : 200;
}

const withHost = (lines: string): string => `POST /x HTTP/1.1\r\nHost: a${lines}`;

test('a request is read into method, path, query, headers and framing', () => {
  const head = accepted('POST /a/b?c=d?e HTTP/1.1\r\nHost: h:1\r\nX-One:  v \t\r\ncontent-length: 12');
  assert.equal({ ...head, headers: Object.fromEntries(head.headers) }, {
    method: 'POST',
    target: '/a/b?c=d?e',
    path: '/a/b',
    query: 'c=d?e',
    headers: { host: 'h:1', 'x-one': 'v', 'content-length': '12' },
    body: { kind: 'length', bytes: 12 },
    isVersion11: true,
    keepAlive: true,
    expectsContinue: false,
  });
});

// ref: RT-060
test('names compare without case and repeated ones are joined in order', () => {
  const head = accepted(withHost('\r\nACCEPT: a\r\naccept: b'));
  assert.is(head.headers.get('accept'), 'a, b');
});

test('bytes above ASCII in a value are kept', () => assert.is(accepted(withHost('\r\nA: \xe4\xff')).headers.get('a'), '\xe4\xff'));

for (const [title, text, status] of [
  ['no version', 'GET /', 400],
  ['two blanks in the request line', 'GET  / HTTP/1.1\r\nHost: a', 400],
  ['a blank at its end', 'GET / HTTP/1.1 \r\nHost: a', 400],
  ['a tab in it', 'GET\t/ HTTP/1.1\r\nHost: a', 400],
  ['a lower-case version', 'GET / http/1.1\r\nHost: a', 400],
  ['a version of two digits', 'GET / HTTP/1.10\r\nHost: a', 400],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a', 505],
  ['HTTP/0.9', 'GET / HTTP/0.9\r\nHost: a', 505],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: a', 400],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a', 501],
  ['a lower-case method', 'get / HTTP/1.1\r\nHost: a', 501],
  ['CONNECT', 'CONNECT / HTTP/1.1\r\nHost: a', 501],
  ['the absolute form', 'GET http://a/ HTTP/1.1\r\nHost: a', 400],
  ['the authority form', 'GET a:1 HTTP/1.1\r\nHost: a', 400],
  ['the asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: a', 400],
  ['a fragment', 'GET /#a HTTP/1.1\r\nHost: a', 400],
  ['a control character in the target', 'GET /\x01 HTTP/1.1\r\nHost: a', 400],
  ['a byte above ASCII in the target', 'GET /\xe4 HTTP/1.1\r\nHost: a', 400],
  ['an empty target', 'GET  HTTP/1.1\r\nHost: a', 400],
  ['no Host', 'GET / HTTP/1.1', 400],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a', 400],
  ['a folded value', withHost('\r\nA: b\r\n c'), 400],
  ['a blank before the colon', withHost('\r\nA : b'), 400],
  ['a blank before the name', 'GET / HTTP/1.1\r\n Host: a', 400],
  ['no name', withHost('\r\n: b'), 400],
  ['no colon', withHost('\r\nA'), 400],
  ['a bare line feed between fields', withHost('\nA: b'), 400],
  ['a bare carriage return in a value', withHost('\r\nA: b\rc'), 400],
  ['a NUL in a value', withHost('\r\nA: b\0c'), 400],
  ['a NUL in a name', withHost('\r\nA\0: b'), 400],
  ['a DEL in a value', withHost('\r\nA: b\x7f'), 400],
  ['two content lengths that differ', withHost('\r\nContent-Length: 1\r\nContent-Length: 2'), 400],
  ['two content lengths that agree', withHost('\r\nContent-Length: 1\r\nContent-Length: 1'), 400],
  ['a list of content lengths', withHost('\r\nContent-Length: 1, 1'), 400],
  ['a negative content length', withHost('\r\nContent-Length: -1'), 400],
  ['a content length with a plus', withHost('\r\nContent-Length: +1'), 400],
  ['a hexadecimal content length', withHost('\r\nContent-Length: 0x1'), 400],
  ['an empty content length', withHost('\r\nContent-Length:'), 400],
  ['a content length beyond all integers', withHost('\r\nContent-Length: 99999999999999999999'), 400],
  ['a length and a coding', withHost('\r\nContent-Length: 1\r\nTransfer-Encoding: chunked'), 400],
  ['a coding and a length', withHost('\r\nTransfer-Encoding: chunked\r\nContent-Length: 1'), 400],
  ['two codings', withHost('\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked'), 400],
  ['a coding that is not chunked', withHost('\r\nTransfer-Encoding: gzip'), 501],
  ['a list of codings', withHost('\r\nTransfer-Encoding: gzip, chunked'), 501],
  ['chunked twice in one field', withHost('\r\nTransfer-Encoding: chunked, chunked'), 501],
  ['a coding in quotes', withHost('\r\nTransfer-Encoding: "chunked"'), 501],
  ['a coding behind a tab', withHost('\r\nTransfer-Encoding:\tchunked'), 400],
  ['a coding before a tab', withHost('\r\nTransfer-Encoding: chunked\t'), 400],
  ['a content length before a tab', withHost('\r\nContent-Length: 1\t'), 400],
  ['a coding with a vertical tab', withHost('\r\nTransfer-Encoding: \x0bchunked'), 400],
  ['an empty coding', withHost('\r\nTransfer-Encoding:'), 501],
  ['a coding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked', 400],
  ['an unknown expectation', withHost('\r\nExpect: a'), 417],
] as const) {
  test(`${title} is refused with ${status}`, () => assert.is(statusOf(text), status));
}

test('chunked is read without regard to case', () => {
  assert.equal(accepted(withHost('\r\nTransfer-Encoding: Chunked')).body, { kind: 'chunked' });
});

test('a connection stays open by default in 1.1 and on demand in 1.0', () => {
  for (const [text, keepAlive] of [
    [withHost(''), true],
    [withHost('\r\nConnection: close'), false],
    [withHost('\r\nConnection: x, Close'), false],
    [withHost('\r\nConnection: keep-alive\r\nConnection: close'), false],
    ['GET / HTTP/1.0', false],
    ['GET / HTTP/1.0\r\nConnection: Keep-Alive', true],
    ['GET / HTTP/1.0\r\nConnection: keep-alive, close', false],
  ] as const) {
    assert.is(accepted(text).keepAlive, keepAlive, text);
  }
});

test('100-continue is expected only with a body, in 1.1', () => {
  assert.is(accepted(withHost('\r\nExpect: 100-Continue\r\nContent-Length: 1')).expectsContinue, true);
  assert.is(accepted(withHost('\r\nExpect: 100-continue')).expectsContinue, false);
  assert.is(accepted('POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1').expectsContinue, false);
});

test('a request line, a head and a number of fields are accepted at their limits and refused one above', () => {
  const line = (bytes: number): string => `GET /${'a'.repeat(bytes - 'GET / HTTP/1.1'.length)} HTTP/1.1\r\nHost: a`;
  assert.is(statusOf(line(REQUEST_LINE_BYTES_MAX)), 200);
  assert.is(statusOf(line(REQUEST_LINE_BYTES_MAX + 1)), 414);
  const head = (bytes: number): string => withHost('\r\nA: ').padEnd(bytes, 'x');
  assert.is(statusOf(head(HEADER_BYTES_MAX)), 200);
  assert.is(statusOf(head(HEADER_BYTES_MAX + 1)), 431);
  const fields = (count: number): string => withHost(Array.from({ length: count - 1 }, (_, index) => `\r\nA${index}: b`).join(''));
  assert.is(statusOf(fields(HEADER_COUNT_MAX)), 200);
  assert.is(statusOf(fields(HEADER_COUNT_MAX + 1)), 431);
});

test('a value of blanks is read in linear time', () => {
  assert.is(statusOf(withHost(`\r\nA: ${' '.repeat(2_000_000)}\x01`)), 400);
});

test('a head that repeats is read as the first time', () => {
  const parser = new HeadParser();
  const text = 'POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 3';
  const first = parseHead(text, parser);
  assert.equal(parseHead(text, parser), first);
  assert.equal(parseHead(text, new HeadParser()), first);
});

test('equal fields under another line, and another line over equal fields, are read for what they are', () => {
  const parser = new HeadParser();
  const fields = '\r\nHost: a\r\nContent-Length: 3';
  for (const line of ['POST /x HTTP/1.1', 'GET /y HTTP/1.1', 'POST /x HTTP/1.1', 'POST /x HTTP/1.0', 'GET /y HTTP/1.1']) {
    assert.equal(parseHead(line + fields, parser), parseHead(line + fields));
    assert.equal(parseHead(`${line}\r\nHost: b`, parser), parseHead(`${line}\r\nHost: b`));
  }
});

test('fields that are lawful in one version only are judged in each', () => {
  const parser = new HeadParser();
  const chunked = '\r\nHost: a\r\nTransfer-Encoding: chunked';
  assert.not.ok('refused' in parseHead(`POST / HTTP/1.1${chunked}`, parser));
  assert.ok('refused' in parseHead(`POST / HTTP/1.0${chunked}`, parser));
  assert.ok('refused' in parseHead('GET / HTTP/1.1', parser));
  assert.not.ok('refused' in parseHead('GET / HTTP/1.0', parser));
});

test('what a parser has read before changes nothing about what it reads next', () => {
  const line = fc.constantFrom('GET / HTTP/1.1', 'GET / HTTP/1.0', 'POST /a HTTP/1.1', 'BAD', 'GET /b HTTP/1.1', 'PUT /c HTTP/1.1');
  const field = fc.constantFrom('Host: a', 'Host: b', 'Content-Length: 1', 'Transfer-Encoding: chunked', 'Connection: close', 'Expect: 100-continue', 'bad');
  const head = fc.tuple(line, fc.array(field, { maxLength: 3 })).map(([first, fields]) => [first, ...fields].join('\r\n'));
  fc.assert(
    fc.property(fc.array(head, { maxLength: 12 }), (heads) => {
      const parser = new HeadParser();
      for (const text of heads) assert.equal(parseHead(text, parser), parseHead(text));
    }),
    { numRuns: 500 },
  );
});

test('arbitrary text is read or refused, never thrown at', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parseHead(Buffer.from(text, 'utf8').toString('latin1'))));
});

test.run();
