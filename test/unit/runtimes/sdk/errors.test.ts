import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { headerType, LambdaError, reportError } from '../../../../runtimes/sdk/errors.ts';
import { normaliseErrorType } from '../../../../runtime-api/protocol/reported-error.ts';

const test = suite('runtimes/sdk/errors');

test('whatever is thrown, its report is JSON and its type is one that the platform keeps', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      const { body, errorType } = reportError(thrown);
      assert.type(JSON.parse(body).errorType, 'string');
      assert.is(normaliseErrorType(errorType), errorType);
    }),
  );
});

for (const [given, expected] of [
  ['Function.Kept', 'Function.Kept'],
  ['Runtime.Kept', 'Runtime.Kept'],
  ['TypeError', 'Function.TypeError'],
  ['my-error 2', 'Function.Myerror'],
  ['', 'Function.Unhandled'],
  ['x\r\nEvil: 1', 'Function.XEvil'],
] as const) {
  test(`the type ${JSON.stringify(given)} is ${expected} in the header`, () => assert.is(headerType(given), expected));
}

test('a chain of causes that is a circle ends', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  assert.match(reportError(first).body, /second/);
});

test('the cause for tracing names type, message, path and line of each error of the chain, and is left out when it is too long', () => {
  const cause: unknown = JSON.parse(reportError(new LambdaError('A.B', 'outer', { cause: new Error('inner') })).xrayCause ?? '');
  const exceptions: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'exceptions') : [];
  assert.equal(Array.isArray(exceptions) ? exceptions.map(({ type, message }) => [type, message]) : [], [['A.B', 'outer'], ['Error', 'inner']]);
  assert.is(reportError(new Error('é'.repeat(200_000))).xrayCause, undefined);
});

test.run();
