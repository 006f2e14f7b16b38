import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readInvokeHeaders, readRieHeaders } from '../../../../runtime-api/front-door/invoke-headers.ts';

const test = suite('runtime-api/front-door/invoke-headers');
const read = (headers: Record<string, string>): ReturnType<typeof readInvokeHeaders> => readInvokeHeaders(new Map(Object.entries(headers)));
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function contextOf(encoded: string): string | undefined {
  const headers = read({ 'x-amz-client-context': encoded });
  return 'refused' in headers ? `refused: ${headers.errorName}` : headers.clientContext;
}

test('without headers it is a synchronous call and nothing else', () => {
  assert.equal(read({}), { invocationType: 'RequestResponse', wantsLogTail: false, clientContext: undefined, traceId: undefined, tenantId: undefined });
});

test('the types are known by their exact names', () => {
  for (const type of ['RequestResponse', 'Event', 'DryRun']) assert.is('refused' in read({ 'x-amz-invocation-type': type }), false);
  for (const type of ['event', '', 'Event ', 'RequestResponse, Event']) assert.is('refused' in read({ 'x-amz-invocation-type': type }), true, type);
});

test('the log is asked for by one word only', () => {
  for (const [value, wanted] of [['Tail', true], ['None', false], ['tail', false]] as const) {
    const headers = read({ 'x-amz-log-type': value });
    assert.is('refused' in headers ? undefined : headers.wantsLogTail, wanted);
  }
});

test('a client context is decoded and otherwise left alone', () => {
  assert.is(contextOf(base64('{ "a" : "ä€😀" }')), '{ "a" : "ä€😀" }');
  assert.is(contextOf(''), undefined);
});

test('control characters in a client context become escapes, the value stays', () => {
  const text = contextOf(base64('{\r\n\t"a":\n"\x7f"}')) ?? '';
  assert.not.match(text, /[\0-\x1f\x7f]/);
  assert.equal(JSON.parse(text), { a: '\x7f' });
});

for (const [title, encoded] of [
  ['no base64', '%%%'],
  ['base64 of no JSON', base64('{')],
  ['base64 of no UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]).toString('base64')],
  ['base64 with blanks', 'e3 0='],
] as const) {
  test(`a client context of ${title} is refused`, () => assert.is(contextOf(encoded), 'refused: InvalidRequestContentException'));
}

test('a client context is accepted at its limit and refused above', () => {
  // 2,686 bytes of JSON give 3,584 of base64, the limit is 3,583: the last one that fits has 3,580.
  assert.is(contextOf(base64(JSON.stringify('x'.repeat(2_683)))), JSON.stringify('x'.repeat(2_683)));
  assert.is(contextOf(base64(JSON.stringify('x'.repeat(2_686)))), 'refused: InvalidRequestContentException');
});

test('a tenant has 1 to 256 characters of a closed set', () => {
  const tenant = (value: string): boolean => !('refused' in read({ 'x-amz-tenant-id': value }));
  for (const value of ['a', 'A z.0_:/=+-@', 'x'.repeat(256)]) assert.ok(tenant(value), value);
  for (const value of ['', 'ä', 'a;b', 'a\tb', 'x'.repeat(257)]) assert.not.ok(tenant(value), value);
});

test('what cannot be a trace header is none', () => {
  const trace = (value: string): string | undefined => {
    const headers = read({ 'x-amzn-trace-id': value });
    return 'refused' in headers ? 'refused' : headers.traceId;
  };
  assert.is(trace('Root=1-2-3'), 'Root=1-2-3');
  assert.is(trace('x'.repeat(1_024)), 'x'.repeat(1_024));
  for (const value of ['', 'x'.repeat(1_025), 'a\tb', '\xe4']) assert.is(trace(value), undefined);
});

test('the classic reading checks base64 and nothing more', () => {
  const headers = readRieHeaders(new Map([['x-amz-client-context', base64('no json')], ['x-amz-invocation-type', 'Event'], ['x-amz-log-type', 'Tail']]));
  assert.equal(headers, { invocationType: 'RequestResponse', wantsLogTail: false, clientContext: 'no json', traceId: undefined, tenantId: undefined });
  assert.ok('refused' in readRieHeaders(new Map([['x-amz-client-context', '%%%']])));
});

test.run();
