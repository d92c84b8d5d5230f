import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import {
  apiError,
  conversationList,
  conversationResponse,
  DEFAULT_SETTINGS,
  ERASE_WORDS,
  eraseAnswer,
  importStatus,
  REALTIME_CLOSE,
  registerBridgeResponse,
  settingsAnswer,
} from '@cloudtolocalllm/protocol';
import { PlayedModel } from '../chat/chat-fixture.ts';
import { rowsOf, settledRowsOf } from '../fuzz/rows.ts';
import { limitsWith } from '../limits/test-limits.ts';
import { TestDriver } from '../proxies/test-driver.ts';
import { TestDevice } from '../realtime/test-device.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { Erasures } from './erasures.ts';
import { tablesOf, twoPeople } from './test-people.ts';

async function erase({ call }: TestRelay, token?: string) {
  const body = { confirm: ERASE_WORDS };
  const response = await call('/api/me', { method: 'DELETE', body, ...(token !== undefined && { token }) });
  assert.equal(response.status, 200, await response.clone().text());
  return eraseAnswer.parse(await response.json());
}

/** A relay whose model answers as the test says, and a conversation there. */
async function withConversation(t: TestContext) {
  const model = new PlayedModel();
  const relay = await startTestRelay(t, { chatModel: model, config: { limits: limitsWith({}) } });
  const body = { model: 'm', autoTitle: false };
  const made = await relay.call('/api/chat/conversations', { method: 'POST', body });
  const { id } = conversationResponse.parse(await made.json()).conversation;
  return { relay, model, id, userId: relay.context.issuer!.user.id };
}

test('a local user who deletes everything has an empty account, and nobody else loses anything', async (t) => {
  const { relay, local, other } = await twoPeople(t);
  const written = `[\\"${other.bridge.model}\\"]`;
  const before = await settledRowsOf(relay, other.userId, written);
  const device = await TestDevice.connect(`${relay.url}/ws/status/${local.userId}`, local.token);
  const bystander = await TestDevice.connect(`${relay.url}/ws/status/${other.userId}`, other.token);
  const bridgeClosed = once(local.bridge.socket!, 'close');

  const { message, deleted } = await erase(relay);
  assert.match(message, /password are still there/);
  assert.deepEqual(await tablesOf(relay, local.userId), ['passwords', 'users']);
  for (const [name, count] of Object.entries(deleted)) assert.ok(count > 0, `none of ${name}`);
  assert.deepEqual([deleted.conversations, deleted.computers, deleted.keys, deleted.proxies], [1, 1, 1, 1]);
  assert.deepEqual(await rowsOf(relay, other.userId), before);

  assert.equal(await device.closed, REALTIME_CLOSE.erased);
  assert.equal((await bridgeClosed)[0], 4404);
  assert.equal((await relay.call('/api/me', { token: local.apiKey })).status, 401);
  const proxy = await fetch(`${relay.url}/proxy/${local.ids['proxyId']}/api/tags`, {
    headers: { authorization: `Bearer ${local.proxyToken}` },
  });
  assert.equal(proxy.status, 401);
  const path = '/api/chat/conversations';
  assert.equal(conversationList.parse(await (await relay.call(path)).json()).total, 0);
  const { settings } = settingsAnswer.parse(await (await relay.call('/api/settings')).json());
  assert.deepEqual(settings, DEFAULT_SETTINGS);
  const made = await relay.call(path, { method: 'POST', body: { model: 'm' } });
  assert.equal(made.status, 200, 'it goes on with the empty account');

  assert.equal(bystander.socket.readyState, 1);
  assert.equal(other.bridge.socket?.readyState, 1);
  assert.equal((await relay.call('/api/me', { token: other.apiKey })).status, 200);
  bystander.socket.terminate();
});

test('nothing is left of a person of another issuer, who is entered anew with the next request', async (t) => {
  const { relay, local, other } = await twoPeople(t);
  const before = await settledRowsOf(relay, local.userId, `[\\"${local.bridge.model}\\"]`);
  const { message } = await erase(relay, other.token);
  assert.match(message, /Whoever signs you in keeps your sign-in/);
  assert.deepEqual(await tablesOf(relay, other.userId), []);
  assert.deepEqual(await rowsOf(relay, local.userId), before);

  const made = await relay.call('/api/chat/conversations', {
    method: 'POST',
    body: { model: 'm' },
    token: other.token,
  });
  assert.equal(made.status, 200);
  assert.equal((await relay.call('/api/bridge', { token: local.token })).status, 200);
});

test('the search index forgets what was deleted', async (t) => {
  const { relay, local } = await twoPeople(t);
  const find = async (): Promise<string> => (await relay.call('/api/chat/search?q=question')).text();
  assert.match(await find(), new RegExp(local.mark));
  await erase(relay);
  assert.doesNotMatch(await find(), new RegExp(local.mark));
});

