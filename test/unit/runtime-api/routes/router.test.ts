import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matchRoute } from '../../../../runtime-api/routes/router.ts';

const test = suite('runtime-api/routes/router');

for (const [path, method, requestId] of [
  ['/2018-06-01/runtime/invocation/next', 'GET', ''],
  ['/2018-06-01/runtime/invocation/abc/response', 'POST', 'abc'],
  ['/2018-06-01/runtime/invocation/abc/error', 'POST', 'abc'],
  ['/2018-06-01/runtime/invocation/a%2Db/response', 'POST', 'a-b'],
  ['/2018-06-01/runtime/invocation/%zz/response', 'POST', '%zz'],
  ['/2018-06-01/runtime/invocation/next/response', 'POST', 'next'],
  ['/2018-06-01/runtime/init/error', 'POST', ''],
  ['/2018-06-01/runtime/restore/next', 'GET', ''],
  ['/2018-06-01/runtime/restore/error', 'POST', ''],
  ['/2018-06-01/ping', 'GET', ''],
  ['/name/2018-06-01/runtime/invocation/next', 'GET', ''],
  ['/a/b.c/d-e/f_g/2018-06-01/runtime/invocation/abc/response', 'POST', 'abc'],
  ['/name/2020-01-01/extension/register', 'POST', ''],
  ['/name/2021-04-23/credentials', 'GET', ''],
] as const) {
  test(`${path} is a ${method}${requestId === '' ? '' : ` for ${requestId}`}`, () => {
    const match = matchRoute(path);
    assert.is(match?.route.method, method);
    assert.is(match?.requestId, requestId);
  });
}

for (const path of [
  '/', '', '/2018-06-01', '/2018-06-01/runtime', '/2018-06-01/runtime/invocation/', '/2018-06-01/runtime/invocation/abc', '/2018-06-01/runtime/invocation/next/', '/2018-06-01/runtime/invocation//response',
  '/2018-06-01/runtime/invocation/a/b/response', '/2018-06-01/runtime/invocation/abc/response/', '/2018-06-01/runtime/invocation/abc/Response', '/2018-06-01/runtime/init/error/', '/2018-06-02/ping', '/2018-06-01/ping/', '//2018-06-01/ping', '/2018-06-01/runtime/restore', '/a/b/c/d/e/2018-06-01/ping', '/name//2018-06-01/ping', '//name/2018-06-01/ping', '/na me/2018-06-01/ping', '/%2e/2018-06-01/ping', '/name/2018-06-01/nope', '/2018-06-01/2018-06-01/ping', '/name/2018-06-01/x/2018-06-01/ping', '/2018-06-01/runtime/restore/next/',
]) {
  test(`${JSON.stringify(path)} is nothing`, () => assert.is(matchRoute(path), undefined));
}

test('arbitrary paths are matched or not, never thrown at', () => {
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => void matchRoute(`/2018-06-01/runtime/invocation/${text}/response`)));
});

test.run();
