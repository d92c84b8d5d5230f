import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { ollamaLines } from './support/ollama-lines.ts';
import { TestStack } from './support/test-stack.ts';

function chat(stack: TestStack, model: string): Promise<Response> {
  return fetch(`${stack.stack.url}/ollama/api/chat`, {
    method: 'POST',
    headers: { ...stack.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello?' }] }),
  });
}

describe('a relay that is told to stop', () => {
  it('lets running answers finish and takes no new ones, and the bridge finds the next relay by itself', async () => {
    await using stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '20'] });
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    const lines = ollamaLines(await chat(stack, 'tiny-demo'));
    let text = (await lines.next()).value?.message?.content ?? '';
    let answered = '';
    const begun = Promise.withResolvers<void>();
    const answer = (async () => {
      for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
        if (event.type === 'chunk') answered += event.content;
        if (event.type === 'start') begun.resolve();
      }
    })();
    await begun.promise;

    stack.stack.relay.process.kill('SIGTERM');
    for await (const line of lines) text += line.message?.content ?? '';
    assert.equal(text, SENTENCE);
    await answer;
    assert.equal(answered, SENTENCE);
    await stack.stack.relay.exited;
    assert.equal(stack.stack.relay.process.exitCode, 0);

    await stack.stack.startRelay();
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    const messages = await stack.client.messages.list(conversation.id);
    assert.equal(messages.at(-1)?.content, SENTENCE);
    assert.equal(messages.at(-1)?.status, 'complete');
  });

  it('tells those that do not finish in time, keeps what was said, and goes on afterwards', async () => {
    await using stack = await TestStack.start({
      engineArgs: ['--tokens-per-second', '50'],
      relayEnv: { SHUTDOWN_GRACE_SECONDS: '1' },
    });
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo-endless' });
    const events: { type: string; error?: string }[] = [];
    let said = '';
    const abort = new AbortController();
    for await (const event of stack.client.messages.send(conversation.id, 'Go on.', { signal: abort.signal })) {
      events.push(event);
      if (event.type !== 'chunk') continue;
      if (said === '') stack.stack.relay.process.kill('SIGTERM');
      said += event.content;
    }
    assert.equal(events.at(-1)?.type, 'error');
    assert.equal(events.at(-1)?.error, 'shutting_down');
    await stack.stack.relay.exited;
    assert.equal(stack.stack.relay.process.exitCode, 0);

    await stack.stack.startRelay();
    const messages = await stack.client.messages.list(conversation.id);
    assert.equal(messages.at(-1)?.status, 'interrupted');
    assert.equal(messages.at(-1)?.content, said);
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    assert.equal(await stack.activeGenerations(), 0);
  });
});
