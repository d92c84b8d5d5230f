import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localError, localStatus } from './local-error.ts';

test('speaks the words of the API that was called', () => {
  for (const path of ['/', '/api/chat', '/v1x', '/api/tags?x=/v1/messages']) {
    assert.deepEqual(JSON.parse(localError(path, 503, 'no')), { error: 'no' }, path);
  }
  for (const path of ['/v1/models', '/v1/chat/completions?x', '/v1']) {
    assert.deepEqual(JSON.parse(localError(path, 503, 'no')), {
      error: { message: 'no', type: 'api_error', param: null, code: null },
    });
  }
  for (const path of ['/v1/messages', '/v1/messages/count_tokens', '/v1/messages?beta=true']) {
    assert.deepEqual(JSON.parse(localError(path, 401, 'no')), {
      type: 'error',
      error: { type: 'authentication_error', message: 'no' },
    });
  }
});

test("a sign-in that is over is not taken for one at Ollama's own cloud", () => {
  assert.equal(localStatus('/api/chat', 401), 403);
  assert.equal(localStatus('/v1/chat/completions', 401), 401);
  assert.equal(localStatus('/v1/messages', 401), 401);
  assert.equal(localStatus('/api/chat', 503), 503);
});
