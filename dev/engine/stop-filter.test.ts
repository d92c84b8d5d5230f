import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStopFilter } from './stop-filter.ts';

test('holds back what may become a stop string, and nothing else', () => {
  const filter = createStopFilter(['token of']);
  assert.deepEqual(filter.push(' every'), { text: ' every', stopped: false });
  assert.deepEqual(filter.push(' token'), { text: ' ', stopped: false });
  assert.deepEqual(filter.push(' on'), { text: 'token on', stopped: false });
  assert.deepEqual(filter.push(' a token of this'), { text: ' a ', stopped: true });
  assert.equal(filter.rest(), '');
});
