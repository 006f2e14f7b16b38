import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { converse, withReaders } from './readers.ts';

const test = suite('fuzz/http/smuggling');

// Java's HttpClient offers h2c with every first request on a plain connection.
test('an offer to upgrade is ignored', async () => {
  await withReaders(async (readers) => {
    const request = 'POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nContent-Length: 2\r\n\r\nhi';
    const { localPort, answers } = await converse(readers.ours, [Buffer.from(request + request)]);
    assert.is(answers.match(/HTTP\/1\.1 200 /g)?.length, 2);
    assert.equal(readers.oursOf(localPort).map(({ body }) => body), ['hi', 'hi']);
  });
});

const POST = 'POST / HTTP/1.1\r\nHost: h\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

for (const [title, request, status] of [
  ['a length and a coding', `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a coding and a length', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 400],
  ['two lengths', `${POST}Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n`, 400],
  ['a list of lengths', `${POST}Content-Length: 0, 0\r\n\r\n`, 400],
  ['a coding behind a blank', `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a coding behind a vertical tab', `${POST}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`, 400],
  ['a coding behind a bare line feed', `${POST}X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a folded coding', `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400],
  ['an unknown coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
  ['identity and chunked', `${POST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`, 501],
  ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ['a chunk extension', `${POST}Transfer-Encoding: chunked\r\n\r\n0;a=\r\n\r\n`, 400],
  ['a chunk size with a blank', `${POST}Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n`, 400],
  ['a chunk ended by a bare line feed', `${POST}Transfer-Encoding: chunked\r\n\r\n0\n\r\n`, 400],
  ['a chunk size with an underscore', `${POST}Transfer-Encoding: chunked\r\n\r\n0_1\r\nx\r\n0\r\n\r\n`, 400],
  ['a head ended by bare line feeds', 'POST / HTTP/1.1\nHost: h\n\n', 400],
  ['a NUL in a name', `${POST}A\0: b\r\n\r\n`, 400],
  ['a NUL in a value', `${POST}A: b\0\r\n\r\n`, 400],
  ['the absolute form', 'GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a request in the target', 'GET / HTTP/1.1\r\nHost: h HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
] as const) {
  test(`${title} is refused with ${status} and what is behind it is not read`, async () => {
    await withReaders(async (readers) => {
      const { localPort, answers } = await converse(readers.ours, [Buffer.from(request + SMUGGLED, 'latin1')]);
      assert.match(answers, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.is(answers.match(/HTTP\/1\.1 /g)?.length, 1, answers);
      assert.equal(readers.oursOf(localPort), []);
    });
  });
}

test.run();
