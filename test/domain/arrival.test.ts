import { describe, expect, test } from 'vitest';
import { addLags, lagBucket, suggestedLookback, summariseLag } from '../../src/domain/arrival.ts';

describe('lags are counted in powers of two', () => {
  test.each([
    [-5_000, '0'],
    [0, '0'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [3_000, '4'],
    [600_000, '1024'],
  ])('%d ms in bucket %s', (ms, bucket) => {
    expect(lagBucket(ms)).toBe(bucket);
  });
});

test('reads add up, and say how late records come', () => {
  const lag = addLags([{ '0': 900, '4': 80 }, {}, { '4': 10, '64': 10 }]);
  expect(summariseLag(lag)).toEqual({ records: 1000, late: 100, p99: 4, max: 64 });
  expect(summariseLag({})).toBeNull();
});

describe('a lookback', () => {
  test.each([
    [64, 60, 128],
    [64, 127, 128],
    [64, 128, null],
    [0, 0, null],
  ])('the latest record came after %d s: with %d s, suggest %s', (max, lookback, suggested) => {
    expect(suggestedLookback({ records: 10, late: 1, p99: 0, max }, lookback)).toBe(suggested);
  });
});
