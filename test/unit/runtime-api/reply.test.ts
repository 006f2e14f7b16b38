import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Outcome } from '../../../runtime-api/outcome.ts';
import { reply } from '../../../runtime-api/reply.ts';

const test = suite('runtime-api/reply');
const JSON_LINE = 'Content-Type: application/json\r\n';

// ref: RT-018, RT-023, RT-044, RT-049, RT-056, RT-059
for (const [outcome, status, headerLines, body] of [
  [{ kind: 'accepted' }, 202, JSON_LINE, '{"status":"OK"}\n'],
  [{ kind: 'invalidRequestId' }, 400, JSON_LINE, '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n'],
  [{ kind: 'invalidResponseMode' }, 400, JSON_LINE, '{"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}\n'],
  [{ kind: 'truncated' }, 400, JSON_LINE, '{"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"}\n'],
  [{ kind: 'refused', from: 'InitError', to: 'Ready' }, 403, JSON_LINE, '{"errorMessage":"State transition from InitError to Ready failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}\n'],
  [{ kind: 'tooLarge', bytesMax: 6_291_556 }, 413, JSON_LINE, '{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}\n'],
  [{ kind: 'internal' }, 500, JSON_LINE, '{"errorMessage":"Internal Server Error","errorType":"InternalServerError"}\n'],
  [{ kind: 'pong' }, 200, 'Content-Type: text/plain; charset=utf-8\r\n', 'pong'],
  [{ kind: 'notFound' }, 404, 'Content-Type: text/plain; charset=utf-8\r\n', '404 page not found\n'],
  [{ kind: 'methodNotAllowed', allow: 'GET' }, 405, 'Allow: GET\r\n', ''],
] as const satisfies readonly (readonly [Outcome, number, string, string])[]) {
  test(`${outcome.kind} is ${status} in exactly this form`, () => {
    const rendered = reply(outcome);
    assert.equal({ ...rendered, body: rendered.body.toString() }, { status, headerLines, body });
  });
}

test('an event has its headers in the documented order, empty ones left out', () => {
  const payload = Buffer.from('{"a":1}');
  const bare = reply({ kind: 'event', deadlineEpochMs: 5, invocation: { requestId: 'ID', functionArn: 'arn:x', payload, clientContext: '', tenantId: '' } });
  assert.is(bare.body, payload);
  assert.is(bare.headerLines, `${JSON_LINE}Lambda-Runtime-Aws-Request-Id: ID\r\nLambda-Runtime-Deadline-Ms: 5\r\nLambda-Runtime-Invoked-Function-Arn: arn:x\r\n`);
  const full = reply({
    kind: 'event',
    deadlineEpochMs: 5,
    invocation: { requestId: 'ID', functionArn: 'arn:x', payload, traceId: 'Root=1', clientContext: '{"k":"ä"}', cognitoIdentity: '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}', tenantId: 'blue' },
  });
  assert.is(
    Buffer.from(full.headerLines.slice(bare.headerLines.length), 'latin1').toString('utf8'),
    'Lambda-Runtime-Trace-Id: Root=1\r\nLambda-Runtime-Client-Context: {"k":"ä"}\r\nLambda-Runtime-Cognito-Identity: {"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}\r\nLambda-Runtime-Aws-Tenant-Id: blue\r\n',
  );
});

test('nothing in an event can end a header line', () => {
  const { headerLines } = reply({
    kind: 'event',
    deadlineEpochMs: 5,
    invocation: { requestId: 'ID', functionArn: 'a\r\nB: c', payload: Buffer.alloc(0), traceId: 'a\nB: c', clientContext: 'a\r\nB: c', tenantId: 'a\rB: c' },
  });
  for (const line of headerLines.split('\r\n').filter((each) => each !== '')) assert.match(line, /^(Content-Type|Lambda-Runtime-)/);
  assert.is(headerLines.match(/[\r\n]/g)?.length, 2 * headerLines.split('\r\n').length - 2);
});

test.run();
