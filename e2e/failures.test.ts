import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ChatEvent } from '@cloudtolocalllm/sdk';
import { Child } from '../dev/src/child.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TestStack } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;

describe('when something is wrong at home', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--with-broken-model'] });
  });
  after(() => stack[Symbol.asyncDispose]());

  /** Asks in a conversation and gives the event that ended the answer. */
  async function ask(conversationId: string): Promise<{ last: ChatEvent | undefined; text: string }> {
    let last: ChatEvent | undefined;
    let text = '';
    for await (const event of stack.client.messages.send(conversationId, 'Hello?')) {
      last = event;
      if (event.type === 'chunk') text += event.content;
    }
    return { last, text };
  }

  it('says that a model is missing and where to get it, and goes on with another', async () => {
    const conversation = await stack.client.conversations.create({ model: 'no-such-model' });
    const { last } = await ask(conversation.id);
    assert.ok(last?.type === 'error');
    assert.equal(last.error, 'model_not_found');
    assert.equal(last.code, 404);
    assert.match(last.message, /no-such-model/);
    assert.match(last.message, /tiny-demo/);
    await stack.client.conversations.update(conversation.id, { model: 'tiny-demo' });
    assert.equal((await ask(conversation.id)).text, SENTENCE);
  });

  it('reports an engine error inside a 200 stream, keeps what was said, and goes on', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo-broken' });
    const { last, text } = await ask(conversation.id);
    assert.ok(last?.type === 'error');
    assert.equal(last.error, 'engine_error');
    assert.equal(last.code, 502);
    assert.ok(text.length > 0);
    const messages = await stack.client.messages.list(conversation.id);
    assert.equal(messages.at(-1)?.status, 'failed');
    assert.equal(messages.at(-1)?.content, text);
    assert.equal(messages.at(-1)?.error?.code, 'engine_error');
    await stack.client.conversations.update(conversation.id, { model: 'tiny-demo' });
    assert.equal((await ask(conversation.id)).text, SENTENCE);
  });

  it('notices that the engine stopped, says so, and goes on when it is back', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    const { engine } = stack.stack;
    await engine.child?.kill();
    const { last } = await ask(conversation.id);
    assert.ok(last?.type === 'error');
    assert.equal(last.error, 'engine_unreachable');
    assert.match(last.message, /engine|Ollama/);
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'disconnected' });

    const direct = await fetch(`${stack.stack.url}/ollama/api/tags`, { headers: stack.authorization });
    assert.equal(direct.status, 502);
    assert.match(((await direct.json()) as { error: string }).error, /engine does not answer/);

    await stack.stack.restartEngine();
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    assert.equal((await ask(conversation.id)).text, SENTENCE);
  });

  it('says that the computer is offline, and goes on when it is back', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    await stack.stack.bridge?.stop();
    await stack.untilBridge({ status: 'disconnected' });
    const { last } = await ask(conversation.id);
    assert.ok(last?.type === 'error');
    assert.equal(last.error, 'bridge_offline');
    assert.equal(last.code, 503);
    assert.match(last.message, /cloudtolocalllm up/);
    const direct = await fetch(`${stack.stack.url}/ollama/api/tags`, { headers: stack.authorization });
    assert.equal(direct.status, 503);

    await stack.stack.startBridge();
    assert.equal((await ask(conversation.id)).text, SENTENCE);
  });

  it('replaces a bridge by the service of the same installation, which is told and stays away', async () => {
    const first = stack.stack.bridge!; // started above
    const start = (...options: string[]): Child =>
      new Child({
        args: [BRIDGE_MAIN, 'up', '--engine-url', stack.stack.engine.url.origin, ...options],
        env: { ...process.env, CLOUDTOLOCALLLM_HOME: join(stack.stack.dataDir, 'bridge'), NO_COLOR: '1' },
        logFile: join(stack.stack.dataDir, 'logs', 'bridge-second.log'),
      });
    const byHand = start();
    await byHand.exited;
    assert.equal(byHand.process.exitCode, 1, 'a second one by hand would end the first for good');
    assert.match(byHand.tail, /already \(process \d+\): cloudtolocalllm status/);
    assert.equal(first.running, true);

    stack.stack.bridge = start('--service'); // the stack stops it
    await first.exited;
    assert.equal(first.process.exitCode, 4);
    assert.match(first.tail, /taken over/);
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
  });
});
