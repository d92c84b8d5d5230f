import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiErrorBody, ChatEvent, Conversation, Message, MessageList } from '@cloudtolocalllm/protocol';
import {
  all,
  type Asked,
  chatFixture,
  type ChatFixture,
  eventsOf,
  messagesOf,
  startOf,
  textOf,
} from './chat-fixture.ts';
import { CONTINUED_GAP } from './event-log.ts';

/** Asks for an answer in some way and gives it; returns what the model was asked and the ids. */
async function exchange(chat: ChatFixture, path: string, body: object, answer: string) {
  const response = await chat.call('POST', path, body);
  assert.equal(response.status, 200, response.ok ? '' : await response.text());
  const asked = await chat.model.next();
  asked.sink.text(answer);
  asked.finish(1);
  const events = await all(eventsOf(response));
  const { messageId, userMessageId } = startOf(events);
  return { asked, events, answerId: messageId, questionId: userMessageId };
}

function promptOf({ request }: Asked): string[] {
  return request.messages.map(({ content }) => content);
}

const contents = (messages: Message[]): string[] => messages.map(({ content }) => content);

/** A conversation in which "One?" was asked and answered twice, and "Two?" once after the first answer. */
async function grown(chat: ChatFixture) {
  const { id } = await chat.conversation({ systemPrompt: 'Be brief.' });
  const path = `/conversations/${id}/messages`;
  const one = await exchange(chat, path, { content: 'One?' }, 'One.');
  const two = await exchange(chat, path, { content: 'Two?' }, 'Two.');
  return { id, path, one, two };
}

test('a question follows the branch that it is asked in, and no other', async (t) => {
  const chat = await chatFixture(t);
  const { id, path, one, two } = await grown(chat);
  // Edited: beside "Two?", behind the same answer.
  const edited = await exchange(chat, path, { content: 'Three?', parentId: one.answerId }, 'Three.');
  assert.deepEqual(promptOf(edited.asked), ['Be brief.', 'One?', 'One.', 'Three?']);
  assert.deepEqual(contents(await messagesOf(chat, id)), ['One?', 'One.', 'Three?', 'Three.']);
  const next = await exchange(chat, path, { content: 'And?' }, 'So.');
  assert.deepEqual(promptOf(next.asked), ['Be brief.', 'One?', 'One.', 'Three?', 'Three.', 'And?']);
  // Back in the first branch.
  const back = await exchange(chat, path, { content: 'More?', parentId: two.answerId }, 'More.');
  assert.deepEqual(promptOf(back.asked), ['Be brief.', 'One?', 'One.', 'Two?', 'Two.', 'More?']);
  const anew = await exchange(chat, path, { content: 'Anew?', parentId: null }, 'Anew.');
  assert.deepEqual(promptOf(anew.asked), ['Be brief.', 'Anew?']);
  assert.deepEqual(contents(await messagesOf(chat, id)), ['Anew?', 'Anew.']);
  const { messages } = await chat.json<MessageList>('GET', `${path}?branches=all`);
  assert.equal(messages.length, 12, 'nothing is overwritten');
  assert.equal(messages.find(({ content }) => content === 'Three?')?.parentId, one.answerId);
});

test('a question follows an answer of its conversation alone', async (t) => {
  const chat = await chatFixture(t);
  const { path, one } = await grown(chat);
  const other = await grown(chat);
  for (const parentId of [one.questionId, other.one.answerId, `msg-${crypto.randomUUID()}`, 'x']) {
    const refused = await chat.call('POST', path, { content: 'Hi', parentId });
    assert.equal(refused.status, 400, parentId);
    const error = (await refused.json()) as ApiErrorBody;
    assert.equal(error.error, 'validation_failed');
    assert.ok(error.details?.parentId, parentId);
  }
});

