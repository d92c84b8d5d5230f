import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '@cloudtolocalllm/protocol';
import { chatFixture, type ChatFixture, until } from '../chat-fixture.ts';
import { GIF, JPEG, PNG, uploaded } from './attachment-fixture.ts';
import { attachmentStore } from './attachment-store.ts';

async function sentWith(chat: ChatFixture, conversation: string, attachments: string[]): Promise<string> {
  const { asked, events } = await chat.send(conversation, 'Hi', { attachments });
  asked.finish();
  const [start] = await until(events, 'complete');
  assert.ok(start?.type === 'start' && start.userMessageId !== undefined);
  return start.userMessageId;
}

test('finds what belongs to messages, in their order, for their owner alone', async (t) => {
  const chat = await chatFixture(t);
  const store = attachmentStore(chat.database.kysely);
  const gif = await uploaded(chat, { bytes: GIF, type: 'image/gif', name: 'b.gif' });
  const notes = await uploaded(chat, { bytes: 'grüße', type: 'text/plain', name: 'a.txt' });
  const { id } = await chat.conversation();
  const one = await sentWith(chat, id, [gif, notes]);
  const two = await sentWith(chat, id, [notes]);
  const found = await store.ofMessages('ada', [two, one, newId('msg')]);
  const names = (message: string) => found.get(message)?.map(({ name }) => name);
  assert.deepEqual([names(one), names(two), found.size], [['b.gif', 'a.txt'], ['a.txt'], 2]);
  assert.equal((await store.ofMessages('bob', [one, two])).size, 0);
  assert.equal((await store.contents('bob', [one, two])).size, 0);
  assert.deepEqual(Object.fromEntries(await store.contents('ada', [one, two])), {
    [one]: { images: [GIF.toString('base64')], texts: [{ name: 'a.txt', text: 'grüße' }], leftOut: [] },
    [two]: { images: [], texts: [{ name: 'a.txt', text: 'grüße' }], leftOut: [] },
  });
});

test('when a prompt holds too much, the newest messages keep theirs', async (t) => {
  const chat = await chatFixture(t);
  const store = attachmentStore(chat.database.kysely);
  const { id } = await chat.conversation();
  const old = await sentWith(chat, id, [await uploaded(chat, { bytes: PNG, type: 'image/png', name: 'old.png' })]);
  const recent = await sentWith(chat, id, [await uploaded(chat, { bytes: JPEG, type: 'image/jpeg' })]);
  const contents = await store.contents('ada', [old, recent], JPEG.length + PNG.length - 1);
  assert.deepEqual(contents.get(recent), { images: [JPEG.toString('base64')], texts: [], leftOut: [] });
  assert.deepEqual(contents.get(old), { images: [], texts: [], leftOut: ['old.png'] });
});

test('only what its user has can be used, each once', async (t) => {
  const chat = await chatFixture(t);
  const store = attachmentStore(chat.database.kysely);
  const mine = await uploaded(chat, { bytes: PNG, type: 'image/png' });
  const theirs = await uploaded(chat, { bytes: PNG, type: 'image/png', user: 'bob' });
  assert.deepEqual(
    (await store.usable('ada', [mine, mine])).map(({ id }) => id),
    [mine],
  );
  for (const id of [theirs, newId('file')]) {
    await assert.rejects(store.usable('ada', [mine, id]), { code: 'validation_failed' });
  }
});
