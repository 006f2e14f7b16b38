import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STREAMED_RESPONSE_BYTES_MAX } from '../../../runtime-api/protocol/limits.ts';
import { LAMBDA_STREAM_PACING } from '../../../runtime-api/stream-pacer.ts';
import { StreamedResponse } from '../../../runtime-api/streamed-response.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const test = suite('runtime-api/streamed-response');

function open(options: { isPaced?: boolean; takes?: () => boolean } = {}) {
  const clock = fakeClock();
  const seen = { delivered: 0, resumes: 0, tooLarge: [] as number[] };
  const response = new StreamedResponse({
    clock,
    pacing: options.isPaced === true ? LAMBDA_STREAM_PACING : undefined,
    deliver(piece) {
      seen.delivered += piece.length;
      return options.takes?.() ?? true;
    },
    resume: () => (seen.resumes += 1),
    onTooLarge: (bytes) => seen.tooLarge.push(bytes),
  });
  return { clock, seen, response };
}

const MIB = Buffer.alloc(1_048_576);

test('200 MB are delivered; the byte beyond is not, is reported once, and the rest is thrown away', () => {
  const { response, seen } = open();
  for (let count = 0; count < 200; count += 1) assert.is(response.accept(MIB), true);
  assert.equal([seen.delivered, seen.tooLarge], [STREAMED_RESPONSE_BYTES_MAX, []]);
  assert.is(response.accept(Buffer.alloc(1)), true);
  assert.is(response.accept(MIB), true);
  assert.equal([seen.delivered, seen.tooLarge], [STREAMED_RESPONSE_BYTES_MAX, [STREAMED_RESPONSE_BYTES_MAX + 1]]);
});

test('a listener that is full holds the runtime back until it goes on', () => {
  const { response, seen } = open({ takes: () => false });
  assert.is(response.accept(MIB), false);
  assert.is(seen.resumes, 0);
  response.resume();
  assert.is(seen.resumes, 1);
});

// ref: STR-026
test('paced, 6 MB go at once and 10 MB in two seconds', () => {
  const { response, seen, clock } = open({ isPaced: true });
  for (let count = 0; count < 6; count += 1) assert.is(response.accept(MIB), true);
  for (let count = 0; count < 4; count += 1) {
    assert.is(response.accept(MIB), false, 'beyond the burst');
    clock.advance(499);
    assert.is(seen.resumes, count);
    clock.advance(1);
    assert.is(seen.resumes, count + 1);
  }
  assert.is(clock.monotonicMs(), 2_000);
});

test('the burst is had once, however slow it was, and a pause earns nothing', () => {
  const { response, clock, seen } = open({ isPaced: true });
  for (let count = 0; count < 6; count += 1) {
    assert.is(response.accept(MIB), true);
    clock.advance(10_000);
  }
  for (let count = 0; count < 2; count += 1) {
    assert.is(response.accept(MIB), false);
    clock.advance(500);
    assert.is(seen.resumes, count + 1);
    clock.advance(60_000);
  }
});

test('pacing and a full listener are both waited for, in either order', () => {
  const { response, seen, clock } = open({ isPaced: true, takes: () => false });
  response.accept(Buffer.alloc(7 * 1_048_576));
  response.resume();
  assert.is(seen.resumes, 0);
  clock.advance(500);
  assert.is(seen.resumes, 1);
});

test('an end lets a runtime go on that was held back', async () => {
  const { response, seen } = open({ takes: () => false });
  response.accept(MIB);
  response.end();
  assert.is(seen.resumes, 0, 'not within the call');
  await Promise.resolve();
  assert.is(seen.resumes, 1);
  assert.is(response.accept(MIB), true);
  assert.is(seen.delivered, MIB.length);
});

test.run();
