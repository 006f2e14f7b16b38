import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseSubscription } from '../../../../runtime-api/telemetry/subscription.ts';

const test = suite('runtime-api/telemetry/subscription');
const API_PORT = 43_210;
const VALID = { schemaVersion: '2022-12-13', types: ['platform'], destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:8080/path?a=b' } };

const parse = (body: unknown, api: 'telemetry' | 'logs' = 'telemetry') => parseSubscription(api, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), API_PORT);

function problemsOf(body: unknown, api: 'telemetry' | 'logs' = 'telemetry'): readonly string[] {
  const parsed = parse(body, api);
  return 'problems' in parsed ? parsed.problems : [];
}

test('without buffering the defaults hold', () => {
  assert.equal(parse(VALID), {
    api: 'telemetry',
    schemaVersion: '2022-12-13',
    types: ['platform'],
    destination: { protocol: 'HTTP', port: 8080, path: '/path?a=b', method: 'POST', hostHeader: 'sandbox.localdomain:8080' },
    buffering: { maxItems: 10_000, maxBytes: 262_144, timeoutMs: 1_000 },
  });
});

for (const schemaVersion of ['2022-07-01', '2022-12-13', '2025-01-29']) {
  test(`the schema ${schemaVersion} is known`, () => assert.equal(problemsOf({ ...VALID, schemaVersion }), []));
}

for (const [name, min, max] of [['maxItems', 1_000, 10_000], ['maxBytes', 262_144, 1_048_576], ['timeoutMs', 25, 30_000]] as const) {
  test(`${name} is taken at its limits and refused beyond them`, () => {
    for (const good of [min, max]) assert.equal(problemsOf({ ...VALID, buffering: { [name]: good } }), [], String(good));
    for (const bad of [min - 1, max + 1, min + 0.5, String(min), null, -1]) {
      assert.equal(problemsOf({ ...VALID, buffering: { [name]: bad } }), [`buffering.${name} should be an integer from ${min} to ${max}`], String(bad));
    }
  });
}

test('types are in the order of the table, each once', () => {
  const parsed = parse({ ...VALID, types: ['extension', 'platform', 'extension'] });
  assert.equal('types' in parsed ? parsed.types : undefined, ['platform', 'extension']);
});

test('everything that is wrong is said at once', () => {
  assert.equal(problemsOf({ schemaVersion: '1999-01-01', types: [], destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain' }, buffering: [] }), [
    'schemaVersion should be one of 2022-07-01, 2022-12-13, 2025-01-29',
    'types should not be empty',
    'URI port is not provided',
    'buffering should be an object',
  ]);
});

for (const [uri, port] of [
  ['http://sandbox:1', 1], ['http://localhost:65535', 65_535], ['http://127.0.0.1:81/x', 81], ['http://sandbox.localdomain:80', 80], ['HTTP://SANDBOX.LOCALDOMAIN:4243', 4_243], ['http://sandbox.localdomain:080/', 80],
] as const) {
  test(`${uri} is a destination`, () => {
    const parsed = parse({ ...VALID, destination: { protocol: 'HTTP', URI: uri } });
    assert.is('destination' in parsed ? parsed.destination.port : undefined, port);
  });
}

for (const uri of [
  'http://example.test:8080', 'http://169.254.169.254:80', 'http://0.0.0.0:8080', 'http://[::1]:8080', 'http://sandbox.localdomain.:8080', 'http://sandbox.localdomain@evil.test:8080', 'http://evil.test#@sandbox.localdomain:8080',
  'https://sandbox.localdomain:8080', 'ftp://sandbox.localdomain:8080', 'file:///etc/passwd', 'sandbox.localdomain:8080', '//sandbox.localdomain:8080', '', 'x', 'http://sandbox.localdomain', 'http://sandbox.localdomain/:80', 'http://sandbox.localdomain:0', 'http://sandbox.localdomain:70000', 'http://sandbox.localdomain:9001', `http://sandbox.localdomain:${API_PORT}`,
  `http://sandbox.localdomain:8080/${'x'.repeat(3_000)}`, 7, null, undefined, {},
]) {
  test(`${JSON.stringify(uri)?.slice(0, 60)} is no destination`, () => assert.is(problemsOf({ ...VALID, destination: { protocol: 'HTTP', URI: uri } }).length, 1));
}

test('a TCP destination is a port', () => {
  for (const port of [1, 65_535]) assert.equal(problemsOf({ ...VALID, destination: { protocol: 'TCP', port } }), []);
  for (const port of [0, 65_536, 1.5, '80', undefined, 9001, API_PORT]) assert.is(problemsOf({ ...VALID, destination: { protocol: 'TCP', port } }).length, 1, String(port));
  for (const protocol of ['http', 'UDP', undefined, 1]) assert.is(problemsOf({ ...VALID, destination: { protocol, port: 80 } }).length, 1, String(protocol));
});

test('the Logs API has versions, methods and an encoding of its own', () => {
  const { schemaVersion: _, ...without } = VALID;
  const parsed = parse({ ...without, destination: { ...VALID.destination, method: 'PUT', encoding: 'JSON' } }, 'logs');
  assert.is('schemaVersion' in parsed ? parsed.schemaVersion : undefined, '2020-08-15');
  assert.is('destination' in parsed && parsed.destination.protocol === 'HTTP' ? parsed.destination.method : undefined, 'PUT');
  assert.equal(problemsOf({ ...VALID, schemaVersion: '2021-03-18' }, 'logs'), []);
  assert.is(problemsOf({ ...VALID, schemaVersion: '2022-12-13' }, 'logs').length, 1);
  assert.is(problemsOf({ ...without, destination: { ...VALID.destination, method: 'GET' } }, 'logs').length, 1);
  assert.is(problemsOf({ ...without, destination: { ...VALID.destination, encoding: 'XML' } }, 'logs').length, 1);
  assert.is(problemsOf({ ...VALID, schemaVersion: '2020-08-15' }).length, 1);
});

test('what is no JSON object is refused in one sentence', () => {
  for (const body of ['', 'x', '[]', 'null', '1', '"OK"', '{', '\xff']) assert.equal(problemsOf(body), ['the body is not a JSON object'], body);
});

test('arbitrary JSON is taken or refused with reasons, never thrown at', () => {
  fc.assert(
    fc.property(fc.constantFrom('telemetry', 'logs'), fc.json(), (api, json) => {
      const parsed = parse(json, api);
      assert.ok(!('problems' in parsed) || parsed.problems.length > 0);
    }),
  );
  const member = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(VALID)));
  fc.assert(
    fc.property(fc.record({ schemaVersion: member, types: member, destination: member, buffering: member }), (body) => {
      const parsed = parse(body);
      if ('destination' in parsed) assert.ok(parsed.destination.port >= 1 && parsed.destination.port <= 65_535);
    }),
  );
});

test.run();
