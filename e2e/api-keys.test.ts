import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiError, createClient, type Client } from '@cloudtolocalllm/sdk';
import { Ollama } from 'ollama';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TestStack } from './support/test-stack.ts';

const QUESTION = { messages: [{ role: 'user', content: 'Hello?' }] };

function isRefusal(status: number, code: string) {
  return (error: unknown) => error instanceof ApiError && error.status === status && error.code === code;
}

describe('API keys', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  const clientWith = (secret: string): Client => createClient({ baseUrl: stack.stack.url, token: () => secret });
  const ollamaWith = (secret: string): Ollama =>
    new Ollama({ host: `${stack.stack.url}/ollama`, headers: { authorization: `Bearer ${secret}` } });

  it('serves the official ollama client with a key until it is revoked', async () => {
    const { key, secret } = await stack.client.keys.create({
      name: 'ollama',
      scopes: ['inference'],
      bridges: [await stack.bridgeId()],
      models: ['tiny-demo'],
    });
    const ollama = ollamaWith(secret);
    assert.ok((await ollama.list()).models.some(({ name }) => name === 'tiny-demo:latest'));
    let text = '';
    for await (const part of await ollama.chat({ model: 'tiny-demo', ...QUESTION, stream: true })) {
      text += part.message.content;
    }
    assert.equal(text, SENTENCE);
    await assert.rejects(
      ollama.chat({ model: 'another', ...QUESTION }),
      /may not use the model "another"|403|forbidden/i,
    );
    await assert.rejects(clientWith(secret).conversations.list(), isRefusal(403, 'forbidden'));
    await assert.rejects(clientWith(secret).keys.list(), isRefusal(403, 'forbidden'));

    await stack.client.keys.revoke(key.id);
    await assert.rejects(ollama.list(), /401|unauthorized|Invalid or expired API key/i);
    await assert.rejects(clientWith(secret).account.me(), isRefusal(401, 'unauthorized'));
  });

  it('answers in a conversation with a chat key, and stops at once when it is revoked', async () => {
    const { key, secret } = await stack.client.keys.create({ name: 'chat', scopes: ['chat'] });
    const client = clientWith(secret);
    const conversation = await client.conversations.create({ model: 'tiny-demo' });
    let text = '';
    for await (const event of client.messages.send(conversation.id, 'Hello?')) {
      if (event.type === 'chunk') text += event.content;
    }
    assert.equal(text, SENTENCE);
    await assert.rejects(client.bridges.list(), isRefusal(403, 'forbidden'));

    await stack.client.keys.revoke(key.id);
    await assert.rejects(client.messages.list(conversation.id), isRefusal(401, 'unauthorized'));
    // What it did belongs to its owner.
    assert.equal((await stack.client.messages.list(conversation.id)).length, 2);
  });

  it('is told in the audit log, with no secret in it', async () => {
    const { key, secret } = await stack.client.keys.create({ name: 'short-lived', scopes: ['inference'] });
    await stack.client.keys.revoke(key.id);
    const { events } = await stack.client.audit.list();
    const actions = events.flatMap(({ action, target }) => (target === key.id ? [action] : []));
    assert.deepEqual(actions.toSorted(), ['key_created', 'key_revoked']);
    assert.ok(!JSON.stringify(events).includes(secret.slice(8)));
    assert.ok(events.some(({ action }) => action === 'bridge_registered'));
  });
});
