import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestMeter } from './request-meter.ts';

test('counts the requests of the last minute and forgets older ones', () => {
  let now = 5_000;
  const meter = new RequestMeter(() => now);
  meter.count();
  now = 34_000;
  meter.count();
  meter.count();
  assert.equal(meter.perMinute, 3);
  now = 65_500;
  assert.equal(meter.perMinute, 2);
  now = 93_999;
  assert.equal(meter.perMinute, 2);
  now = 94_000;
  assert.equal(meter.perMinute, 0);
  meter.count();
  now = 10_000_000;
  assert.equal(meter.perMinute, 0);
});
