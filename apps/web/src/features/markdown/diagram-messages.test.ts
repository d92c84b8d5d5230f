import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asDrawAnswer, MAX_SIDE } from './diagram-messages.ts';

test('takes the answers of a frame, and bounds how large it makes itself', () => {
  assert.deepEqual(asDrawAnswer({ type: 'ready' }), { type: 'ready' });
  assert.deepEqual(asDrawAnswer({ type: 'failed', more: '<script>' }), { type: 'failed' });
  assert.deepEqual(asDrawAnswer({ type: 'drawn', width: 120.4, height: 1e9 }), {
    type: 'drawn',
    width: 120,
    height: MAX_SIDE,
  });
  assert.deepEqual(asDrawAnswer({ type: 'drawn', width: -5, height: 0 }), { type: 'drawn', width: 1, height: 1 });
});

test('takes nothing else', () => {
  const others: unknown[] = [undefined, null, 'ready', 1, [], {}, { type: 'draw' }, { type: 'drawn', width: 1 }];
  for (const data of [...others, { type: 'drawn', width: '1', height: 1 }, { type: 'drawn', width: NaN, height: 1 }]) {
    assert.equal(asDrawAnswer(data), undefined);
  }
});
