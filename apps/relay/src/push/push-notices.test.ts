import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { conversationResponse, type PushNotice, type UpdateSettingsRequest } from '@cloudtolocalllm/protocol';
import { PlayedModel } from '../chat/chat-fixture.ts';
import type { Outcome } from '../chat/generation.ts';
import { connectBridge, limitsWith } from '../limits/test-limits.ts';
import { TestDevice } from '../realtime/test-device.ts';
import { startTestRelay, type TestRelayOptions } from '../test-relay.ts';
import { PushNotices, type PushNoticesOptions, topicOf } from './push-notices.ts';
import { TestBrowser, TestPushService } from './test-push-service.ts';

const ANSWERS = { notifications: { answers: true } };

/** A relay with a browser that has subscribed, and a conversation. */
async function start(t: TestContext, settings: UpdateSettingsRequest, options: TestRelayOptions = {}) {
  const service = await TestPushService.start(t);
  const model = new PlayedModel();
  const config = { limits: limitsWith({}) };
  const relay = await startTestRelay(t, { pushNetwork: service.network, chatModel: model, config, ...options });
  const browser = new TestBrowser('one');
  for (const [method, path, body] of [
    ['POST', '/api/push/subscriptions', browser],
    ['PATCH', '/api/settings', settings],
  ] as const) {
    assert.equal((await relay.call(path, { method, body })).status, 200);
  }
  const body = { title: 'Why the sky is blue', model: 'm', autoTitle: false };
  const made = await relay.call('/api/chat/conversations', { method: 'POST', body });
  const { id } = conversationResponse.parse(await made.json()).conversation;
  const ask = async (content: string) => {
    const path = `/api/chat/conversations/${id}/messages`;
    const response = await relay.call(path, { method: 'POST', body: { content } });
    return { response, asked: await model.next() };
  };
  return { relay, service, browser, id, ask };
}

test('an answer that nobody watched is told with its title and nothing of what it says', async (t) => {
  const { service, browser, id, ask } = await start(t, ANSWERS);
  const { response, asked } = await ask('a secret question');
  asked.sink.text('a secret answer');
  asked.finish();
  await response.text();
  const pushed = await service.next();
  const notice = browser.read(pushed);
  assert.ok(notice.type === 'answer');
  assert.deepEqual([notice.conversationId, notice.title], [id, 'Why the sky is blue']);
  assert.doesNotMatch(JSON.stringify(notice), /secret/);
  assert.deepEqual([pushed.headers.topic, pushed.headers.ttl], [topicOf(id), '86400']);
});

test('an answer on the screen of a device is not told, one that failed elsewhere is', async (t) => {
  const { relay, service, browser, id, ask } = await start(t, ANSWERS);
  const device = await TestDevice.connect(`${relay.url}/ws/chat/${id}`, relay.token);
  await device.until('ready');
  const watched = await ask('first');
  watched.asked.finish();
  await watched.response.text();
  device.socket.close();
  await device.closed;
  const second = await ask('second');
  second.asked.fail(new Error('The engine broke'));
  const last = await second.response.text();
  const notice = browser.read(await service.next());
  assert.ok(notice.type === 'answer' && last.includes(notice.messageId));
  assert.equal(service.pushed.length, 1);
});

test('a push service that hangs delays no answer', async (t) => {
  const { service, ask } = await start(t, ANSWERS);
  service.answer = () => {};
  for (const content of ['first', 'second', 'third']) {
    const { response, asked } = await ask(content);
    asked.sink.text('An answer');
    asked.finish();
    assert.match(await response.text(), /"type":"complete"/);
  }
});

test('a computer that went away and stays away is told', async (t) => {
  const { relay, service, browser } = await start(t, { notifications: { computers: true } }, { offlineMs: 1 });
  const { bridge, bridgeId } = await connectBridge(t, relay, () => {
    throw new Error('Nothing is asked here');
  });
  bridge.socket?.terminate();
  const notice = { type: 'computer', bridgeId, name: 'linux', status: 'disconnected' };
  assert.deepEqual(browser.read(await service.next()), notice);
});

/** Notices of a bridge that a test plays; what was told, and to whom. */
function playNotices(t: TestContext, options: Partial<PushNoticesOptions> = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told: [notice: PushNotice, topic: string][] = [];
  const connected = new Set<string>();
  const row = { id: 's', user_id: 'ada', endpoint: '', p256dh: '', auth: '', name: null };
  // as: what is read of these alone
  const bridges = { find: async () => ({ name: 'Study' }) } as unknown as PushNoticesOptions['bridges'];
  const settings = { notifications: { answers: true, computers: true } };
  const notices = new PushNotices({
    store: { list: async () => [{ ...row, user_agent: null, created: '', failures: 0 }] },
    sender: {
      send: async (_subscription, { notice, topic }) => {
        told.push([notice, topic]);
        return 'sent';
      },
    },
    accountSettings: { get: async () => settings } as unknown as PushNoticesOptions['accountSettings'],
    conversations: { get: async () => ({ title: 'T' }) } as unknown as PushNoticesOptions['conversations'],
    bridges,
    isWatched: () => false,
    isConnected: (bridgeId) => connected.has(bridgeId),
    log: { warn: () => assert.fail('nothing is wrong') },
    ...options,
  });
  t.after(() => notices[Symbol.dispose]());
  const see = (isConnected: boolean): void => {
    if (isConnected) connected.add('bridge-1');
    else connected.delete('bridge-1');
    notices.bridgeChanged({ userId: 'ada', bridgeId: 'bridge-1', connected: isConnected });
  };
  const pass = async (milliseconds: number): Promise<void> => {
    t.mock.timers.tick(milliseconds);
    await notices.settled();
  };
  return { notices, told, see, pass };
}