test('an answer that is being made is stopped, its stream breaks off, and nothing is stored behind it', async (t) => {
  const { relay, model, id, userId } = await withConversation(t);
  const answer = await relay.call(`/api/chat/conversations/${id}/messages`, {
    method: 'POST',
    body: { content: 'Why?' },
  });
  const asked = await model.next();
  asked.sink.text('Because');
  await erase(relay);
  assert.ok(asked.request.signal.aborted);
  await assert.rejects(answer.text());
  asked.sink.text(' it is.');
  asked.finish();
  assert.deepEqual(await tablesOf(relay, userId), ['users']);
  assert.equal(relay.context.generations.runningCount, 0);
  assert.equal(relay.context.limits.streams.takenBy(userId), 0);
});

test('a question that waits for a computer waits no more', async (t) => {
  const { relay, model, id, userId } = await withConversation(t);
  model.isOnline = false;
  const body = { content: 'Why?', ifOffline: 'wait' };
  const answer = await relay.call(`/api/chat/conversations/${id}/messages`, { method: 'POST', body });
  await erase(relay);
  await answer.text().catch(() => {});
  assert.deepEqual(relay.context.generations.runningIn(userId, id), []);
  assert.deepEqual(await tablesOf(relay, userId), ['users']);
});

test('an import that runs ends, and what it imported is gone', async (t) => {
  const { relay, userId } = await withConversation(t);
  const created = '2025-06-20T16:00:00.000Z';
  const message = { parentId: null, role: 'user', content: 'Imported', status: 'complete', created };
  const conversations = Array.from({ length: 400 }, (_, index) => ({
    id: `conv-${index}`,
    title: `Imported ${index}`,
    model: 'm',
    created,
    updated: created,
    messages: [{ id: `msg-${index}`, ...message }],
  }));
  const file = { format: 'cloudtolocalllm', version: 1, exported: created, conversations };
  const begun = await relay.call('/api/chat/import', { method: 'POST', body: file });
  const { importId } = importStatus.parse(await begun.json());
  await settledRowsOf(relay, userId, 'Imported 3"');
  await erase(relay);
  assert.deepEqual(await tablesOf(relay, userId), ['users']);
  assert.equal((await relay.call(`/api/chat/import/${importId}`)).status, 404);
  await relay.context.imports[Symbol.asyncDispose]();
  assert.deepEqual(await tablesOf(relay, userId), ['users'], 'nothing comes afterwards');
});

test('a proxy that is being made leaves nothing either', async (t) => {
  const driver = new TestDriver();
  const relay = await startTestRelay(t, { proxyDriver: driver });
  const client = { clientId: 'one', platform: 'linux', version: '1' };
  const registered = await relay.call('/api/bridge/register', { method: 'POST', body: client });
  const { bridgeId } = registerBridgeResponse.parse(await registered.json());
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  driver.before = () => {
    begun.resolve();
    return held.promise;
  };
  const making = relay.call('/api/streaming/proxy/create', { method: 'POST', body: { bridgeId } });
  await begun.promise;
  const erasing = erase(relay);
  await assert.rejects(making, 'it breaks off');
  held.resolve();
  await erasing;
  assert.deepEqual(await tablesOf(relay, relay.context.issuer!.user.id), ['users']);
  assert.equal(driver.alive, 0);
});

test('without the words, or with an API key, nothing is deleted', async (t) => {
  const { relay, local } = await twoPeople(t);
  const before = await settledRowsOf(relay, local.userId, `[\\"${local.bridge.model}\\"]`);
  for (const body of [{}, { confirm: true }, { confirm: 'Delete Everything' }, { confirm: `${ERASE_WORDS} ` }]) {
    const response = await relay.call('/api/me', { method: 'DELETE', body });
    assert.equal(apiError.parse(await response.json()).error, 'validation_failed');
  }
  const body = { confirm: ERASE_WORDS };
  assert.equal((await relay.call('/api/me', { method: 'DELETE', body, token: local.apiKey })).status, 403);
  const { api_keys: _used, ...rows } = await rowsOf(relay, local.userId);
  const { api_keys: _before, ...expected } = before;
  assert.deepEqual(rows, expected);
});

test('nothing of a person begins while everything of theirs is deleted', async (t) => {
  const { relay, userId } = await withConversation(t);
  const running = relay.context.erasures.begin(userId);
  const refused = await relay.call('/api/chat/conversations', { method: 'POST', body: { model: 'm' } });
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await assert.rejects(TestDevice.connect(`${relay.url}/ws/status/${userId}`, relay.token));
  assert.equal((await relay.call('/api/me', { token: await relay.tokenFor('user-other') })).status, 200);
  running[Symbol.dispose]();
  assert.equal((await relay.call('/api/me')).status, 200);
});

test('deleting runs once at a time for each person', () => {
  const erasures = new Erasures();
  const running = erasures.begin('ada');
  assert.throws(() => erasures.begin('ada'), { code: 'rate_limited' });
  erasures.begin('bob')[Symbol.dispose]();
  running[Symbol.dispose]();
  erasures.begin('ada')[Symbol.dispose]();
});
