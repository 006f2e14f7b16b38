import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { answerHeaders, isPreflight, preflightHeaders } from '../../../../runtime-api/front-door/cors.ts';
import type { CorsRules } from '../../../../runtime-api/front-door/cors.ts';

const test = suite('runtime-api/front-door/cors');

const OPEN: CorsRules = { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: [], allowCredentials: false, maxAgeSeconds: undefined };

function asked(origin: string, method = 'POST', headers = ''): Map<string, string> {
  return new Map([['origin', origin], ['access-control-request-method', method], ...(headers === '' ? [] : [['access-control-request-headers', headers] as const])]);
}

test('only an OPTIONS with an origin and a method is a preflight', () => {
  assert.is(isPreflight('OPTIONS', asked('http://a')), true);
  assert.is(isPreflight('POST', asked('http://a')), false);
  assert.is(isPreflight('OPTIONS', new Map([['origin', 'http://a']])), false);
  assert.is(isPreflight('OPTIONS', new Map()), false);
});

test('open rules grant what was asked for, by name', () => {
  assert.equal(preflightHeaders(OPEN, asked('http://a', 'PUT', 'authorization, x-a')), [
    ['Access-Control-Allow-Origin', '*'],
    ['Access-Control-Allow-Methods', 'PUT'],
    ['Access-Control-Allow-Headers', 'authorization, x-a'],
  ]);
});

test('named rules grant those origins, methods and headers only', () => {
  const rules: CorsRules = { ...OPEN, allowOrigins: ['http://a'], allowMethods: ['GET', 'POST'], allowHeaders: ['X-A'], maxAgeSeconds: 60, exposeHeaders: ['X-B'] };
  assert.equal(preflightHeaders(rules, asked('http://a', 'POST', 'x-a,x-c')), [
    ['Access-Control-Allow-Origin', 'http://a'],
    ['Vary', 'Origin'],
    ['Access-Control-Allow-Methods', 'GET, POST'],
    ['Access-Control-Allow-Headers', 'x-a'],
    ['Access-Control-Max-Age', '60'],
  ]);
  assert.equal(preflightHeaders(rules, asked('http://b')), []);
  assert.equal(preflightHeaders(rules, asked('http://a', 'DELETE')), []);
  assert.equal(answerHeaders(rules, 'http://a'), [['Access-Control-Allow-Origin', 'http://a'], ['Vary', 'Origin'], ['Access-Control-Expose-Headers', 'X-B']]);
  assert.equal(answerHeaders(rules, 'http://b'), []);
  assert.equal(answerHeaders(rules, undefined), []);
});

test('with credentials the origin is named, because a browser refuses a star', () => {
  const rules: CorsRules = { ...OPEN, allowCredentials: true };
  assert.equal(answerHeaders(rules, 'http://a'), [['Access-Control-Allow-Origin', 'http://a'], ['Vary', 'Origin'], ['Access-Control-Allow-Credentials', 'true']]);
});

test.run();
