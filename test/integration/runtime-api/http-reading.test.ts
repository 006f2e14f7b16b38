/**
 * The reader against `node:http` as the reference reading: whatever ours accepts, the reference reads alike. The other direction is
 * free, ours may refuse more. Requests are generated, then mutated byte by byte and line by line, and go through real sockets.
 */
import fc from 'fast-check';
import { createServer } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { answer, HttpConnection } from '../../../runtime-api/index.ts';
import { listenOnFreePort, withServer } from '../../support/listening-server.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('integration/runtime-api/http-reading');
const RUNS = 3_000;

type Reading = { method: string; target: string; headers: Record<string, string>; body: string; trailers: Record<string, string> };

/** Readings by connection, so that servers and their ports live as long as the test. */
type Readers = { ours: number; reference: number; oursOf: (port: number) => Reading[]; referenceOf: (port: number) => Reading[] };

async function withReaders(use: (readers: Readers) => Promise<void>): Promise<void> {
  const ours = new Map<number, Reading[]>();
  const reference = new Map<number, Reading[]>();
  const of = (map: Map<number, Reading[]>, port: number): Reading[] => {
    const readings = map.get(port) ?? [];
    map.set(port, readings);
    return readings;
  };
  const http = createServer({ maxHeaderSize: 4_194_304, keepAliveTimeout: 0 }, (request, response) => {
    const readings = of(reference, request.socket.remotePort ?? 0);
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      readings.push({
        method: request.method ?? '',
        target: request.url ?? '',
        headers: joined(request.rawHeaders),
        body: Buffer.concat(pieces).toString('latin1'),
        trailers: joined(request.rawTrailers),
      });
      response.writeHead(200, { 'Content-Length': 0 }).end();
    });
  });
  // Else the peer's end aborts a request that is whole but not yet reported.
  Object.assign(http, { httpAllowHalfOpen: true });
  // A little later, because a whole request before the bad one may not have been reported yet.
  http.on('clientError', (_, socket) => setImmediate(() => socket.destroy()));
  // A port may come round again.
  http.on('connection', (socket) => reference.set(socket.remotePort ?? 0, []));
  const referencePort = await listenOnFreePort(http);
  try {
    await withServer(
      (socket) => {
        ours.delete(socket.remotePort ?? 0);
        const readings = of(ours, socket.remotePort ?? 0);
        new HttpConnection(socket, {
          head: () => ({ kind: 'collect', bytesMax: 1_000_000 }),
          received(request, body) {
            const { method, target, headers } = request.head;
            readings.push({ method, target, headers: Object.fromEntries(headers), body: body.bytes.toString('latin1'), trailers: Object.fromEntries(body.trailers) });
            request.answer(answer(200, '', ''));
          },
          broken() {
            // Nothing was read.
          },
          peerEnded: () => true,
        });
      },
      (port) => use({ ours: port, reference: referencePort, oursOf: (peer) => of(ours, peer), referenceOf: (peer) => of(reference, peer) }),
    );
  } finally {
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  }
}

function joined(raw: readonly string[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? (raw[index + 1] ?? '') : `${earlier}, ${raw[index + 1] ?? ''}`);
  }
  return Object.fromEntries(fields);
}

/** Sends everything, ends the sending side, waits for the other's end; resolves to the local port and what came back. */
async function converse(port: number, pieces: readonly Buffer[]): Promise<{ localPort: number; answers: string }> {
  const peer = await RawPeer.connect(port);
  const localPort = peer.socket.localPort ?? 0;
  await peer.sendInPieces(pieces);
  peer.end();
  const answers = await peer.all();
  peer.destroy();
  return { localPort, answers: answers.toString('latin1') };
}

const TOKEN = fc.constantFrom('a', 'Host', 'X-A', 'Content-Type', 'Connection', 'Cookie', 'Accept');
const VALUE = fc.constantFrom('', 'b', 'close', 'keep-alive', 'a, b', 'text/plain', '\xe4', ' x ', '\ty', 'x'.repeat(300));
const HEADER = fc.tuple(TOKEN, VALUE).map(([name, value]) => `${name}: ${value}`);
const BODY = fc.string({ maxLength: 30 }).map((text) => Buffer.from(text).toString('latin1'));

const FRAMED = fc.oneof(
  fc.constant({ header: [] as string[], text: '' }),
  BODY.map((body) => ({ header: [`Content-Length: ${body.length}`], text: body })),
  fc.array(BODY.filter((body) => body.length > 0), { maxLength: 4 }).map((chunks) => ({
    header: ['Transfer-Encoding: chunked'],
    text: `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`,
  })),
);

const REQUEST = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    target: fc.constantFrom('/', '/a?b=c', '/%2e%2e/', '//x', '/a/../b', '/~!$&\'()*+,;=:@'),
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'),
    headers: fc.array(HEADER, { maxLength: 4 }),
    framed: FRAMED,
  })
  .map(({ method, target, version, headers, framed }) => `${[`${method} ${target} ${version}`, 'Host: h', ...headers, ...framed.header].join('\r\n')}\r\n\r\n${framed.text}`);

const NASTY = fc.constantFrom(
  '\r', '\n', '\r\n', '\0', ' ', '\t', ':', ';', ',', '\x0b', '\x0c', '\x7f', '\x85', '\xa0', '0', '-', '+', '"', '#', '\\',
  '\r\nContent-Length: 5', '\r\nContent-Length: 0', '\r\nTransfer-Encoding: chunked', '\r\nTransfer-Encoding: identity',
  '\r\nTransfer-Encoding : chunked', '\r\n Transfer-Encoding: chunked', '\nTransfer-Encoding: chunked', '\r\nExpect: 100-continue',
  '\r\nConnection: close', ' HTTP/1.1', 'http://h/', ';a=b', '\r\n0\r\n\r\n', '0\r\n\r\n',
);

// Offers to upgrade are left out: the reference drops some such requests when nobody listens to 'upgrade'; see the test below.
const MUTATION = fc.record({ at: fc.nat(400), remove: fc.nat(3), insert: fc.option(NASTY, { nil: '' }) });

function mutated(text: string, mutations: readonly { at: number; remove: number; insert: string }[]): string {
  let result = text;
  for (const { at, remove, insert } of mutations) {
    const place = at % (result.length + 1);
    result = result.slice(0, place) + insert + result.slice(place + remove);
  }
  return result;
}

const CASE = fc.record({
  requests: fc.array(REQUEST, { minLength: 1, maxLength: 3 }),
  mutations: fc.array(MUTATION, { maxLength: 3 }),
  cuts: fc.array(fc.nat(400), { maxLength: 3 }),
});

test('whatever the reader accepts, node:http reads alike', async () => {
  let accepted = 0;
  await withReaders(async (readers) => {
    await fc.assert(
      fc.asyncProperty(CASE, async ({ requests, mutations, cuts }) => {
        const bytes = Buffer.from(mutated(requests.join(''), mutations), 'latin1');
        const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
        const pieces = [...places, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], end)).filter((piece) => piece.length > 0);
        const [ours, reference] = await Promise.all([converse(readers.ours, pieces), converse(readers.reference, pieces)]);
        const read = readers.oursOf(ours.localPort);
        accepted += read.length;
        assert.equal(read, readers.referenceOf(reference.localPort).slice(0, read.length), JSON.stringify(bytes.toString('latin1')));
      }),
      { numRuns: RUNS },
    );
  });
  // A reader that refused everything would pass too.
  assert.ok(accepted > RUNS / 3, `${accepted} requests were accepted`);
});

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
