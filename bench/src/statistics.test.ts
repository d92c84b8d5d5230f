import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { median, percentile } from './statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the smallest value that is not below the share', () => {
    assert.equal(percentile(hundred, 0.5), 50);
    assert.equal(percentile(hundred, 0.99), 99);
    assert.equal(percentile(hundred, 0), 1);
    assert.equal(percentile(hundred, 1), 100);
  });

  it('sorts by number and leaves its input alone', () => {
    const values = [10, 9, 100];
    assert.equal(percentile(values, 1), 100);
    assert.deepEqual(values, [10, 9, 100]);
  });

  it('knows one value and none', () => {
    assert.equal(percentile([7], 0.99), 7);
    assert.ok(Number.isNaN(percentile([], 0.5)));
  });
});

describe('median', () => {
  it('is the middle of an odd number of values', () => assert.equal(median([30, 1, 2]), 2));

  it('is the mean of the two in the middle of an even number', () => assert.equal(median([4, 1, 30, 2]), 3));

  it('is NaN of nothing', () => assert.ok(Number.isNaN(median([]))));
});
