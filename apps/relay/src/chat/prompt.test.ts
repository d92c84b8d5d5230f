import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttachedContents } from './attachments/attachment-store.ts';
import type { StoredConversation } from './conversation-store.ts';
import type { SaidMessage } from './message-store.ts';
import { makePrompt, type Prompt } from './prompt.ts';

const KEY = { userId: 'ada', conversationId: 'conv-1', messageId: 'msg-9' };

const user = (id: string, content: string): SaidMessage => ({ id, role: 'user', content });
const assistant = (id: string, content: string): SaidMessage => ({ id, role: 'assistant', content });

function promptOf(
  said: SaidMessage[],
  {
    attached = {},
    maxCharacters = 1000,
    ...conversation
  }: {
    attached?: Record<string, Partial<AttachedContents>>;
    maxCharacters?: number;
  } & Partial<StoredConversation> = {},
): Promise<Prompt> {
  const contents = new Map(
    Object.entries(attached).map(([id, content]) => [
      id,
      Object.assign({ images: [], texts: [], leftOut: [] }, content),
    ]),
  );
  // as: all that is read of it
  const row = { system_prompt: null, options: null, bridge_id: null, ...conversation } as StoredConversation;
  const stores = {
    conversations: { get: async () => row },
    messages: { said: async () => said },
    attachments: { contents: async () => contents },
  };
  return makePrompt(stores, KEY, maxCharacters);
}

test('begins with the system prompt and brings the options along', async () => {
  const prompt = await promptOf([user('1', 'Hi')], {
    system_prompt: 'Be brief.',
    options: '{"seed":7}',
    bridge_id: 'bridge-1',
  });
  assert.deepEqual(prompt, {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    options: { seed: 7 },
    bridgeId: 'bridge-1',
  });
});

test('text files stand before the question, fenced under their names; images go along', async () => {
  const texts = [
    { name: 'notes.md', text: 'a\n```js\nb\n```' },
    { name: 'plain.txt', text: 'c' },
  ];
  const { messages } = await promptOf([user('1', 'What is it?'), assistant('2', 'A cat.'), user('3', 'And this?')], {
    attached: { 1: { images: ['aW1hZ2U='] }, 3: { texts, leftOut: ['big.txt'] } },
  });
  assert.deepEqual(messages, [
    { role: 'user', content: 'What is it?', images: ['aW1hZ2U='] },
    { role: 'assistant', content: 'A cat.' },
    {
      role: 'user',
      content: [
        'notes.md:\n````\na\n```js\nb\n```\n````',
        'plain.txt:\n```\nc\n```',
        '(The file "big.txt" is left out: the conversation holds too many.)',
        'And this?',
      ].join('\n\n'),
    },
  ]);
});

test('older messages make way for files; the question and a beginning of its answer stay', async () => {
  const texts = [{ name: 'f', text: 'x'.repeat(90) }];
  const said = [user('1', 'old'), assistant('2', 'older'), user('3', 'Read'), assistant('4', 'It')];
  const { messages } = await promptOf(said, { attached: { 3: { texts } }, maxCharacters: 50 });
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant'],
  );
  assert.match(messages[0]?.content ?? '', /Read$/);
});

test('a conversation that is gone has no prompt', async () => {
  const stores = {
    conversations: { get: async () => undefined },
    messages: { said: async () => [] },
    attachments: { contents: async () => new Map<string, AttachedContents>() },
  };
  await assert.rejects(makePrompt(stores, KEY, 10), { code: 'not_found' });
});
