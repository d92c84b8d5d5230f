import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestStack, until } from './support/test-stack.ts';

describe('cancelling', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '100'] });
  });
  after(() => stack[Symbol.asyncDispose]());

  it('stops the engine when the client of a pass-through goes away', async () => {
    const abort = new AbortController();
    const response = await fetch(`${stack.stack.url}/ollama/api/chat`, {
      method: 'POST',
      headers: { ...stack.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny-demo-endless', messages: [{ role: 'user', content: 'Go on.' }] }),
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    assert.equal(await stack.activeGenerations(), 1);
    abort.abort();
    await until('the engine is idle', 1000, async () => (await stack.activeGenerations()) === 0);
  });

  it('stops the engine and keeps what was said when a person stops a chat', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo-endless' });
    let said = '';
    let answerId = '';
    let last = '';
    let stopped: Promise<unknown> | undefined;
    for await (const event of stack.client.messages.send(conversation.id, 'Go on.')) {
      last = event.type === 'complete' ? (event.status ?? '') : '';
      if (event.type === 'start') answerId = event.messageId;
      if (event.type !== 'chunk') continue;
      said += event.content;
      if (said.length > 100 && !stopped) stopped = stack.client.messages.stop(conversation.id, answerId);
    }
    await stopped;
    assert.equal(last, 'stopped');
    await until('the engine is idle', 1000, async () => (await stack.activeGenerations()) === 0);
    const messages = await stack.client.messages.list(conversation.id);
    assert.equal(messages.at(-1)?.status, 'stopped');
    assert.equal(messages.at(-1)?.content, said);
  });

  it('goes on when the tab is closed, and shows the rest to whoever comes back', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
      if (event.type === 'chunk') break; // closes the response
    }
    await until('the answer is complete', 5000, async () => {
      const messages = await stack.client.messages.list(conversation.id);
      return messages.at(-1)?.status === 'complete';
    });
  });
});