test('another answer stands beside the one that was regenerated', async (t) => {
  const chat = await chatFixture(t);
  const { id, path, one, two } = await grown(chat);
  const again = await exchange(chat, `${path}/${one.answerId}/regenerate`, {}, 'Uno.');
  assert.deepEqual(promptOf(again.asked), ['Be brief.', 'One?']);
  assert.equal(again.questionId, one.questionId);
  assert.deepEqual(contents(await messagesOf(chat, id)), ['One?', 'Uno.']);
  const ofQuestion = await exchange(chat, `${path}/${two.questionId}/regenerate`, { model: 'other' }, 'Due.');
  assert.deepEqual(promptOf(ofQuestion.asked), ['Be brief.', 'One?', 'One.', 'Two?']);
  assert.equal(ofQuestion.asked.request.model, 'other');
  assert.deepEqual(contents(await messagesOf(chat, id)), ['One?', 'One.', 'Two?', 'Due.']);
  assert.equal((await messagesOf(chat, id))[3]?.model, 'other');
  const missing = await chat.call('POST', `${path}/msg-${crypto.randomUUID()}/regenerate`, {});
  assert.equal(missing.status, 404);
});

test('an answer that was stopped goes on in the same message', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Count');
  asked.sink.thinking?.('Easy.');
  asked.sink.text('1, 2');
  const [question, { id: answerId }] = (await messagesOf(chat, id)) as [Message, Message]; // as: what was just said
  const path = `/conversations/${id}/messages/${answerId}`;
  await chat.call('DELETE', `${path}/events`);
  await all(events);
  const before = (await messagesOf(chat, id))[1]!;
  assert.equal(before.status, 'stopped');

  const more = await exchange(chat, `${path}/continue`, {}, ', 3');
  assert.deepEqual(more.asked.request.messages, [
    { role: 'user', content: 'Count' },
    { role: 'assistant', content: '1, 2' },
  ]);
  // Start, thought, text and end were 1 to 4.
  const first = 4 + CONTINUED_GAP;
  const metadata = { thinkingMs: 0, firstTokenMs: 0 };
  assert.deepEqual(more.events, [
    { type: 'start', messageId: answerId, userMessageId: question.id, seq: first },
    { type: 'replace', messageId: answerId, content: '1, 2', thinking: 'Easy.', seq: first + 1 },
    { type: 'chunk', content: ', 3', seq: first + 2 },
    {
      type: 'complete',
      messageId: answerId,
      totalTokens: before.totalTokens! + 1, // a stopped one has them
      status: 'complete',
      metadata: { firstTokenMs: 0 },
      seq: first + 3,
    },
  ] satisfies ChatEvent[]);
  assert.deepEqual(before.metadata, metadata);
  const after = await messagesOf(chat, id);
  assert.equal(after.length, 2);
  assert.deepEqual([after[1]?.content, after[1]?.thinking, after[1]?.status], ['1, 2, 3', 'Easy.', 'complete']);
  // A listener who was there before, with a number of that time.
  const late = await all(eventsOf(await chat.call('GET', `${path}/events?after=3`)));
  assert.deepEqual(
    late.map(({ type }) => type),
    ['replace', 'complete'],
  );
  assert(late[0]?.type === 'replace' && late[0].content === '1, 2, 3' && late[0].seq === first + 2);
});

test('what is continued is stored as it comes, behind what was there', async (t) => {
  const chat = await chatFixture(t);
  const { id, path, two } = await grown(chat);
  await chat.call('POST', `${path}/${two.answerId}/continue`, {});
  const asked = await chat.model.next();
  const stored = async (): Promise<Message> => (await messagesOf(chat, id)).at(-1)!;
  assert.deepEqual([(await stored()).status, (await stored()).content], ['loading', 'Two.']);
  asked.sink.text(' And');
  while ((await stored()).content !== 'Two. And');
  asked.sink.text(' more.');
  while ((await stored()).content !== 'Two. And more.');
  assert.equal((await stored()).status, 'streaming');
  asked.finish();
});

