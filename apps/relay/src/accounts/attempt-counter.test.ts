import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKey } from './address-key.ts';
import { attemptCounter } from './attempt-counter.ts';

test('lets so many attempts through, also at the same time, and says when the next one is', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const counter = attemptCounter({ attempts: 3, seconds: 60 });
  const waits = await Promise.all(Array.from({ length: 5 }, () => counter.take('a')));
  assert.deepEqual(waits, [undefined, undefined, undefined, 60, 60]);
  assert.equal(await counter.take('b'), undefined);
  t.mock.timers.setTime(1_000_000 + 59_100);
  assert.equal(await counter.take('a'), 1);
  t.mock.timers.setTime(1_000_000 + 60_000);
  assert.equal(await counter.take('a'), undefined);
});

test('does not count what is given back, and forgets what is reset', async () => {
  const counter = attemptCounter({ attempts: 1, seconds: 60 });
  for (let round = 0; round < 3; round++) {
    assert.equal(await counter.take('a'), undefined);
    await counter.giveBack('a');
  }
  await counter.take('a');
  assert.notEqual(await counter.take('a'), undefined);
  await counter.reset('a');
  assert.equal(await counter.take('a'), undefined);
});

test('counts a line of IPv6 addresses as one', () => {
  const same = ['2001:db8:1:2::1', '2001:0DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::'];
  assert.deepEqual(new Set(same.map(addressKey)), new Set(['2001:db8:1:2::/64']));
  assert.notEqual(addressKey('2001:db8:1:3::1'), addressKey('2001:db8:1:2::1'));
  assert.equal(addressKey('::1'), '0:0:0:0::/64');
  assert.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(addressKey('192.0.2.1'), '192.0.2.1');
});
