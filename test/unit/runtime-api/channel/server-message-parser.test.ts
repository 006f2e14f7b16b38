import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameError } from '../../../../runtime-api/channel/frames.ts';
import { SERVER_TYPES } from '../../../../runtime-api/channel/messages.ts';
import { decodeServerMessage } from '../../../../runtime-api/channel/server-message-parser.ts';

const test = suite('runtime-api/channel/server-message-parser');
const NOTHING = Buffer.alloc(0);

for (const [title, type, header] of [
  ['a header that is no object', SERVER_TYPES.completed, 5],
  ['no header', SERVER_TYPES.hello, null],
  ['a missing id', SERVER_TYPES.started, {}],
  ['an empty id', SERVER_TYPES.started, { requestId: '' }],
  ['an id of 129 characters', SERVER_TYPES.started, { requestId: 'x'.repeat(129) }],
  ['an unknown status', SERVER_TYPES.completed, { requestId: 'i', status: 'fine' }],
  ['an unknown phase', SERVER_TYPES.initReported, { phase: 'x', status: 'error' }],
  ['an error type of 257 characters', SERVER_TYPES.completed, { requestId: 'i', status: 'error', errorType: 'x'.repeat(257) }],
  ['a process id of 0', SERVER_TYPES.admit, { processId: 0 }],
  ['a negative process id', SERVER_TYPES.admit, { processId: -1 }],
  ['a fractional process id', SERVER_TYPES.admit, { processId: 1.5 }],
  ['an unknown origin', SERVER_TYPES.answered, { requestId: 'i', isFunctionError: false, origin: 'x' }],
  ['a flag that is a word', SERVER_TYPES.answered, { requestId: 'i', isFunctionError: 'no', origin: 'reply' }],
] as const) {
  test(`${title} is refused`, () => {
    assert.throws(() => decodeServerMessage({ type, header, payload: NOTHING }), (error: unknown) => error instanceof FrameError);
  });
}

test('members that nobody asked for do not come through', () => {
  const message = decodeServerMessage({ type: SERVER_TYPES.started, header: JSON.parse('{"requestId":"i","kind":"answered","__proto__":{"x":1},"more":2}'), payload: NOTHING });
  assert.equal(Object.keys(message).toSorted(), ['kind', 'requestId']);
  assert.is(message.kind, 'started');
});

test('arbitrary headers are read or refused, and a message has a known kind', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.jsonValue(), fc.uint8Array({ maxLength: 20 }), (type, header, payload) => {
      try {
        assert.ok(decodeServerMessage({ type, header, payload: Buffer.from(payload) }).kind in SERVER_TYPES);
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test.run();
