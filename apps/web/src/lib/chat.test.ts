import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@cloudtolocalllm/sdk';
import { ANSWER, chunk, COMPLETE, HELLO, QUESTION, setUp, START } from './chat-fixture.ts';
import { NEW_THREAD } from './thread.ts';

const away = new ApiError('away', { status: 0, code: 'network_error' });

describe('createChat', () => {
  it('makes a conversation from the first question and writes the answer as it comes', async () => {
    const { chat, answer, thread, run, said } = setUp();
    assert.equal(await chat.send(NEW_THREAD, HELLO), 'conv-1');
    assert.equal(chat.threads.get()[NEW_THREAD], undefined);
    assert.equal(run()?.phase, 'sending');
    const keys = thread().messages.map(({ key }) => key);

    await answer.push(START, { type: 'status', status: 'loading', seq: 2 });
    assert.equal(run()?.phase, 'loading');
    const before = thread().messages;
    await answer.push(chunk('Good ', 3), chunk('day', 4));
    assert.equal(run()?.text.get(), 'Good day');
    assert.equal(thread().messages, before, 'tokens do not touch the list');

    await answer.push(COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.deepEqual(
      thread().messages.map(({ key }) => key),
      keys,
    );
    assert.equal(run(), undefined);
    assert.equal(thread().announcement, 'The answer is complete');
  });

  it('goes on with an answer that was running when the page was loaded, without showing less than before', async () => {
    const { chat, answer, relay, run, said } = setUp([QUESTION, { ...ANSWER, content: 'Good d' }]);
    await chat.open('conv-1');
    assert.equal(run()?.text.get(), 'Good d');
    await answer.push(START, chunk('Good', 2));
    assert.equal(run()?.text.get(), 'Good d');
    await answer.push(chunk(' day', 3), COMPLETE);
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
    assert.deepEqual(relay.after, [undefined]);
  });

  it('follows on after the event it saw last when the relay was away for long', async () => {
    const { chat, answer, relay, said } = setUp();
    await chat.send('conv-1', HELLO);
    await answer.push(START, chunk('Good ', 2), away);
    await answer.push(chunk('day', 3), COMPLETE);
    assert.deepEqual(relay.after, [2]);
    assert.deepEqual(said()[1], ['msg-2', 'Good day', 'complete']);
  });

  it('keeps the question, with the reason, when the relay did not take it; retry asks it again', async () => {
    const { chat, answer, thread, said } = setUp();
    await chat.send('conv-1', HELLO);
    await answer.push(away);
    assert.deepEqual(
      said().map(([, content]) => content),
      ['Hello'],
    );
    assert.equal(thread().failure?.code, 'network_error');

    void chat.retry('conv-1', HELLO);
    await answer.push(START, chunk('Good day', 2), COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.equal(thread().failure, undefined);
  });

  it('finds a question that the relay took although its answer was lost', async () => {
    const { chat, answer, relay, thread, said } = setUp();
    await chat.send('conv-1', HELLO);
    relay.stored = [QUESTION, ANSWER];
    await answer.push(away);
    await answer.push(START, chunk('Good day', 2), COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.equal(thread().failure, undefined);
  });

  it('keeps what was said when an answer fails', async () => {
    const { chat, answer, thread } = setUp();
    await chat.send('conv-1', HELLO);
    await answer.push(START, chunk('Good', 2), {
      type: 'error',
      messageId: 'msg-2',
      error: 'engine_error',
      message: 'out of memory',
      code: 502,
    });
    const { content, status, error } = thread().messages[1] ?? {};
    assert.deepEqual(
      { content, status, error },
      { content: 'Good', status: 'failed', error: { code: 'engine_error', message: 'out of memory' } },
    );
  });

  it('stops an answer, also when it had no name yet', async () => {
    const { chat, answer, relay, said } = setUp();
    await chat.send('conv-1', HELLO);
    await chat.stop('conv-1');
    assert.deepEqual(relay.stopped, []);
    await answer.push(START);
    assert.deepEqual(relay.stopped, ['msg-2']);
    await answer.push({ type: 'complete', messageId: 'msg-2', totalTokens: 0, status: 'stopped' });
    assert.deepEqual(said()[1], ['msg-2', '', 'stopped']);
  });

  it('says when a conversation is not there', async () => {
    const { chat, calls, thread } = setUp();
    calls.conversations.get = async () => Promise.reject(new ApiError('gone', { status: 404, code: 'not_found' }));
    await chat.open('conv-1');
    assert.equal(thread().phase, 'missing');
  });
});
