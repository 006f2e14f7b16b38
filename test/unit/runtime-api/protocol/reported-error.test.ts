import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_BYTES_MAX } from '../../../../runtime-api/protocol/limits.ts';
import { errorBodyForInvoker, normaliseErrorType } from '../../../../runtime-api/protocol/reported-error.ts';

const test = suite('runtime-api/protocol/reported-error');
const CAUSE = 'application/vnd.aws.lambda.error.cause+json';
const bodyOf = (body: Buffer | string, contentType: string | undefined, errorType = 'T'): string =>
  errorBodyForInvoker({ body: Buffer.from(body), contentType, errorType }).toString();

// ref: RT-033, RT-034, RT-035
test('a type is kept when it contains an accepted form', () => {
  for (const [reported, kept] of [
    ['Function.MyError', 'Function.MyError'],
    ['Runtime.ImportModuleError', 'Runtime.ImportModuleError'],
    ['my Function.MyError here', 'my Function.MyError here'],
    ['MyError', 'Runtime.Unknown'],
    ['function.MyError', 'Runtime.Unknown'],
    ['Function.1', 'Function.Unknown'],
    ['Function.a', 'Function.Unknown'],
    ['Function.A', 'Function.Unknown'],
    ['unhandled', 'Runtime.Unknown'],
    ['', 'Runtime.Unknown'],
    [undefined, 'Runtime.Unknown'],
  ] as const) {
    assert.is(normaliseErrorType(reported), kept, String(reported));
  }
});

test('a type is bounded', () => assert.is(normaliseErrorType(`Function.${'A'.repeat(10_000)}`).length, 256));

test('a body is passed through untouched, whatever it is', () => {
  for (const contentType of [undefined, 'application/json', 'application/x-www-form-urlencoded', `${CAUSE}x`]) {
    assert.is(bodyOf('{ "errorCause" : 1 ', contentType), '{ "errorCause" : 1 ');
  }
});

test('no body becomes an object of the type', () => assert.is(bodyOf('', undefined, 'Function.X'), '{"errorType":"Function.X"}'));

// ref: RT-036, RT-037
test('the cause form loses its cause; what is not an object becomes a fixed text', () => {
  assert.is(bodyOf('{"errorMessage":"m","errorCause":{"a":1},"x":2}', CAUSE), '{"errorMessage":"m","x":2}');
  assert.is(bodyOf('{"a":1}', `${CAUSE.toUpperCase()}; charset=utf-8`), '{"a":1}');
  for (const body of ['{', '[1]', '1', 'null', '"a"', 'not json']) assert.is(bodyOf(body, CAUSE), '"Invalid error body"');
});

test('the cause form cannot grow beyond the limit, however it is written', () => {
  const noUtf8 = Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(ERROR_BYTES_MAX - 20, 0xff), Buffer.from('"}')]);
  assert.is(bodyOf(noUtf8, CAUSE), '"Invalid error body"');
  const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  assert.ok(bodyOf(deep, CAUSE).length <= deep.length);
});

test('arbitrary bodies are taken', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void bodyOf(Buffer.from(bytes), CAUSE)));
});

test.run();
