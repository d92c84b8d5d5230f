import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RelayError } from '../errors.ts';
import { engineHeaders, requirePlainBody } from './headers.ts';

test('passes on what says which version of its API a client speaks, and nothing that is not that', () => {
  const cases: [name: string, value: string, isSent: boolean][] = [
    ['anthropic-version', '2023-06-01', true],
    ['Anthropic-Beta', 'prompt-caching-2024-07-31, files-api-2025-04-14', true],
    ['OpenAI-Beta', 'assistants=v2', true],
    ['openai-beta', '', false],
    ['openai-beta', 'x'.repeat(1025), false],
    ['anthropic-beta', 'a"b', false],
    ['anthropic-version', 'ü', false],
    ['openai-organization', 'org-1', false],
    ['x-api-key', 'secret', false],
    ['anthropic-betas', 'a', false],
    ['accept-encoding', 'gzip', false],
    ['content-encoding', 'gzip', false],
    ['x-forwarded-host', 'evil.example', false],
    ['forwarded', 'host=evil.example', false],
    ['x-original-url', '/api/delete', false],
    ['x-http-method-override', 'DELETE', false],
  ];
  for (const [name, value, isSent] of cases) {
    assert.deepEqual(engineHeaders([name, value]), isSent ? [name.toLowerCase(), value] : [], `${name}: ${value}`);
  }
});

test('takes bodies as they are, not compressed', () => {
  for (const encoding of [undefined, 'identity', ' Identity ']) {
    requirePlainBody(encoding === undefined ? {} : { 'content-encoding': encoding });
  }
  for (const encoding of ['gzip', 'br', 'gzip, identity', 'x'.repeat(1000), '']) {
    assert.throws(
      () => requirePlainBody({ 'content-encoding': encoding }),
      (error) => error instanceof RelayError && error.status === 415 && error.message.length < 200,
    );
  }
});