test('continuing an answer in the middle leaves what is shown; a question can not be continued', async (t) => {
  const chat = await chatFixture(t);
  const { id, path, one } = await grown(chat);
  const more = await exchange(chat, `${path}/${one.answerId}/continue`, {}, ' Uno.');
  assert.deepEqual(promptOf(more.asked), ['Be brief.', 'One?', 'One.']);
  assert.deepEqual(contents(await messagesOf(chat, id)), ['One?', 'One. Uno.', 'Two?', 'Two.']);
  const refused = await chat.call('POST', `${path}/${one.questionId}/continue`, {});
  assert.equal(refused.status, 400);
  assert.match(((await refused.json()) as ApiErrorBody).message, /Regenerate/);
});

test('only one answer is made at a time, in whatever way', async (t) => {
  const chat = await chatFixture(t);
  const { id, path, one } = await grown(chat);
  const { asked, events } = await chat.send(id, 'Hi');
  for (const way of ['regenerate', 'continue']) {
    assert.equal((await chat.call('POST', `${path}/${one.answerId}/${way}`, {})).status, 409);
  }
  asked.finish();
  await all(events);
});

test('another person’s messages are not there', async (t) => {
  const chat = await chatFixture(t);
  const { path, one } = await grown(chat);
  for (const way of ['regenerate', 'continue']) {
    assert.equal((await chat.call('POST', `${path}/${one.answerId}/${way}`, {}, 'bob')).status, 404);
  }
  assert.equal((await chat.call('GET', `${path}?branches=all`, undefined, 'bob')).status, 404);
});

test('options of the conversation go to the engine, reasoning and tool calls come apart', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const options = { temperature: 0.2, keep_alive: '5m' };
  await chat.database.kysely
    .updateTable('conversations')
    .set({ options: JSON.stringify(options) })
    .execute();
  const { asked, events } = await chat.send(id, 'Weather?');
  assert.deepEqual(asked.request.options, options);
  const toolCall = { name: 'weather', arguments: { city: 'Graz' } };
  const bridge = { bridgeId: `bridge-${crypto.randomUUID()}`, bridgeName: 'studio-pc' };
  asked.sink.asked?.(bridge);
  asked.sink.thinking?.('Hm');
  asked.sink.toolCall?.(toolCall);
  asked.sink.text('Rain.');
  asked.finish(1);
  const told = await all(events);
  assert.deepEqual(told.slice(1, 4), [
    { type: 'thinking', content: 'Hm', seq: 2 },
    { type: 'tool_call', toolCall, seq: 3 },
    { type: 'chunk', content: 'Rain.', seq: 4 },
  ]);
  const [, answer] = await messagesOf(chat, id);
  assert.deepEqual([answer?.content, answer?.thinking, answer?.toolCalls], ['Rain.', 'Hm', [toolCall]]);
  assert.deepEqual(answer?.metadata, {
    ...bridge,
    firstTokenMs: 0,
    thinkingMs: 0,
  });
  assert.equal(textOf(told), 'Rain.');
});

test('tells devices of every message and change', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const told: string[] = [];
  chat.events.subscribe('ada', (event) => {
    if (event.type === 'message') told.push(event.messageId);
    if (event.type === 'conversation') told.push(event.conversationId);
  });
  const { asked, events } = await chat.send(id, 'Hi');
  const { messageId, userMessageId } = startOf([(await events.next()).value as ChatEvent]); // as: the first event
  assert.deepEqual(told.splice(0), [userMessageId, messageId, id]);
  assert.deepEqual(
    chat.generations.runningIn('ada', id).map(({ key }) => key.messageId),
    [messageId],
  );
  assert.deepEqual(chat.generations.runningIn('bob', id), []);
  asked.sink.text('Hello');
  while (told.length === 0) await new Promise(setImmediate);
  assert.deepEqual(told.splice(0), [messageId], 'it says something now');
  asked.finish();
  await all(events);
  await new Promise(setImmediate);
  assert.deepEqual(told, [id, messageId]);
  const { conversation } = await chat.json<{ conversation: Conversation }>('GET', `/conversations/${id}`);
  assert.equal(conversation.currentMessageId, messageId);
});