test('a computer that is away for a minute is told once', async (t) => {
  const { told, see, pass } = playNotices(t);
  see(true);
  see(false);
  await pass(59_999);
  assert.deepEqual(told, []);
  see(false);
  await pass(1);
  const notice = { type: 'computer', bridgeId: 'bridge-1', name: 'Study', status: 'disconnected' };
  assert.deepEqual(told, [[notice, '1']]);
  await pass(600_000);
  assert.equal(told.length, 1);
});

test('a computer that is back in time is not told, and its next absence counts from its beginning', async (t) => {
  const { told, see, pass } = playNotices(t);
  see(false);
  await pass(50_000);
  see(true);
  await pass(60_000);
  see(false);
  await pass(59_999);
  assert.deepEqual(told, []);
  await pass(1);
  assert.equal(told.length, 1);
});

test('a computer that was removed, of whom nobody wants to hear, or of a relay that ends, is not told', async (t) => {
  await t.test('removed', async (sub) => {
    const bridges = { find: async () => undefined };
    const { told, see, pass } = playNotices(sub, { bridges });
    see(false);
    await pass(60_000);
    assert.deepEqual(told, []);
  });
  await t.test('unwanted', async (sub) => {
    const settings = { notifications: { answers: true, computers: false } };
    const accountSettings = { get: async () => settings } as unknown as PushNoticesOptions['accountSettings']; // as: see above
    const { told, see, pass } = playNotices(sub, { accountSettings });
    see(false);
    await pass(60_000);
    assert.deepEqual(told, []);
  });
  await t.test('the relay ends', async (sub) => {
    const { notices, told, see, pass } = playNotices(sub);
    see(false);
    notices[Symbol.dispose]();
    see(false);
    await pass(60_000);
    assert.deepEqual(told, []);
  });
});

test('an answer that its person stopped, or that a restart ended, is not told', async (t) => {
  const { notices, told } = playNotices(t);
  const key = { userId: 'ada', conversationId: 'conv-1', messageId: 'msg-1' };
  const outcomes: [Outcome, isTold: boolean][] = [
    [{ status: 'stopped', totalTokens: 1 }, false],
    [{ status: 'interrupted', error: { code: 'shutting_down', message: '' } }, false],
    [{ status: 'interrupted', error: { code: 'interrupted', message: '' } }, true],
    [{ status: 'failed', error: { code: 'expired', message: '' } }, true],
    [{ status: 'complete', totalTokens: 1, bridgeId: 'bridge-1' }, true],
  ];
  for (const [outcome, isTold] of outcomes) {
    const before = told.length;
    notices.answerEnded(outcome, { key });
    await notices.settled();
    assert.equal(told.length - before, isTold ? 1 : 0, JSON.stringify(outcome));
  }
});

test('an answer is not told to who wants no notices, and costs nothing without a browser', async (t) => {
  const key = { userId: 'ada', conversationId: 'conv-1', messageId: 'msg-1' };
  const outcome = { status: 'complete', totalTokens: 1, bridgeId: 'bridge-1' } as const;
  const settings = { notifications: { answers: false, computers: true } };
  const accountSettings = { get: async () => settings } as unknown as PushNoticesOptions['accountSettings']; // as: see above
  const unwanted = playNotices(t, { accountSettings });
  unwanted.notices.answerEnded(outcome, { key });
  await unwanted.notices.settled();
  assert.deepEqual(unwanted.told, []);
  t.mock.timers.reset();
  const nobody = playNotices(t, {
    store: { list: async () => [] },
    accountSettings: { get: () => assert.fail('nobody has to be asked') },
  });
  nobody.notices.answerEnded(outcome, { key });
  await nobody.notices.settled();
});

test('a fault while a notice is made is logged, and no more', async (t) => {
  const warned: unknown[] = [];
  const { notices, told } = playNotices(t, {
    store: { list: () => Promise.reject(new Error('The database is gone')) },
    log: { warn: (problem: unknown) => void warned.push(problem) },
  });
  const key = { userId: 'ada', conversationId: 'conv-1', messageId: 'msg-1' };
  notices.answerEnded({ status: 'complete', totalTokens: 1, bridgeId: 'bridge-1' }, { key });
  await notices.settled();
  assert.deepEqual([told, warned.length], [[], 1]);
});

test('topics are short enough for every push service, and different for different things', () => {
  const id = 'conv-5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8';
  assert.equal(topicOf(id), '5f0c2a9e1d7b4c3e9a862b41f7d0e6c8');
  assert.match(topicOf(id), /^[\w-]{1,32}$/);
});
