import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../../platform/api/index.ts';
import { OPERATION_INDEX } from '../../../../../platform/control-plane/http/operation-index.ts';
import { route, splitTarget } from '../../../../../platform/control-plane/http/router.ts';

const test = suite('platform/control-plane/http/router');

function routed(method: string, target: string) {
  const { rawPath, query } = splitTarget(target);
  return route(method, rawPath, query);
}

/** Stated again by hand for the operations that are built. */
const ROWS: [string, string, string][] = [
  ['POST', '/2015-03-31/functions', 'CreateFunction'],
  ['GET', '/2015-03-31/functions', 'ListFunctions'],
  ['GET', '/2015-03-31/functions/', 'ListFunctions'],
  ['GET', '/2015-03-31/functions?MaxItems=2', 'ListFunctions'],
  ['GET', '/2015-03-31/functions/f', 'GetFunction'],
  ['GET', '/2015-03-31/functions/f/', 'GetFunction'],
  ['DELETE', '/2015-03-31/functions/f', 'DeleteFunction'],
  ['GET', '/2015-03-31/functions/f/configuration', 'GetFunctionConfiguration'],
  ['PUT', '/2015-03-31/functions/f/configuration', 'UpdateFunctionConfiguration'],
  ['PUT', '/2015-03-31/functions/f/code', 'UpdateFunctionCode'],
  ['GET', '/2016-08-19/account-settings', 'GetAccountSettings'],
  ['GET', '/2016-08-19/account-settings/', 'GetAccountSettings'],
  ['POST', '/2015-03-31/functions/f/invocations', 'Invoke'],
  ['GET', '/2018-10-31/layers', 'ListLayers'],
  ['GET', '/2018-10-31/layers?find=LayerVersion&Arn=x', 'GetLayerVersionByArn'],
  ['GET', '/2019-09-30/functions/f/provisioned-concurrency', 'GetProvisionedConcurrencyConfig'],
  ['GET', '/2019-09-30/functions/f/provisioned-concurrency?List=ALL', 'ListProvisionedConcurrencyConfigs'],
  ['GET', '/2019-09-25/functions/f/event-invoke-config/list', 'ListFunctionEventInvokeConfigs'],
];
for (const [method, target, operation] of ROWS)
  test(`${method} ${target} is ${operation}`, () => assert.is(routed(method, target)?.operation, operation));

const UNKNOWN: [string, string][] = [
  ['GET', '/'],
  ['GET', ''],
  ['PATCH', '/2015-03-31/functions/f'],
  ['POST', '/2015-03-31/functions/f'],
  ['get', '/2015-03-31/functions'],
  ['GET', '/2015-03-31/Functions'],
  ['GET', '/2015-03-30/functions'],
  ['GET', '/2015-03-31/functions//f'],
  ['GET', '//2015-03-31/functions'],
  ['GET', '/2015-03-31/functions/f//'],
  ['GET', '/2015-03-31/functions/a/b'],
  ['GET', '/x/../2015-03-31/functions'],
  ['GET', '/2015-03-31%2Ffunctions'],
  ['GET', '/2025-11-30/capacity-providers'],
  ['GET', '/2025-12-01/durable-executions/x'],
];
for (const [method, target] of UNKNOWN)
  test(`${method} ${target || '(nothing)'} is no operation`, () => assert.is(routed(method, target), undefined));

test('labels are decoded after routing, so an encoded slash does not split a path', () => {
  const encoded = 'arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3A%24LATEST';
  assert.is(routed('GET', `/2015-03-31/functions/${encoded}`)?.labels.get('FunctionName'), decodeURIComponent(encoded));
  assert.is(routed('GET', '/2015-03-31/functions/a%2Fconfiguration')?.operation, 'GetFunction');
  assert.is(routed('GET', '/2015-03-31/functions/a+b')?.labels.get('FunctionName'), 'a+b');
});

for (const broken of ['%', '%4', '%zz', '%ff', '%c3%28'])
  test(`a label with the broken escape ${broken} is a serialization error`, () => {
    try {
      routed('GET', `/2015-03-31/functions/${broken}`);
    } catch (error) {
      assert.instance(error, ApiError);
      if (error instanceof ApiError) assert.is(error.errorName, 'SerializationException');
      return;
    }
    assert.unreachable('the label was accepted');
  });

test('every operation of the index is reached by its own method and path, and no two share them', () => {
  assert.is(new Set(OPERATION_INDEX.map((row) => row.operation)).size, OPERATION_INDEX.length);
  for (const row of OPERATION_INDEX) {
    const query = 'query' in row ? `?${row.query.join('=')}` : '';
    assert.is(routed(row.method, row.path.replaceAll(/\{\w+\}/g, 'label') + query)?.operation, row.operation);
  }
});

test('any label survives the way through an encoded path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed()), (text) => {
      const found = routed('GET', `/2015-03-31/functions/${encodeURIComponent(text)}/configuration`);
      assert.is(found?.labels.get('FunctionName'), text);
    }),
  );
});

test('any method and target either route, are unknown or are refused as an API error', () => {
  const segment = fc.oneof(fc.constantFrom('2015-03-31', 'functions', 'code', '', '..', '%2e', '%', '?', 'layers'), fc.string());
  fc.assert(
    fc.property(fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'X'), fc.array(segment), (method, segments) => {
      try {
        routed(method, `/${segments.join('/')}`);
      } catch (error) {
        assert.instance(error, ApiError);
      }
    }),
    { numRuns: 2000 },
  );
});

test.run();
