import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ChatEvent } from '@cloudtolocalllm/sdk';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { jsonOnlyBridge } from './support/json-only-bridge.ts';
import { TestStack, until } from './support/test-stack.ts';

describe('a bridge that speaks only the envelopes of the specification', () => {
  let stack: TestStack;
  let disconnect: () => void;
  before(async () => {
    stack = await TestStack.start({ bridge: false, engineArgs: ['--tokens-per-second', '200'] });
    disconnect = await jsonOnlyBridge(stack.stack.url, stack.tokens.accessToken, stack.stack.engine.url);
  });
  after(async () => {
    disconnect();
    await stack[Symbol.asyncDispose]();
  });

  async function ask(model: string) {
    const conversation = await stack.client.conversations.create({ model });
    let text = '';
    let chunks = 0;
    let last: ChatEvent | undefined;
    for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
      last = event;
      if (event.type !== 'chunk') continue;
      text += event.content;
      chunks++;
    }
    return { text, chunks, last };
  }

  it('is shown with its status and models', async () => {
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    const [bridge] = await stack.client.bridges.list();
    assert.ok(bridge?.client.models.includes('tiny-demo:latest'));
  });

  it('answers a chat, streamed', async () => {
    const { text, chunks, last } = await ask('tiny-demo');
    assert.equal(text, SENTENCE);
    assert.ok(chunks > 10);
    assert.ok(last?.type === 'complete' && last.totalTokens > 10);
  });

  it('stops its engine when the person stops', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo-endless' });
    let said = '';
    let stopped: Promise<unknown> | undefined;
    let answerId = '';
    for await (const event of stack.client.messages.send(conversation.id, 'Go on.')) {
      if (event.type === 'start') answerId = event.messageId;
      if (event.type === 'chunk') said += event.content;
      if (said.length > 50) stopped ??= stack.client.messages.stop(conversation.id, answerId);
    }
    await stopped;
    await until('the engine is idle', 2000, async () => (await stack.activeGenerations()) === 0);
    const messages = await stack.client.messages.list(conversation.id);
    assert.equal(messages.at(-1)?.status, 'stopped');
    assert.equal(messages.at(-1)?.content, said);
  });

  it('serves its queue in order, and stops what is cancelled', async () => {
    const bridgeId = await stack.bridgeId();
    const messages = [{ role: 'user' as const, content: 'Hello?' }];
    const [first, endless, last] = [
      await stack.client.queue.send(bridgeId, { model: 'tiny-demo', messages }),
      await stack.client.queue.send(bridgeId, { model: 'tiny-demo-endless', messages }),
      await stack.client.queue.send(bridgeId, { model: 'tiny-demo', messages }),
    ];
    const get = (id: string) => stack.client.queue.get(bridgeId, id);
    await until('the endless one runs', 20_000, async () => Boolean((await get(endless.messageId)).result?.content));
    assert.equal((await get(last.messageId)).status, 'queued');
    const cancelled = await stack.client.queue.cancel(bridgeId, endless.messageId);
    assert.equal(cancelled.status, 'cancelled');
    await until('the last one has ended', 20_000, async () => (await get(last.messageId)).status === 'complete');
    for (const { messageId } of [first, last]) assert.equal((await get(messageId)).result?.content, SENTENCE);
    await until('the engine is idle', 2000, async () => (await stack.activeGenerations()) === 0);
  });

  it('fails a generation with the reason when it is cut off, as it does not resume', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo-endless' });
    let last: ChatEvent | undefined;
    for await (const event of stack.client.messages.send(conversation.id, 'Go on.')) {
      last = event;
      if (event.type === 'chunk') disconnect();
    }
    assert.ok(last?.type === 'error');
    assert.equal(last.error, 'bridge_offline');
    await stack.untilBridge({ status: 'disconnected' });
  });
});
