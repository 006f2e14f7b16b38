import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../../platform/api/index.ts';
import { identityOf } from '../../../../../platform/control-plane/identity.ts';
import { addressFunction, type AddressedOperation } from '../../../../../platform/control-plane/names/address.ts';

const test = suite('platform/control-plane/names/address');

const IDENTITY = identityOf({ region: 'us-east-1', accountId: '000000000000' });
const GET: AddressedOperation = { name: 'GetFunction', family: 'get', resourcePolicy: true };
const CONFIGURE: AddressedOperation = { name: 'UpdateFunctionConfiguration', family: 'update', resourcePolicy: false };
const OURS = 'arn:aws:lambda:us-east-1:000000000000:function:f';

function refusalOf(operation: AddressedOperation, reference: string, qualifier?: string): [string, string | null] {
  try {
    addressFunction(IDENTITY, operation, { reference, qualifier });
  } catch (error) {
    if (error instanceof ApiError) return [error.errorName, error.publicMessage];
    throw error;
  }
  throw new Error('the reference was accepted');
}

const EQUAL: [string, string | undefined, string | undefined, string][] = [
  ['f', undefined, undefined, OURS],
  ['000000000000:f', undefined, undefined, OURS],
  ['us-east-1:000000000000:function:f', undefined, undefined, OURS],
  [OURS, undefined, undefined, OURS],
  [`${OURS}:$LATEST`, undefined, '$LATEST', `${OURS}:$LATEST`],
  ['f', '$LATEST', '$LATEST', `${OURS}:$LATEST`],
  [`${OURS}:$LATEST`, '$LATEST', '$LATEST', `${OURS}:$LATEST`],
  ['f:live', undefined, 'live', `${OURS}:live`],
];
for (const [reference, qualifier, expected, arn] of EQUAL)
  test(`${reference} with qualifier ${qualifier} addresses ${arn}`, () => {
    assert.equal(addressFunction(IDENTITY, GET, { reference, qualifier }), { functionName: 'f', qualifier: expected, arn });
  });

test('another account is refused without a reason where no resource policy could allow it', () => {
  assert.equal(refusalOf(CONFIGURE, OURS.replace('000000000000', '111111111111')), ['AccessDeniedException', null]);
});

test('another account is refused with the missing permission where a resource policy could allow it', () => {
  const theirs = OURS.replace('000000000000', '111111111111');
  const [name, text] = refusalOf(GET, theirs);
  assert.is(name, 'AccessDeniedException');
  assert.is(
    text,
    'User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction ' +
      `on resource: ${theirs} because no resource-based policy allows the lambda:GetFunction action`,
  );
  assert.match(refusalOf({ ...GET, name: 'Invoke' }, theirs)[1] ?? '', /lambda:InvokeFunction action$/);
});

test('another region is not reachable, and that is said before a bad qualifier', () => {
  const there = OURS.replace('us-east-1', 'ap-southeast-1');
  const expected = "Functions from 'ap-southeast-1' are not reachable in this region ('us-east-1')";
  assert.equal(refusalOf(GET, there, 'invalid!'), ['ResourceNotFoundException', expected]);
});

test('the account is looked at before the region', () => {
  const there = 'arn:aws:lambda:ap-southeast-1:111111111111:function:f';
  assert.is(refusalOf(CONFIGURE, there)[0], 'AccessDeniedException');
  assert.is(refusalOf(GET, there)[0], 'ResourceNotFoundException');
});

test('violations of qualifier and name are reported together, the qualifier first', () => {
  const [name, text] = refusalOf(GET, 'f!', 'a'.repeat(129));
  assert.is(name, 'ValidationException');
  assert.match(text ?? '', /^2 validation errors detected: Value 'a+' at 'qualifier' .*; Value 'f!' at 'functionName' /);
});

for (const [reference, qualifier] of [[`${OURS}:$LATEST`, '1'], ['f:a', 'b'], ['f:1', '$LATEST']] as const)
  test(`the qualifiers of ${reference} and ${qualifier} do not agree`, () => {
    const text = 'The derived qualifier from the function name does not match the specified qualifier.';
    assert.equal(refusalOf(GET, reference, qualifier), ['InvalidParameterValueException', text]);
  });

test('the partition follows the region', () => {
  const identity = identityOf({ region: 'cn-north-1', accountId: '000000000000' });
  const { arn } = addressFunction(identity, GET, { reference: 'f', qualifier: undefined });
  assert.is(arn, 'arn:aws-cn:lambda:cn-north-1:000000000000:function:f');
});

test.run();
