import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ollama } from 'ollama';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TestStack } from './support/test-stack.ts';

describe('the main job', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  it('shows the computer at home, its engine and its models', async () => {
    const bridges = await stack.client.bridges.list();
    assert.equal(bridges.length, 1);
    assert.equal(bridges[0]?.status, 'connected');
    assert.equal(bridges[0]?.client.ollamaStatus, 'connected');
    assert.equal(bridges[0]?.client.engine?.demo, true);
    assert.ok(bridges[0]?.client.models.includes('tiny-demo:latest'));
    const status = await stack.client.bridges.status(bridges[0].bridgeId);
    assert.deepEqual(status, { ...bridges[0], lastSeen: status.lastSeen, client: status.client });
    assert.deepEqual(status.client.models, bridges[0].client.models);
  });

  it('streams the answer of a real engine in order, in many chunks, and keeps it', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    const events = [];
    for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) events.push(event);
    const chunks = events.flatMap((event) => (event.type === 'chunk' ? [event.content] : []));
    assert.equal(chunks.join(''), SENTENCE);
    assert.ok(chunks.length > 10, `${chunks.length} chunks`);
    assert.equal(events[0]?.type, 'start');
    const last = events.at(-1);
    assert.ok(last?.type === 'complete' && last.totalTokens > 10);

    const messages = await stack.client.messages.list(conversation.id);
    assert.deepEqual(
      messages.map(({ role, content, status }) => ({ role, content, status })),
      [
        { role: 'user', content: 'Hello?', status: 'complete' },
        { role: 'assistant', content: SENTENCE, status: 'complete' },
      ],
    );
  });

  it('carries an answer to a program that speaks plain HTTP, chunk by chunk', async () => {
    const response = await fetch(`${stack.stack.url}/ollama/api/chat`, {
      method: 'POST',
      headers: { ...stack.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] }),
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/);
    let chunks = 0;
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      chunks++;
      text += decoder.decode(chunk, { stream: true });
    }
    assert.ok(chunks > 10, `${chunks} chunks`);
    const words = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: { content: string } }).message.content);
    assert.equal(words.join(''), SENTENCE);
  });

  it('serves the official ollama client', async () => {
    const ollama = new Ollama({ host: `${stack.stack.url}/ollama`, headers: stack.authorization });
    const { models } = await ollama.list();
    assert.ok(models.some(({ name }) => name === 'tiny-demo:latest'));
    let text = '';
    const answer = await ollama.chat({
      model: 'tiny-demo',
      messages: [{ role: 'user', content: 'Hello?' }],
      stream: true,
    });
    for await (const part of answer) text += part.message.content;
    assert.equal(text, SENTENCE);
  });

  it('forwards nothing that the policy does not name', async () => {
    for (const [method, path] of [
      ['POST', '/api/pull'],
      ['DELETE', '/api/delete'],
      ['POST', '/api/create'],
      ['GET', '/api/%2e%2e/tags'],
      ['GET', '//evil.example/api/tags'],
    ] as const) {
      const response = await fetch(`${stack.stack.url}/ollama${path}`, { method, headers: stack.authorization });
      assert.equal(response.status, 403, `${method} ${path}`);
      assert.match(((await response.json()) as { error: string }).error, /policy|does not forward/);
    }
  });

  it('lets nobody in without a token', async () => {
    const ours = ['code', 'error', 'message', 'requestId'];
    for (const [path, fields] of [
      ['/ollama/api/tags', ['error']],
      ['/v1/models', ['error']],
      ['/api/bridge', ours],
      ['/api/chat/conversations', ours],
      ['/api/me', ours],
    ] as const) {
      const response = await fetch(`${stack.stack.url}${path}`);
      assert.equal(response.status, 401, path);
      assert.deepEqual(Object.keys((await response.json()) as object).toSorted(), fields);
    }
  });

  it('says that it is healthy', async () => {
    const health = await stack.client.health.get();
    assert.equal(health.status, 'healthy');
    assert.ok(health.metrics.activeConnections >= 1);
  });
});
