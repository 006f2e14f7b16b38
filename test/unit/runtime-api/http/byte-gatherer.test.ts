import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ByteGatherer } from '../../../../runtime-api/http/byte-gatherer.ts';

const test = suite('runtime-api/http/byte-gatherer');

test('pieces come out joined and in order', () => {
  const gatherer = new ByteGatherer();
  for (const piece of ['ab', '', 'c', 'x'.repeat(5_000), 'd']) gatherer.append(Buffer.from(piece));
  assert.is(gatherer.length, 5_004);
  assert.is(gatherer.take().toString(), `abc${'x'.repeat(5_000)}d`);
  assert.is(gatherer.length, 0);
});

test('what was taken is not written again', () => {
  const gatherer = new ByteGatherer();
  gatherer.append(Buffer.from('first'));
  const taken = gatherer.take();
  gatherer.append(Buffer.from('other'));
  assert.is(taken.toString(), 'first');
});

test('a megabyte of single bytes is gathered with few allocations', () => {
  const gatherer = new ByteGatherer();
  const one = Buffer.from('z');
  for (let index = 0; index < 1_048_576; index += 1) gatherer.append(one);
  assert.is(gatherer.take().length, 1_048_576);
});

test.run();
