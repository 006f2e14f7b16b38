/** Requests that are lawful, then mutated byte by byte and line by line, and cut anywhere. */
import fc from 'fast-check';

export type Conversation = { requests: string[]; mutations: { at: number; remove: number; insert: string }[]; cuts: number[] };

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

export function mutated(text: string, mutations: readonly { at: number; remove: number; insert: string }[]): string {
  let result = text;
  for (const { at, remove, insert } of mutations) {
    const place = at % (result.length + 1);
    result = result.slice(0, place) + insert + result.slice(place + remove);
  }
  return result;
}

export const CONVERSATION: fc.Arbitrary<Conversation> = fc.record({
  requests: fc.array(REQUEST, { minLength: 1, maxLength: 3 }),
  mutations: fc.array(MUTATION, { maxLength: 3 }),
  cuts: fc.array(fc.nat(400), { maxLength: 3 }),
});
