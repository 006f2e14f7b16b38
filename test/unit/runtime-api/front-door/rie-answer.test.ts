import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rieAnswer, rieManagedAnswer, rieUnavailable } from '../../../../runtime-api/front-door/rie-answer.ts';

const test = suite('runtime-api/front-door/rie-answer');
const result = { requestId: 'ID', body: Buffer.from('x'), isFunctionError: false, origin: 'reply' as const };
const JSON_LINE = 'Content-Type: application/json\r\n';

test('the classic forms go by who made the body', () => {
  const plain = 'Content-Type: text/plain; charset=utf-8\r\n';
  assert.equal(rieAnswer({ ...result, isFunctionError: true }, 3_000), { status: 200, headerLines: plain, body: result.body });
  assert.equal(rieAnswer({ ...result, origin: 'crash' }, 3_000), { status: 502, headerLines: plain, body: result.body });
  assert.equal(rieAnswer({ ...result, origin: 'timeout' }, 3_999), { status: 200, headerLines: plain, body: Buffer.from('Task timed out after 3.00 seconds') });
});

test('the managed forms are 200 with the type in a header', () => {
  assert.equal(rieManagedAnswer(result, 3_000), { status: 200, headerLines: JSON_LINE, body: result.body });
  assert.equal(rieManagedAnswer({ ...result, isFunctionError: true, errorType: 'Function.Mine' }, 3_000), { status: 200, headerLines: `${JSON_LINE}Error-Type: Function.Mine\r\n`, body: result.body });
  const late = rieManagedAnswer({ ...result, isFunctionError: true, origin: 'timeout' }, 3_999);
  assert.is(late.headerLines, `${JSON_LINE}Error-Type: Sandbox.Timedout\r\n`);
  assert.is(late.body.toString(), '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}');
});

test('in the managed mode an invocation without a worker is 400', () => {
  assert.equal(rieUnavailable(), { status: 400, headerLines: `${JSON_LINE}Error-Type: Runtime.Unavailable\r\n`, body: Buffer.alloc(0) });
});

test.run();
