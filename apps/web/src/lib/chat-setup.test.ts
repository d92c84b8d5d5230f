import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONVERSATION, HELLO, settled, setUp } from './chat-fixture.ts';
import { en } from '../texts/en.ts';
import { createChat } from './chat.ts';
import { NEW_THREAD } from './thread.ts';

test('a new conversation is set up as the account has it, or as it was set up before it began', async () => {
  const { calls } = setUp();
  const created: unknown[] = [];
  const create: typeof calls.conversations.create = async (body) => {
    created.push(body);
    return { ...CONVERSATION, model: body.model };
  };
  const chat = createChat({
    calls: { ...calls, conversations: { ...calls.conversations, create } },
    defaults: () => ({ systemPrompt: 'Be brief.', options: { temperature: 0 } }),
    schedule: (change) => change(),
    pause: settled,
    texts: { get: () => en },
    onConversation: () => {},
  });
  await chat.send(NEW_THREAD, HELLO);
  chat.forget(CONVERSATION.id);
  await chat.configure(NEW_THREAD, { systemPrompt: '', options: {} });
  assert.deepEqual(chat.setupOf(NEW_THREAD), { systemPrompt: '', options: {} });
  await chat.send(NEW_THREAD, HELLO);
  assert.deepEqual(created, [
    { model: 'llama3.2', systemPrompt: 'Be brief.', options: { temperature: 0 } },
    { model: 'llama3.2' },
  ]);
  assert.equal(chat.setupOf(NEW_THREAD).systemPrompt, 'Be brief.', 'the next one is as the account has it again');
});

test('a conversation that is set up anew is so at the relay', async () => {
  const { chat, relay } = setUp();
  await chat.open('conv-1');
  await chat.configure('conv-1', { systemPrompt: 'Rhyme.', options: {} });
  assert.equal(relay.conversation.systemPrompt, 'Rhyme.');
  assert.equal(chat.setupOf('conv-1').systemPrompt, 'Rhyme.');
});
