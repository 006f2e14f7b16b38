import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StreamAnswer } from '../../../../runtime-api/front-door/stream-answer.ts';
import type { InvocationAnswer } from '../../../../runtime-api/protocol/invocation.ts';

const test = suite('runtime-api/front-door/stream-answer');
const ANSWER: InvocationAnswer = { requestId: 'r', body: Buffer.alloc(0), isFunctionError: false, origin: 'reply' };

function open() {
  const trace: string[] = [];
  let flowing = (): void => {};
  const reply = new StreamAnswer({
    requestId: 'r',
    executedVersion: '$LATEST',
    open(head, onFlowing) {
      trace.push(`open ${head.status} ${head.headerLines.replaceAll('\r\n', ';')}`);
      flowing = onFlowing;
      return {
        write(pieces) {
          const [head = Buffer.alloc(0), payload = Buffer.alloc(0)] = pieces;
          trace.push(`${/PayloadChunk|InvokeComplete|ServiceException/.exec(head.toString('latin1'))?.[0]} ${payload.toString()}`);
          return trace.length < 4;
        },
        end: () => void trace.push('end'),
        abort: () => void trace.push('abort'),
      };
    },
  });
  return { reply, trace, flow: () => flowing() };
}

const HEAD = 'open 200 Content-Type: application/vnd.amazon.eventstream;x-amzn-RequestId: r;X-Amz-Executed-Version: $LATEST;';

test('the head leaves when the response begins, the completion when it ends', () => {
  const { reply, trace } = open();
  reply.begun({ contentType: undefined, resume() {} });
  assert.equal(trace, [HEAD]);
  reply.piece(Buffer.from('a'));
  reply.end(ANSWER, Buffer.from('log'));
  assert.equal(trace.slice(1), ['PayloadChunk a', 'InvokeComplete {"LogResult":"bG9n"}', 'end']);
});

test('the runtime\'s content type is told beside the event stream\'s', () => {
  const { reply, trace } = open();
  reply.begun({ contentType: 'text/event-stream\r\nX: y', resume() {} });
  assert.equal(trace, [`${HEAD}x-amzn-Remapped-Content-Type: text/event-stream  X: y;`]);
});

test('an invoker that is full is passed on, and so is that it goes on', () => {
  const { reply, flow } = open();
  let resumed = 0;
  reply.begun({ contentType: undefined, resume: () => (resumed += 1) });
  assert.is(reply.piece(Buffer.from('a')), true);
  assert.is(reply.piece(Buffer.from('b')), true);
  assert.is(reply.piece(Buffer.from('c')), false);
  flow();
  assert.is(resumed, 1);
  reply.end(ANSWER);
  flow();
  assert.is(resumed, 1, 'an end has nothing to resume');
});

const ENDS: readonly { title: string; hasBegun: boolean; answer: Partial<InvocationAnswer>; says: string[] }[] = [
  { title: 'a buffered response is one chunk', hasBegun: false, answer: { body: Buffer.from('"b"') }, says: ['PayloadChunk "b"', 'InvokeComplete {}', 'end'] },
  { title: 'an empty buffered response is none', hasBegun: false, answer: {}, says: ['InvokeComplete {}', 'end'] },
  { title: 'a reported error without type is Unhandled', hasBegun: false, answer: { isFunctionError: true, errorType: 'Runtime.Unknown', body: Buffer.from('{}') }, says: ['InvokeComplete {"ErrorCode":"Unhandled","ErrorDetails":"{}"}', 'end'] },
  { title: 'an error on the way has the type as it was written', hasBegun: true, answer: { isFunctionError: true, errorType: 'Runtime.Unknown', errorCode: 'MyError', body: Buffer.from('{}') }, says: ['InvokeComplete {"ErrorCode":"MyError","ErrorDetails":"{}"}', 'end'] },
  { title: 'a time-out before the response is an error', hasBegun: false, answer: { isFunctionError: true, origin: 'timeout', body: Buffer.from('{}') }, says: ['InvokeComplete {"ErrorCode":"Sandbox.Timedout","ErrorDetails":"{}"}', 'end'] },
  { title: 'a time-out on the way cuts the stream', hasBegun: true, answer: { isFunctionError: true, origin: 'timeout', body: Buffer.from('{}') }, says: ['InvokeComplete {"ErrorCode":"Sandbox.Timeout","ErrorDetails":"{}"}', 'abort'] },
  { title: 'a crash on the way has its type', hasBegun: true, answer: { isFunctionError: true, origin: 'crash', errorType: 'Runtime.ExitError', body: Buffer.from('{}') }, says: ['InvokeComplete {"ErrorCode":"Runtime.ExitError","ErrorDetails":"{}"}', 'end'] },
  { title: 'a lost environment on the way is a fault of the service', hasBegun: true, answer: { isFunctionError: true, origin: 'crash', errorType: 'Sandbox.Failure', body: Buffer.from('{}') }, says: ['ServiceException {"Message":"An error occurred and the request cannot be processed."}', 'end'] },
];
for (const { title, hasBegun, answer, says } of ENDS) {
  test(title, () => {
    const { reply, trace } = open();
    if (hasBegun) reply.begun({ contentType: undefined, resume() {} });
    reply.end({ ...ANSWER, ...answer });
    assert.equal(trace, [HEAD, ...says]);
  });
}

test.run();
