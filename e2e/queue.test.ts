import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BridgeMessage, ChatEvent } from '@cloudtolocalllm/sdk';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TestStack, until } from './support/test-stack.ts';

const QUESTION = { model: 'tiny-demo', messages: [{ role: 'user' as const, content: 'Hello?' }] };

describe('the queue of a bridge', () => {
  let stack: TestStack;
  let bridgeId: string;
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '20'] });
    bridgeId = await stack.bridgeId();
  });
  after(() => stack[Symbol.asyncDispose]());

  async function ended(messageId: string): Promise<BridgeMessage> {
    let message: BridgeMessage | undefined;
    await until(`the message ${messageId} has ended`, 60_000, async () => {
      message = await stack.client.queue.get(bridgeId, messageId);
      return !['queued', 'running'].includes(message.status);
    });
    return message!; // it was got
  }

  /** Resolves when some of its answer is stored. */
  async function begun(messageId: string): Promise<string> {
    let said = '';
    await until('some of the answer is stored', 20_000, async () => {
      said = (await stack.client.queue.get(bridgeId, messageId)).result?.content ?? '';
      return said.length > 20;
    });
    return said;
  }

  it('answers what was asked while the bridge was stopped, in order, when it is back', async () => {
    await stack.stack.bridge?.stop();
    await stack.untilBridge({ status: 'disconnected' });
    const first = await stack.client.queue.send(bridgeId, QUESTION);
    const second = await stack.client.queue.send(bridgeId, { ...QUESTION, options: { temperature: 0 } });
    assert.deepEqual([first.status, first.position, second.position], ['queued', 1, 2]);
    const followed = (async () => {
      const events: ChatEvent[] = [];
      for await (const event of stack.client.queue.events(bridgeId, first.messageId)) events.push(event);
      return events;
    })();
    await stack.stack.startBridge();
    for (const { messageId } of [first, second]) {
      const { status, result } = await ended(messageId);
      assert.deepEqual([status, result?.content], ['complete', SENTENCE]);
      assert.ok(result?.totalTokens !== undefined && result.totalTokens > 10);
    }
    const events = await followed;
    assert.equal(events.map((event) => (event.type === 'chunk' ? event.content : '')).join(''), SENTENCE);
    assert.deepEqual([events.at(0)?.type, events.at(-1)?.type], ['start', 'complete']);
    assert.ok(events.filter(({ type }) => type === 'chunk').length > 10, 'word by word');
  });

  it('stops the engine when one is cancelled in mid-answer, and keeps what was said', async () => {
    const { messageId } = await stack.client.queue.send(bridgeId, { ...QUESTION, model: 'tiny-demo-endless' });
    await begun(messageId);
    const { status, result } = await stack.client.queue.cancel(bridgeId, messageId);
    assert.equal(status, 'cancelled');
    assert.ok((result?.content.length ?? 0) > 20);
    await until('the engine is idle', 5_000, async () => (await stack.activeGenerations()) === 0);
  });

  it('interrupts, and does not run twice, what the bridge was killed in the middle of', async () => {
    const { messageId } = await stack.client.queue.send(bridgeId, QUESTION);
    const said = await begun(messageId);
    await stack.stack.bridge?.kill();
    await stack.stack.startBridge();
    const { status, result, error } = await ended(messageId);
    assert.deepEqual([status, error?.code], ['interrupted', 'interrupted']);
    const content = result?.content ?? '';
    assert.ok(content.startsWith(said) && SENTENCE.startsWith(content) && content !== SENTENCE, content);
    assert.equal(await stack.activeGenerations(), 0);
  });

  it('completes once when the relay is killed in mid-answer, its engine going on', async () => {
    const { messageId } = await stack.client.queue.send(bridgeId, QUESTION);
    const behind = await stack.client.queue.send(bridgeId, QUESTION);
    await begun(messageId);
    await stack.stack.relay.kill();
    assert.equal(await stack.activeGenerations(), 1, 'the engine goes on');
    await stack.stack.startRelay();
    for (const id of [messageId, behind.messageId]) {
      const { status, result } = await ended(id);
      assert.deepEqual([status, result?.content], ['complete', SENTENCE]);
    }
  });
});
