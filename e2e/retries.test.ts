import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, type Client } from '@cloudtolocalllm/sdk';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TestStack } from './support/test-stack.ts';

const MODEL = 'tiny-demo:latest';

describe('the SDK, when answers are lost on their way', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  /** A client to whom the first answer to a POST is lost: the relay has given it, `lost` is awaited, nothing arrives. */
  function unlucky(lost: () => Promise<void> = async () => {}): { client: Client; posts: () => number } {
    let posts = 0;
    const client = createClient({
      baseUrl: stack.stack.url,
      token: () => stack.tokens.accessToken,
      async fetch(input, init) {
        const response = await fetch(input, init);
        if (init?.method !== 'POST' || ++posts > 1) return response;
        await response.body?.cancel();
        await lost();
        throw new TypeError('fetch failed: the connection was cut');
      },
    });
    return { client, posts: () => posts };
  }

  async function killRelay(): Promise<void> {
    await stack.stack.relay.kill();
    await stack.stack.startRelay();
    await stack.untilBridge({ status: 'connected' });
  }

  async function titled(title: string): Promise<number> {
    const { conversations } = await stack.client.conversations.list({ limit: 200 });
    return conversations.filter((conversation) => conversation.title === title).length;
  }

  it('creates a conversation once', async () => {
    const { client, posts } = unlucky();
    const { title } = await client.conversations.create({ model: MODEL, title: 'lost once' });
    assert.equal(posts(), 2);
    assert.equal(await titled(title), 1);
  });

  it('creates a conversation once although the relay is killed meanwhile', async () => {
    const { client } = unlucky(killRelay);
    const { title } = await client.conversations.create({ model: MODEL, title: 'lost by a kill' });
    assert.equal(await titled(title), 1);
  });

  it('asks a question once, and follows its answer from the beginning', async () => {
    const { client, posts } = unlucky();
    const { id } = await stack.client.conversations.create({ model: MODEL });
    let text = '';
    for await (const event of client.messages.send(id, 'Are you there?')) {
      if (event.type === 'chunk') text += event.content;
      if (event.type === 'replace') text = event.content;
    }
    assert.equal(posts(), 2);
    assert.equal(text, SENTENCE);
    const messages = await stack.client.messages.list(id, { branches: 'all' });
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['Are you there?', SENTENCE],
    );
  });

  it('asks a question once although the relay is killed while it answers', async () => {
    const { client } = unlucky(killRelay);
    const { id } = await stack.client.conversations.create({ model: MODEL });
    const ends: string[] = [];
    for await (const { type } of client.messages.send(id, 'Are you still there?')) {
      if (type === 'complete' || type === 'error') ends.push(type);
    }
    assert.equal(ends.length, 1);
    const messages = await stack.client.messages.list(id, { branches: 'all' });
    assert.equal(messages.length, 2);
    assert.match(messages[1]?.status ?? '', /^(complete|interrupted)$/);
  });

  it('asks once and waits for the whole answer', async () => {
    const { client } = unlucky();
    const { id } = await stack.client.conversations.create({ model: MODEL });
    assert.equal((await client.messages.ask(id, 'All at once?')).content, SENTENCE);
    assert.equal((await stack.client.messages.list(id, { branches: 'all' })).length, 2);
  });

  it('makes another answer once', async () => {
    const { id } = await stack.client.conversations.create({ model: MODEL });
    const answer = await stack.client.messages.ask(id, 'Once more?');
    const { client } = unlucky();
    for await (const event of client.messages.regenerate(id, answer.id)) assert.notEqual(event.type, 'error');
    assert.equal((await stack.client.messages.list(id, { branches: 'all' })).length, 3);
  });

  it('queues a message once', async () => {
    const { client } = unlucky();
    const bridgeId = await stack.bridgeId();
    const messages = [{ role: 'user' as const, content: 'For later' }];
    const { messageId } = await client.queue.send(bridgeId, { model: MODEL, messages });
    const queued = await stack.client.queue.list(bridgeId);
    assert.deepEqual(
      queued.map((message) => message.messageId),
      [messageId],
    );
  });

  it('makes an API key once, and tells its secret', async () => {
    const { client } = unlucky();
    const { key, secret } = await client.keys.create({ name: 'lost', scopes: ['chat'] });
    const listed = await stack.client.keys.list();
    assert.deepEqual(
      listed.map(({ id }) => id),
      [key.id],
    );
    const withKey = createClient({ baseUrl: stack.stack.url, token: () => secret });
    assert.equal((await withKey.account.me()).userId, stack.tokens.userId);
  });

  it('stores an attachment once', async () => {
    const { client } = unlucky();
    const content = new Blob(['Some notes']);
    const attachment = await client.attachments.upload({ name: 'notes.txt', type: 'text/plain', content });
    assert.equal(attachment.size, content.size);
    assert.equal(await (await stack.client.attachments.bytes(attachment.id)).text(), 'Some notes');
  });
});
