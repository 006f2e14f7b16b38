import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dryRunPassed, eventAccepted, invokeAnswer } from '../../../../runtime-api/front-door/invoke-answer.ts';
import { refusalAnswer } from '../../../../runtime-api/front-door/refusal.ts';
import type { FrontDoorRefusal } from '../../../../runtime-api/front-door/refusal.ts';

const test = suite('runtime-api/front-door/invoke-answer');
const result = { requestId: 'ID', body: Buffer.from('x'), isFunctionError: false, origin: 'reply' as const };
const LINES = 'Content-Type: application/json\r\nx-amzn-RequestId: ID\r\nX-Amz-Executed-Version: $LATEST\r\n';

test('a success and a function error are both 200; the header tells', () => {
  assert.equal(invokeAnswer({ result, executedVersion: '$LATEST' }), { status: 200, headerLines: LINES, body: result.body });
  assert.is(invokeAnswer({ result: { ...result, isFunctionError: true }, executedVersion: '$LATEST' }).headerLines, `${LINES}X-Amz-Function-Error: Unhandled\r\n`);
});

test('a log tail is cut to its last 4 KiB', () => {
  const { headerLines } = invokeAnswer({ result, executedVersion: '$LATEST', logTail: Buffer.from(`a${'b'.repeat(4_096)}`) });
  const encoded = /X-Amz-Log-Result: (.*)\r\n$/.exec(headerLines)?.[1] ?? '';
  assert.is(Buffer.from(encoded, 'base64').toString(), 'b'.repeat(4_096));
});

test('an asynchronous call is 202 and a dry run 204, both without body', () => {
  assert.equal(eventAccepted('ID'), { status: 202, headerLines: 'x-amzn-RequestId: ID\r\n', body: Buffer.alloc(0) });
  assert.equal(dryRunPassed('ID'), { status: 204, headerLines: 'x-amzn-RequestId: ID\r\n', body: Buffer.alloc(0) });
});

test('a restore that takes too long is an error of the API, and only when the platform says so', () => {
  const failed = { ...result, isFunctionError: true, errorType: 'Runtime.RestoreHookUserTimeout' };
  const answer = invokeAnswer({ result: { ...failed, origin: 'timeout' }, executedVersion: '$LATEST' });
  assert.is(answer.status, 408);
  assert.match(answer.headerLines, 'x-amzn-ErrorType: SnapStartTimeoutException');
  assert.is(invokeAnswer({ result: failed, executedVersion: '$LATEST' }).status, 200);
});

for (const [errorName, status, body] of [
  ['InvalidRequestContentException', 400, { Type: 'User', message: 'm' }],
  ['ValidationException', 400, { message: 'm' }],
  ['ResourceNotFoundException', 404, { Type: 'User', Message: 'm' }],
  ['SnapStartTimeoutException', 408, { Type: 'User', Message: 'm' }],
  ['RequestEntityTooLargeException', 413, { message: 'm' }],
  ['TooManyRequestsException', 429, { Type: 'User', Reason: 'ConcurrentInvocationLimitExceeded', message: 'm' }],
  ['ServiceException', 500, { Type: 'Service', Message: 'm' }],
] as const) {
  test(`${errorName} is ${status} with its own keys`, () => {
    const refusal: FrontDoorRefusal = { refused: true, errorName, message: 'm' };
    const answer = refusalAnswer(refusal, 'ID');
    assert.is(answer.status, status);
    assert.equal(JSON.parse(answer.body.toString()), body);
    assert.is(answer.headerLines, `Content-Type: application/json\r\nx-amzn-RequestId: ID\r\nx-amzn-ErrorType: ${errorName}\r\n`);
  });
}

test.run();
