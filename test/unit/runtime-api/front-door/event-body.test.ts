import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkEvent, tooLargeEvent } from '../../../../runtime-api/front-door/event-body.ts';

const test = suite('runtime-api/front-door/event-body');

test('an event is handed on as it is, not as a copy', () => {
  for (const text of ['{"a":1}', ' [1] ', `"${'x'.repeat(1_100_000)}"`, '"ä€😀"']) {
    const bytes = Buffer.from(text);
    assert.is(checkEvent(bytes), bytes);
  }
});

test('nothing at all is an empty object', () => assert.is(String(checkEvent(Buffer.alloc(0))), '{}'));

for (const [title, bytes, detail] of [
  ['text', Buffer.from('hello'), 'Unrecognized token or unexpected end of input'],
  ['a large text', Buffer.from(`"${'x'.repeat(1_100_000)}`), 'Unrecognized token or unexpected end of input'],
  ['a cut character', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'Invalid UTF-8'],
  ['a surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'Invalid UTF-8'],
  ['an overlong form', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'Invalid UTF-8'],
  ['a byte order mark', Buffer.from('\ufeff{}'), 'Unrecognized token or unexpected end of input'],
  ['a no-break space', Buffer.from('\u00a0{}'), 'Unrecognized token or unexpected end of input'],
] as const) {
  test(`${title} is refused in the service's words`, () => {
    assert.equal(checkEvent(bytes), {
      refused: true,
      errorName: 'InvalidRequestContentException',
      message: `Could not parse request body into json: Could not parse payload into json: ${detail}`,
    });
  });
}

test('a size is refused with the limit of its kind', () => {
  assert.match(tooLargeEvent(7).message, '7 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)');
  assert.match(tooLargeEvent(7, 'Event').message, '7 byte payload is too large for the Event invocation type (limit 1048576 bytes)');
});

test.run();
