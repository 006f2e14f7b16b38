import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { comparePerRound, median, percentileNs, spreadOf } from '../../../bench/statistics.ts';

const test = suite('bench/statistics');

test('the median of an odd count is the middle value, whatever the order', () => {
  assert.is(median([9, 1, 5]), 5);
});

test('the median of an even count is the mean of the middle two', () => {
  assert.is(median([4, 1, 3, 2]), 2.5);
});

test('the median of nothing is not a number', () => {
  assert.ok(Number.isNaN(median([])));
});

test('the median lies between the smallest and the largest value and leaves its input alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1 }), (values) => {
      const before = [...values];
      const { median: middle, min, max } = spreadOf(values);
      assert.ok(min <= middle && middle <= max);
      assert.equal(values, before);
    }),
  );
});

test('a ratio is taken inside each round, not between medians', () => {
  // The machine is ten times slower in the second round; the medians' ratio would be 110 / 55.
  const ratio = comparePerRound('ratio', [200, 20, 300], [100, 10, 100]);
  assert.equal(ratio.samples, [2, 2, 3]);
  assert.is(ratio.median, 2);
  assert.is(ratio.min, 2);
  assert.is(ratio.max, 3);
});

test('a difference is taken inside each round', () => {
  assert.equal(comparePerRound('difference', [15, 30], [10, 20]).samples, [5, 10]);
});

test('rounds that do not pair up are refused', () => {
  assert.throws(() => comparePerRound('ratio', [1, 2], [1]), /do not pair up/);
});

test('a percentile is the edge of the bucket that reaches its share', () => {
  const histogram = [[100, 50], [200, 49], [5_000, 1]] as const;
  assert.is(percentileNs(histogram, 0.5), 100);
  assert.is(percentileNs(histogram, 0.51), 200);
  assert.is(percentileNs(histogram, 0.99), 200);
  assert.is(percentileNs(histogram, 0.999), 5_000);
  assert.is(percentileNs(histogram, 1), 5_000);
});

test('a percentile does not depend on the order of the buckets', () => {
  assert.is(percentileNs([[300, 1], [100, 1], [200, 1]], 0.5), 200);
});

test('a percentile of an empty histogram is not a number', () => {
  assert.ok(Number.isNaN(percentileNs([], 0.5)));
});

test('a percentile of one exchange is that exchange', () => {
  assert.is(percentileNs([[70, 1]], 0.001), 70);
});

test.run();
