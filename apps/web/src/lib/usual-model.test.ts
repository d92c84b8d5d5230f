import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AvailableModel } from './computer-state.ts';
import { usualModel } from './usual-model.ts';

const model = (name: string, isReady: boolean): AvailableModel => ({
  name,
  places: [{ bridgeId: 'bridge-1', name: 'study', isReady }],
});

test('a new chat takes the default model, else the one used last, else the first', () => {
  const models = [model('a', true), model('b', true), model('c', true)];
  assert.equal(usualModel({ models, defaultModel: 'c', lastUsed: 'b' }), 'c');
  assert.equal(usualModel({ models, defaultModel: null, lastUsed: 'b' }), 'b');
  assert.equal(usualModel({ models, defaultModel: 'gone', lastUsed: undefined }), 'a');
});

test('what can answer now comes before what is away', () => {
  const models = [model('a', false), model('b', true)];
  assert.equal(usualModel({ models, defaultModel: 'a', lastUsed: 'a' }), 'b');
  assert.equal(usualModel({ models: [model('a', false)], defaultModel: null, lastUsed: 'a' }), 'a');
  assert.equal(usualModel({ models: [], defaultModel: 'a', lastUsed: 'b' }), 'a');
  assert.equal(usualModel({ models: [], defaultModel: null, lastUsed: undefined }), undefined);
});
