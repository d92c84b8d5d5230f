import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noticeIn, notificationOf } from './notification.ts';

test('an answer leads to its message, a computer to its page', () => {
  const answer = notificationOf({ type: 'answer', conversationId: 'conv-1', messageId: 'msg-2', title: 'Tea' }, ['en']);
  assert.deepEqual(
    [answer.title, answer.options.body, answer.options.data.path],
    ['Tea', 'The answer is done.', '/c/conv-1#msg-2'],
  );
  const computer = { type: 'computer', bridgeId: 'bridge-1', name: 'studio', status: 'disconnected' } as const;
  assert.equal(notificationOf(computer, ['en']).options.data.path, '/computers/bridge-1');
});

test('speaks the language that was chosen, else the browser’s, else English', () => {
  const body = (...languages: string[]) => notificationOf({ type: 'test' }, languages).options.body;
  assert.equal(body('de', 'en-US'), 'Benachrichtigungen kommen auf diesem Gerät an.');
  assert.equal(body('', 'de-AT'), 'Benachrichtigungen kommen auf diesem Gerät an.');
  assert.equal(body('', 'fr'), 'Notifications work on this device.');
});

test('what is no notice of ours is shown as something new', () => {
  const broken = { json: () => JSON.parse('{') as unknown };
  assert.equal(notificationOf(noticeIn(broken), ['en']).options.body, 'There is something new.');
  assert.equal(notificationOf(noticeIn(null), ['en']).options.data.path, '/');
});
