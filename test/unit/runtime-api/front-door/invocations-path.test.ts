import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matchInvocationsPath } from '../../../../runtime-api/front-door/invocations-path.ts';

const test = suite('runtime-api/front-door/invocations-path');
const match = (label: string, query = ''): ReturnType<typeof matchInvocationsPath> => matchInvocationsPath(`/2015-03-31/functions/${label}/invocations`, query);
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:mine';

for (const [label, query, functionName, qualifier] of [
  ['mine', '', 'mine', undefined],
  ['my-fn_1.x', '', 'my-fn_1.x', undefined],
  ['mine:7', '', 'mine', '7'],
  ['mine:$LATEST', '', 'mine', '$LATEST'],
  ['mine%3Alive', '', 'mine', 'live'],
  ['mine', 'Qualifier=live', 'mine', 'live'],
  ['mine', 'Qualifier=%24LATEST', 'mine', '$LATEST'],
  ['mine:7', 'Qualifier=live', 'mine', 'live'],
  ['mine', 'other=1', 'mine', undefined],
  ['function:mine', '', 'mine', undefined],
  ['123456789012:function:mine', '', 'mine', undefined],
  ['123456789012:mine', '', 'mine', undefined],
  [ARN, '', 'mine', undefined],
  [`${ARN}:live`, '', 'mine', 'live'],
  [encodeURIComponent(`${ARN}:$LATEST`), '', 'mine', '$LATEST'],
  ['arn:aws-cn:lambda:cn-north-1:123456789012:function:mine', '', 'mine', undefined],
  ['x'.repeat(140), '', 'x'.repeat(140), undefined],
] as const) {
  test(`${label.slice(0, 60)}${query === '' ? '' : ` with ${query}`} addresses ${functionName.slice(0, 20)}${qualifier === undefined ? '' : `:${qualifier}`}`, () => {
    assert.equal(match(label, query), { reference: decodeURIComponent(label), functionName, qualifier });
  });
}

test('a slash at the end makes no difference', () => {
  assert.is(matchInvocationsPath('/2015-03-31/functions/a/invocations/', '')?.functionName, 'a');
});

for (const label of ['', 'a/b', 'a%2Fb', 'a%zz', 'a%', 'a b', 'a%20b', 'ä', '%C3%A4', 'a:', ':a', 'a:b:c:d', 'a:-!', 'x'.repeat(141), `a:${'x'.repeat(129)}`, '..', '%2e%2e%2f']) {
  const isName = label === '..';
  test(`${JSON.stringify(label.slice(0, 30))} is ${isName ? 'a name like any other' : 'no address'}`, () => assert.is(match(label) === undefined, !isName));
}

for (const query of ['Qualifier=', 'Qualifier=%24', 'Qualifier=a%20b', `Qualifier=${'x'.repeat(129)}`]) {
  test(`${query.slice(0, 30)} is no qualifier`, () => assert.is(match('a', query), undefined));
}

for (const path of ['/', '/2015-03-31/functions', '/2015-03-31/functions/', '/2015-03-31/functions/a', '/2015-03-31/functions/invocations', '/2015-03-31/functions//invocations', '/x/2015-03-31/functions/a/invocations', '/2015-03-31/functions/a/invocations//']) {
  test(`${path} is not the path of an invocation`, () => assert.is(matchInvocationsPath(path, ''), undefined));
}

test('arbitrary labels are read quickly or refused, never thrown at', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 50 }), (label, query) => void match(label, query)));
  // A pattern of nested optional parts must not take long to say no.
  match(`arn:aws${'-a'.repeat(50_000)}:lambda:`);
  match(`us${'-a'.repeat(50_000)}`);
});

test.run();
