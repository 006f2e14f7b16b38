/** What a runtime may say, in which order, and what comes of it for itself and for the invoker. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RESPONSE_BYTES_MAX } from '../../../runtime-api/protocol/limits.ts';
import { invokeRequest, withEmulator } from '../../support/emulated.ts';
import type { Emulated } from '../../support/emulated.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('integration/runtime-api/replies');
const OK = '202 {"status":"OK"}';
const WRONG_ID = '400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}';

async function assertStillWorks(emulated: Emulated, starts = 1): Promise<void> {
  assert.is((await emulated.invoke('"still here"')).body.toString(), '"still here"');
  assert.is(emulated.starts(), starts);
}

// ref: RT-025, RT-026, RT-027
test('a second reply is refused and the invoker keeps the first', async () => {
  await withEmulator({ scenario: ['answerTwice'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.body.toString(), '"first"');
    assert.is(reply.headers.has('x-amz-function-error'), false);
    await assertStillWorks(emulated);
    const refused = (to: string): string => `403 {"errorMessage":"State transition from RuntimeResponseSentState to ${to} failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}`;
    assert.equal(emulated.notes(), [OK, refused('InvocationResponse'), refused('InvocationErrorResponse'), WRONG_ID]);
  });
});

// ref: RT-028, RT-029, RT-030
test('a response after an error is refused and the invoker keeps the error', async () => {
  await withEmulator({ scenario: ['failThenAnswer'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.status, 200);
    assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
    assert.is(reply.body.toString(), '{"errorMessage":"m","errorType":"T"}');
    await assertStillWorks(emulated);
    assert.is(emulated.notes()[0], OK);
    assert.match(emulated.notes()[1] ?? '', /^403 /);
    await emulated.logged(/^REPORT .*Status: error\tError Type: Runtime\.Unknown$/m);
  });
});

// ref: RT-023
test('a reply for another id is refused, a percent-encoded right one is taken', async () => {
  await withEmulator({ scenario: ['answerForAnother'] }, async (emulated) => {
    assert.is((await emulated.invoke('{}')).body.toString(), '"right"');
    assert.equal(emulated.notes(), [WRONG_ID, WRONG_ID]);
    await assertStillWorks(emulated);
  });
});

// ref: RT-024
test('a reply before any event is refused', async () => {
  await withEmulator({ scenario: ['replyBeforeNext'] }, async (emulated) => {
    await assertStillWorks(emulated);
    assert.equal(emulated.notes(), [WRONG_ID, WRONG_ID]);
  });
});

// ref: RT-016
test('a runtime that asks again before it replied gets the same event at once', async () => {
  await withEmulator({ scenario: ['nextTwice'] }, async (emulated) => {
    assert.is((await emulated.invoke('"same"')).body.toString(), '"same"');
    assert.equal(await emulated.noted(1), ['true true true']);
  });
});

// ref: RT-017
test('of two threads that wait, one gets the event, and every invocation is completed', async () => {
  await withEmulator({ scenario: ['twoWaiters'] }, async (emulated) => {
    for (let index = 0; index < 20; index += 1) assert.is((await emulated.invoke(`${index}`)).body.toString(), `${index}`);
    const log = await emulated.logged(/(\nREPORT[^]*){20}/);
    assert.not.match(log, 'Status:');
    // A thread that asks while the first event is out gets that one too.
    assert.ok(emulated.notes().length >= 20);
    assert.ok(emulated.notes().includes('one') && emulated.notes().includes('other'));
  });
});

// ref: RT-063
for (const how of ['reset', 'half']) {
  test(`a runtime that dropped its call (${how}) and called again gets the event on the new connection`, async () => {
    await withEmulator({ scenario: ['droppedNext', how] }, async (emulated) => {
      await assertStillWorks(emulated);
      await assertStillWorks(emulated);
    });
  });
}

// ref: RT-019, RT-020, RT-031, RT-041
test('a response is the invoker\'s to the byte, whatever it is', async () => {
  for (const response of ['not json', '', '\0\x01\x02', '{"a":', 'ä€😀']) {
    await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
      const reply = await emulated.invoke(JSON.stringify({ response }));
      assert.is(reply.body.toString(), response);
      assert.is(reply.headers.has('x-amz-function-error'), false);
    });
  }
});

// ref: RT-032, RT-033, RT-034, RT-035, RT-036, RT-037, RT-040
for (const [title, event, body, type] of [
  ['without type', { error: '{"a":1}' }, '{"a":1}', 'Runtime.Unknown'],
  ['of a good type', { error: '{"a":1}', errorType: 'Function.MyError' }, '{"a":1}', 'Function.MyError'],
  ['of a plain type', { error: '{"a":1}', errorType: 'MyError' }, '{"a":1}', 'Runtime.Unknown'],
  ['of a malformed type', { error: '{"a":1}', errorType: 'Function.1' }, '{"a":1}', 'Function.Unknown'],
  ['that is not JSON', { error: 'not json' }, 'not json', 'Runtime.Unknown'],
  ['without body', { error: '', errorType: 'Function.Empty' }, '{"errorType":"Function.Empty"}', 'Function.Empty'],
  ['as a form', { error: `{"a":"${'x'.repeat(100_000)}"}`, contentType: 'application/x-www-form-urlencoded' }, `{"a":"${'x'.repeat(100_000)}"}`, 'Runtime.Unknown'],
  ['with a cause', { error: '{"errorMessage":"m","errorCause":{"x":1}}', contentType: 'application/vnd.aws.lambda.error.cause+json' }, '{"errorMessage":"m"}', 'Runtime.Unknown'],
  ['with a cause that is not JSON', { error: '{', contentType: 'application/vnd.aws.lambda.error.cause+json' }, '"Invalid error body"', 'Runtime.Unknown'],
] as const) {
  test(`an error ${title} reaches the invoker, its type the report, and the process stays`, async () => {
    await withEmulator({ scenario: ['obedient'] }, async (emulated) => {
      const reply = await emulated.invoke(JSON.stringify(event));
      assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
      assert.is(reply.body.toString(), body);
      assert.match(await emulated.logged(/^REPORT/m), new RegExp(`Status: error\tError Type: ${type}\n$`));
      assert.is((await emulated.invoke('{"response":"1"}')).body.toString(), '1');
      assert.is(emulated.starts(), 1);
    });
  });
}

// ref: RT-048
test('a response of exactly the limit is delivered', async () => {
  await withEmulator({ scenario: ['answerTooLarge', String(RESPONSE_BYTES_MAX)] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.body.length, RESPONSE_BYTES_MAX);
    assert.is(reply.headers.has('x-amz-function-error'), false);
    await assertStillWorks(emulated);
  });
});

// ref: RT-049, RT-050, RT-052
for (const bytes of [RESPONSE_BYTES_MAX + 1, 7_000_000, 20_000_000]) {
  test(`a response of ${bytes} bytes is refused, and the same process serves on`, async () => {
    await withEmulator({ scenario: ['answerTooLarge', String(bytes)] }, async (emulated) => {
      const reply = await emulated.invoke('{}');
      assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
      assert.equal(JSON.parse(reply.body.toString()), {
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
        errorType: 'Function.ResponseSizeTooLarge',
      });
      await assertStillWorks(emulated);
      assert.is(emulated.notes()[0], '413 {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}');
      await emulated.logged(/^REPORT .*Status: error\tError Type: Function\.ResponseSizeTooLarge$/m);
    });
  });
}

test('an error body over its limit is refused like a response', async () => {
  await withEmulator({ scenario: ['errorTooLarge', '6291557'] }, async (emulated) => {
    assert.match((await emulated.invoke('{}')).body.toString(), 'Function.ResponseSizeTooLarge');
    await assertStillWorks(emulated);
    assert.match(emulated.notes()[0] ?? '', /^413 /);
  });
});

// ref: RT-056, RT-057, RT-058
test('an unknown response mode is refused, the invoker gets an empty error, and next works', async () => {
  await withEmulator({ scenario: ['badResponseMode'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
    assert.is(reply.body.length, 0);
    await assertStillWorks(emulated);
    assert.equal(emulated.notes(), ['400 {"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}']);
    await emulated.logged(/Error Type: Runtime\.InvalidResponseModeHeader$/m);
  });
});

// ref: RT-059
test('a response that breaks off is an error for the invoker, and the runtime is told', async () => {
  await withEmulator({ scenario: ['cutResponse'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(JSON.parse(reply.body.toString()).errorType, 'Runtime.TruncatedResponse');
    await assertStillWorks(emulated);
    assert.equal(emulated.notes(), ['400 {"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"}']);
  });
});

// ref: RT-022
test('declared trailers that do not come are a plain success, those that come are an error', async () => {
  await withEmulator({ scenario: ['emptyChunked'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.body.length, 0);
    assert.is(reply.headers.has('x-amz-function-error'), false);
  });
  await withEmulator({ scenario: ['trailingError'] }, async (emulated) => {
    const reply = await emulated.invoke('{}');
    assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
    assert.is(reply.body.toString(), '{"errorMessage":"late","errorType":"T"}');
    assert.equal(await emulated.noted(1), [OK]);
    assert.match(await emulated.logged(/^REPORT/m), 'Error Type: Function.Late');
  });
});

// ref: RT-061, RT-062
for (const scenario of ['echo', 'closeEach']) {
  test(`a hundred invocations in a row are served (${scenario})`, async () => {
    await withEmulator({ scenario: [scenario] }, async (emulated) => {
      const peer = await RawPeer.connect(emulated.port);
      for (let index = 0; index < 100; index += 1) {
        peer.send(invokeRequest(`${index}`));
        assert.is((await peer.answer())?.body.toString(), `${index}`);
      }
      peer.destroy();
      assert.is(emulated.starts(), 1);
    });
  });
}

// ref: RT-038, RT-039, RT-060
test('header names in any case and a large cause header are taken', async () => {
  await withEmulator({ scenario: ['oddCase'] }, async (emulated) => {
    const reply = await emulated.invoke('{"errorMessage":"m"}');
    assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
    assert.match(await emulated.logged(/^REPORT/m), 'Error Type: Function.Odd');
  });
});

// ref: RT-053, RT-054, RT-055
test('ping answers, unknown paths and methods do not', async () => {
  await withEmulator({ scenario: ['routes'] }, async (emulated) => {
    await assertStillWorks(emulated);
    assert.equal(emulated.notes(), ['200 pong', '404', '405', '404']);
  });
});

test.run();
