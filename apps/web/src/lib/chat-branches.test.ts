import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, type Message } from '@cloudtolocalllm/sdk';
import { ANSWER, chunk, COMPLETE, HELLO, QUESTION, setUp, settled, START } from './chat-fixture.ts';

const DONE: Message = { ...ANSWER, content: 'Good day', status: 'complete' };
const AGAIN: Message = { ...DONE, id: 'msg-3', content: 'Hi' };
const refused = new ApiError('busy', { status: 409, code: 'conflict' });

describe('branches of a chat', () => {
  it('opens at the branch that is shown everywhere', async () => {
    const { chat, said } = setUp([QUESTION, DONE, AGAIN], 'msg-2');
    await chat.open('conv-1');
    assert.deepEqual(
      said().map(([id]) => id),
      ['msg-1', 'msg-2'],
    );
  });

  it('asks for another answer beside the first', async () => {
    const { chat, answer, relay, said, thread } = setUp([QUESTION, DONE], 'msg-2');
    await chat.open('conv-1');
    chat.regenerate('conv-1', 'msg-2', { model: 'llama3.2' });
    relay.conversation.currentMessageId = 'msg-3';
    await answer.push({ type: 'start', messageId: 'msg-3', seq: 1 }, chunk('Hi', 2), {
      ...COMPLETE,
      messageId: 'msg-3',
    });
    assert.deepEqual(said()[1], ['msg-3', 'Hi', 'complete']);
    assert.equal(thread().messages.length, 3);
    assert.deepEqual(relay.asked, [['regenerate', 'msg-2', { model: 'llama3.2' }]]);
  });

  it('shows the earlier answer again when another one was refused, with the reason', async () => {
    const { chat, answer, said, thread } = setUp([QUESTION, DONE], 'msg-2');
    await chat.open('conv-1');
    chat.regenerate('conv-1', 'msg-2', { model: 'llama3.2' });
    await answer.push(refused);
    await settled();
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
    assert.equal(thread().failure?.code, 'conflict');
  });

  it('asks an earlier question in other words, beside it', async () => {
    const { chat, answer, relay, said, thread } = setUp([QUESTION, DONE], 'msg-2');
    await chat.open('conv-1');
    await chat.send('conv-1', { ...HELLO, content: 'Good evening', parentId: null });
    await answer.push({ type: 'start', messageId: 'msg-5', userMessageId: 'msg-4', seq: 1 }, chunk('Hi', 2));
    assert.deepEqual(
      said().map(([id, content]) => [id, content]),
      [
        ['msg-4', 'Good evening'],
        ['msg-5', ''],
      ],
    );
    assert.equal(thread().messages.length, 4);
    assert.deepEqual(relay.asked, [
      ['send', 'Good evening', { parentId: null, ifOffline: undefined, attachments: undefined }],
    ]);
  });

  it('asks after what is shown last', async () => {
    const { chat, relay } = setUp([QUESTION, DONE, AGAIN], 'msg-2');
    await chat.open('conv-1');
    await chat.send('conv-1', { ...HELLO, ifOffline: 'wait' });
    await settled();
    assert.deepEqual(relay.asked, [
      ['send', 'Hello', { parentId: 'msg-2', ifOffline: 'wait', attachments: undefined }],
    ]);
  });

  it('walks to another branch, on all devices', async () => {
    const { chat, relay, said } = setUp([QUESTION, DONE, AGAIN], 'msg-2');
    await chat.open('conv-1');
    await chat.showBranch('conv-1', 'msg-3');
    assert.equal(said()[1]?.[0], 'msg-3');
    assert.equal(relay.conversation.currentMessageId, 'msg-3');
  });

  it('goes on with an answer that was cut short', async () => {
    const { chat, answer, relay, run, said } = setUp([QUESTION, { ...DONE, content: 'Good', status: 'interrupted' }]);
    await chat.open('conv-1');
    chat.proceed('conv-1', 'msg-2');
    assert.equal(run()?.text.get(), 'Good');
    await answer.push({ type: 'replace', messageId: 'msg-2', content: 'Good', seq: 1 }, chunk(' day', 2), COMPLETE);
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
    assert.deepEqual(relay.asked, [['continue', 'msg-2', { ifOffline: undefined }]]);
  });

  it('takes a replace in place of all that was shown', async () => {
    const { chat, answer, run, said } = setUp();
    await chat.send('conv-1', HELLO);
    await answer.push(START, chunk('Good day and', 2), {
      type: 'replace',
      messageId: 'msg-2',
      content: 'Good',
      thinking: 'hm',
      seq: 2,
    });
    assert.deepEqual([run()?.text.get(), run()?.thinking.get()], ['Good', 'hm']);
    await answer.push(chunk(' day', 3), COMPLETE);
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
  });

  it('keeps thoughts apart from the answer', async () => {
    const { chat, answer, run, thread } = setUp();
    await chat.send('conv-1', HELLO);
    await answer.push(START, { type: 'thinking', content: 'Hm. ', seq: 2 });
    assert.deepEqual([run()?.phase, run()?.thinking.get(), run()?.text.get()], ['thinking', 'Hm. ', '']);
    await answer.push(chunk('Hi', 3), { ...COMPLETE, metadata: { thinkingMs: 3000 } });
    const { content, thinking, metadata } = thread().messages[1] ?? {};
    assert.deepEqual(
      { content, thinking, metadata },
      { content: 'Hi', thinking: 'Hm. ', metadata: { thinkingMs: 3000 } },
    );
  });
});
