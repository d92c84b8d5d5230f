import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPolicy } from '../policy.ts';
import { DEFAULT_SETTINGS } from '../policy/policy-settings.ts';
import { ask, namedEngine, ollamaLists, openaiLists, startForwarder } from './test-exchange.ts';

/** Each piece of it is three bytes, and dozens in memory. */
const INTRICATE = `{"model":"m","messages":[${'{},'.repeat(5_000_000)}{}]}`;
const DEEP = '['.repeat(200_000) + ']'.repeat(200_000);

test('a body that is little to send and much to parse is refused before it is', async (t) => {
  const engine = await namedEngine(t, 'one', openaiLists('vllm', 'm'));
  const { forwarder } = await startForwarder(t, [engine]);
  assert.equal((await ask(forwarder, { path: '/api/chat', body: INTRICATE }).answer).status, 413);
  const ollama = await namedEngine(t, 'two', ollamaLists('m'));
  const policy = createPolicy({ ...DEFAULT_SETTINGS, models: { allow: ['m'], deny: [] } });
  const narrowed = await startForwarder(t, [ollama], { policy });
  assert.equal((await ask(narrowed.forwarder, { path: '/api/chat', body: INTRICATE }).answer).status, 413);
  assert.equal(engine.heard.length + ollama.heard.length, 0);
});

test('what can not be written as it was nested is the fault of who asks', async (t) => {
  const engine = await namedEngine(t, 'one', openaiLists('vllm', 'm'));
  const { forwarder } = await startForwarder(t, [engine]);
  const body = `{"model":"m","input":${DEEP}}`;
  assert.equal((await ask(forwarder, { path: '/api/embed', body }).answer).status, 400);
  assert.equal(engine.heard.length, 0);
});
