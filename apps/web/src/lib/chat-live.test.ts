import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatEvent, Message, RealtimeEvent } from '@cloudtolocalllm/sdk';
import { ANSWER, chunk, COMPLETE, CONVERSATION, HELLO, QUESTION, setUp, settled, START } from './chat-fixture.ts';

const DONE: Message = { ...ANSWER, content: 'Good day', status: 'complete' };
const message = (heard: Message): RealtimeEvent => ({
  type: 'message',
  payload: { conversationId: 'conv-1', message: heard },
});
const event = (told: ChatEvent): RealtimeEvent => ({
  type: 'chat_event',
  payload: { conversationId: 'conv-1', messageId: 'msg-2', event: told },
});

describe('a chat that hears what other devices do', () => {
  it('shows a question and its answer as they happen, without asking for them', async () => {
    const { chat, relay, run, said } = setUp();
    await chat.open('conv-1');
    for (const heard of [message(QUESTION), message({ ...ANSWER, status: 'loading' }), event(START)])
      chat.hear('conv-1', heard);
    for (const heard of [event(chunk('Good ', 2)), event(chunk('Good ', 2)), event(chunk('day', 3))])
      chat.hear('conv-1', heard);
    await settled();
    assert.equal(run()?.text.get(), 'Good day');
    chat.hear('conv-1', event({ ...COMPLETE, seq: 4 }));
    chat.hear('conv-1', message(DONE));
    await settled();
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.equal(run(), undefined);
    assert.deepEqual(relay.after, []);
  });

  it('asks for the rest when the socket is lost in the middle of an answer', async () => {
    const { chat, answer, relay, said } = setUp();
    await chat.open('conv-1');
    for (const heard of [message(QUESTION), message(ANSWER), event(START), event(chunk('Good ', 2))])
      chat.hear('conv-1', heard);
    await settled();
    chat.deafen('conv-1');
    await settled();
    await answer.push(chunk('day', 3), COMPLETE);
    assert.deepEqual(relay.after, [2]);
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
  });

  it('keeps a question that was taken while an older list of messages was on its way', async () => {
    const { chat, calls, answer, relay, said } = setUp();
    await chat.open('conv-1');
    const list = Promise.withResolvers<Message[]>();
    const asked = calls.messages.list;
    calls.messages.list = () => list.promise;
    chat.hear('conv-1', { type: 'refetch' });
    await chat.send('conv-1', HELLO);
    await answer.push(START);
    calls.messages.list = asked;
    relay.stored = [QUESTION, ANSWER];
    list.resolve([]);
    await settled();
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', '', 'streaming'],
    ]);
    await answer.push(chunk('Good day', 2), COMPLETE);
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
  });

  it('shows its own question once, though the socket tells of it before the relay has answered', async () => {
    const { chat, answer, relay, thread, said } = setUp();
    await chat.send('conv-1', HELLO);
    for (const heard of [message(QUESTION), message(ANSWER), event(START), event(chunk('Good ', 2))])
      chat.hear('conv-1', heard);
    relay.stored = [QUESTION, ANSWER];
    chat.hear('conv-1', { type: 'refetch' });
    await answer.push(START, chunk('Good ', 2), chunk('day', 3));
    chat.hear('conv-1', event(chunk('day', 3)));
    await answer.push(COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.equal(thread().messages.length, 2);
  });

  it('takes over title and branch from another device, unless this one looks elsewhere', async () => {
    const again: Message = { ...DONE, id: 'msg-3' };
    const { chat, thread, said } = setUp([QUESTION, DONE, again], 'msg-2');
    await chat.open('conv-1');
    const hear = (currentMessageId: string): void =>
      chat.hear('conv-1', {
        type: 'conversation',
        payload: { conversation: { ...CONVERSATION, title: 'Greetings', currentMessageId } },
      });
    hear('msg-3');
    assert.equal(thread().conversation?.title, 'Greetings');
    assert.equal(said()[1]?.[0], 'msg-3');
    chat.lookAt('conv-1', 'msg-2');
    hear('msg-3');
    assert.equal(said()[1]?.[0], 'msg-2');
  });

  it('shows no more what was deleted on another device, and what is nearest to it instead', async () => {
    const { chat, said } = setUp([QUESTION, DONE], 'msg-2');
    await chat.open('conv-1');
    const payload = { conversationId: 'conv-1', messageIds: ['msg-2'] };
    chat.hear('conv-1', { type: 'messages_deleted', payload });
    assert.deepEqual(
      said().map(([id]) => id),
      [QUESTION.id],
    );
  });

  it('says that a conversation is gone, and shows it when it is brought back', async () => {
    const { chat, thread } = setUp([QUESTION, DONE], 'msg-2');
    await chat.open('conv-1');
    chat.hear('conv-1', { type: 'conversation_deleted', payload: { conversationId: 'conv-1' } });
    assert.equal(thread().phase, 'missing');
    chat.hear('conv-1', { type: 'conversation', payload: { conversation: CONVERSATION } });
    await settled();
    assert.equal(thread().phase, 'ready');
  });

  it('keeps a question that the relay never took when everything is fetched anew', async () => {
    const { chat, answer, said } = setUp();
    await chat.send('conv-1', HELLO);
    await answer.push(new Error('refused'));
    await settled();
    chat.hear('conv-1', { type: 'refetch' });
    await settled();
    assert.deepEqual(
      said().map(([, content]) => content),
      ['Hello'],
    );
  });

  it('shows a question once that was asked while the conversation was being fetched', async () => {
    const { chat, answer, relay, calls, thread, said } = setUp();
    const fetched = Promise.withResolvers<Message[]>();
    const { list } = calls.messages;
    calls.messages.list = () => fetched.promise;
    const opening = chat.open('conv-1');
    await chat.send('conv-1', HELLO);
    calls.messages.list = list;
    relay.stored = [QUESTION, ANSWER];
    fetched.resolve(relay.stored);
    await opening;
    await answer.push(START, chunk('Good day', 2), COMPLETE);
    assert.deepEqual(
      said().map(([id, content]) => [id, content]),
      [
        ['msg-1', 'Hello'],
        ['msg-2', 'Good day'],
      ],
    );
    assert.deepEqual([thread().messages.length, thread().runs.length], [2, 0]);
    const after = { parentId: undefined, ifOffline: undefined, attachments: undefined };
    assert.deepEqual(relay.asked, [['send', 'Hello', after]], 'it follows what the relay has');
  });
});
