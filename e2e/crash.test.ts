import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestStack } from './support/test-stack.ts';

describe('a relay that is killed', () => {
  it('has every message that it accepted, and the bridge comes back by itself', async () => {
    await using stack = await TestStack.start();
    const { conversations, messages } = stack.client;
    const accepted: { conversationId: string; content: string }[] = [];
    const killed = new AbortController();

    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let number = 0; !killed.signal.aborted; number++) {
        const content = `message ${number} of writer ${writer}`;
        try {
          const conversation = await conversations.create({ model: 'tiny-demo' });
          for await (const event of messages.send(conversation.id, content, { signal: AbortSignal.timeout(5000) })) {
            // `start` is the relay's word that the message is kept.
            if (event.type === 'start') accepted.push({ conversationId: conversation.id, content });
          }
        } catch {
          return; // killed in mid-request
        }
      }
    });
    await sleep(1500);
    await stack.stack.relay.kill();
    killed.abort();
    await Promise.all(writers);
    assert.ok(accepted.length > 10, `${accepted.length} messages accepted`);

    await stack.stack.startRelay();
    for (const { conversationId, content } of accepted) {
      const kept = await messages.list(conversationId);
      assert.equal(kept[0]?.content, content);
      const status = kept[1]?.status;
      assert.ok(status === 'complete' || status === 'interrupted', `the answer is ${status}`);
    }

    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    const conversation = await conversations.create({ model: 'tiny-demo' });
    const answer = await messages.ask(conversation.id, 'Still there?');
    assert.equal(answer.status, 'complete');
  });
});
