import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import type { SendMessageResponse } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { chatFixture, type ChatFixture, messagesOf } from './chat-fixture.ts';

const PATIENCE = { wholeLimits: { commitMs: 20, keepAliveMs: 10 } };

/** Asks without streaming and returns the answer as soon as its head is there. */
async function ask(chat: ChatFixture, id: string): Promise<IncomingMessage> {
  const request = httpRequest(`${chat.url}/api/chat/conversations/${id}/messages`, {
    method: 'POST',
    headers: { 'x-user': 'ada', 'content-type': 'application/json' },
  });
  request.end(JSON.stringify({ content: 'Hi', stream: false }));
  const [response] = (await once(request, 'response')) as [IncomingMessage]; // as: what the event carries
  return response.setEncoding('utf8');
}

test('an answer that takes long begins with spaces and is JSON all the same', async (t) => {
  const chat = await chatFixture(t, PATIENCE);
  const { id } = await chat.conversation();
  const [response, asked] = await Promise.all([ask(chat, id), chat.model.next()]);
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(response.headers['x-kept'], 'yes', 'headers of hooks are kept');
  assert.equal(response.headers['content-length'], undefined);
  let text = '';
  response.on('data', (data: string) => {
    text += data;
    if (text === '   ') {
      asked.sink.text('Hello');
      asked.finish(3);
    }
  });
  await once(response, 'end');
  assert.match(text, /^ {3,}\{/);
  const { success, message } = JSON.parse(text) as SendMessageResponse; // as: checked below
  assert.deepEqual([success, message.content, message.totalTokens], [true, 'Hello', 3]);
});

test('a failure after the answer began resets the connection', async (t) => {
  const chat = await chatFixture(t, PATIENCE);
  const { id } = await chat.conversation();
  const [response, asked] = await Promise.all([ask(chat, id), chat.model.next()]);
  response.resume();
  asked.fail(new RelayError('bridge_offline', 'Gone.'));
  const [error] = (await once(response, 'error')) as [NodeJS.ErrnoException]; // as: what the event carries
  assert.equal(error.code, 'ECONNRESET');
});

test('whoever goes away stops nothing, and the answer is there later', async (t) => {
  const chat = await chatFixture(t, PATIENCE);
  const { id } = await chat.conversation();
  const [response, asked] = await Promise.all([ask(chat, id), chat.model.next()]);
  response.destroy();
  asked.sink.text('Hello');
  asked.finish(1);
  while ((await messagesOf(chat, id))[1]?.status !== 'complete');
  assert.equal(asked.request.signal.aborted, false);
});
