import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamSlots } from './stream-slots.ts';

test('gives each user so many, and what is freed can be taken again', () => {
  const slots = new StreamSlots(2);
  const first = slots.take('ada');
  slots.take('ada');
  assert.throws(() => slots.take('ada'), { code: 'rate_limited', retryAfter: 10, message: /2 streams open/ });
  slots.take('bob')[Symbol.dispose]();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.equal(slots.size, 1, 'freed once');
  slots.take('ada');
  assert.throws(() => slots.take('ada'), { code: 'rate_limited' });
});
