import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  type ChatEvent,
  DEFAULT_SETTINGS,
  conversationResponse,
  createKeyResponse,
  REALTIME_CLOSE,
  registerBridgeResponse,
  type Scope,
} from '@cloudtolocalllm/protocol';
import { PlayedModel } from '../chat/chat-fixture.ts';
import { connectBridge, limitsWith, until } from '../limits/test-limits.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../test-relay.ts';
import { TestDevice } from './test-device.ts';

async function startRealtime(t: TestContext, options: TestRelayOptions = {}) {
  const model = new PlayedModel();
  const relay = await startTestRelay(t, { chatModel: model, config: { limits: limitsWith({}) }, ...options });
  const userId = relay.context.issuer!.user.id; // the relay has its own issuer
  const connect = async (path: string, token = relay.token): Promise<TestDevice> => {
    const device = await TestDevice.connect(relay.url + path, token);
    t.after(() => device.socket.terminate());
    await device.until('ready');
    return device;
  };
  const conversation = async (): Promise<string> => {
    const made = await relay.call('/api/chat/conversations', {
      method: 'POST',
      body: { model: 'm', autoTitle: false },
    });
    return conversationResponse.parse(await made.json()).conversation.id;
  };
  return { relay, model, status: `/ws/status/${userId}`, connect, conversation };
}

/** Asks without listening to the answer. */
async function ask({ call }: TestRelay, conversationId: string, content: string): Promise<void> {
  const path = `/api/chat/conversations/${conversationId}/messages`;
  const response = await call(path, { method: 'POST', body: { content } });
  assert.equal(response.status, 200);
  await response.body?.cancel();
}

async function keyWith({ call }: TestRelay, scopes: Scope[], bridges?: string[]) {
  const made = await call('/api/keys', { method: 'POST', body: { name: 'k', scopes, bridges } });
  return createKeyResponse.parse(await made.json());
}

function eventsOf({ told }: TestDevice): ChatEvent[] {
  return told.flatMap((message) => (message.type === 'chat_event' ? [message.payload.event] : []));
}

/** How an upgrade request was refused. */
async function refusal(relay: TestRelay, path: string, headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(relay.url.replace('http', 'ws') + path, { headers });
  socket.on('unexpected-response', (_request, response) => {
    resolve(response.statusCode ?? 0);
    response.resume();
  });
  socket.on('open', () => reject(new Error(`${path} was opened`))).on('error', () => {});
  const status = await promise;
  socket.terminate();
  return status;
}

describe('/ws/chat and /ws/status', () => {
  it('tells every device of a conversation its messages and its answer as it comes', async (t) => {
    const { relay, model, connect, conversation } = await startRealtime(t);
    const id = await conversation();
    const devices = [await connect(`/ws/chat/${id}`), await connect(`/ws/chat/${id}`)];
    await ask(relay, id, 'Why?');
    const asked = await model.next();
    for (const device of devices) {
      const question = await device.until('message');
      assert.deepEqual([question.payload.message.role, question.payload.message.content], ['user', 'Why?']);
      const { payload } = await device.until('message', ({ payload: { message } }) => message.role === 'assistant');
      assert.equal(payload.message.status, 'loading');
      await device.until('chat_event');
    }
    const words = ['Because', ' it', ' is', '.'];
    for (const word of words) asked.sink.text(word);
    const late = await connect(`/ws/chat/${id}`);
    const { event } = (await late.until('chat_event')).payload;
    assert.ok(event.type === 'replace');
    assert.equal(event.content, 'Because it is.');
    asked.finish();
    for (const device of [...devices, late]) {
      const { payload } = await device.until('message', ({ payload: { message } }) => message.status === 'complete');
      assert.equal(payload.message.content, 'Because it is.');
    }
    for (const device of devices) {
      const events = eventsOf(device);
      assert.equal(events[0]?.type, 'start');
      assert.equal(events.at(-1)?.type, 'complete');
      assert.deepEqual(
        events.flatMap((each) => (each.type === 'chunk' ? [each.content] : [])),
        words,
      );
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_event, index) => index + 1),
      );
    }
    assert.equal(eventsOf(late).at(-1)?.type, 'complete');
  });

  it('tells of changed settings those alone who may read them', async (t) => {
    const { relay, status, connect, conversation } = await startRealtime(t);
    const device = await connect(status);
    const { secret } = await keyWith(relay, ['chat', 'bridges:read', 'inference', 'proxies']);
    const program = await connect(status, secret);
    const body = { theme: 'dark', textSize: 'large' };
    assert.equal((await relay.call('/api/settings', { method: 'PATCH', body })).status, 200);
    const { payload } = await device.until('settings');
    assert.deepEqual(payload.settings, { ...DEFAULT_SETTINGS, theme: 'dark', textSize: 'large' });
    await conversation();
    await program.until('conversation');
    assert.ok(program.told.every(({ type }) => type !== 'settings'));
  });

  it('tells of conversations that are made, renamed and deleted, and nothing of other people', async (t) => {
    const { relay, status, connect, conversation } = await startRealtime(t);
    const other = await connect('/ws/status/somebody', await relay.tokenFor('somebody'));
    const device = await connect(status);
    const id = await conversation();
    const chat = await connect(`/ws/chat/${id}`);
    const path = `/api/chat/conversations/${id}`;
    assert.equal((await device.until('conversation')).payload.conversation.id, id);
    await relay.call(path, { method: 'PATCH', body: { title: 'Weather' } });
    for (const each of [device, chat]) {
      await each.until('conversation', ({ payload }) => payload.conversation.title === 'Weather');
    }
    await relay.call(path, { method: 'DELETE' });
    for (const each of [device, chat]) {
      const { payload } = await each.until('conversation_deleted');
      assert.equal(payload.conversationId, id);
      assert.ok(Date.parse(payload.undoUntil ?? '') > Date.now());
    }
    assert.deepEqual(
      other.told.map(({ type }) => type),
      ['ready'],
    );
  });

  it('tells of bridges that come, go, and are removed', async (t) => {
    const { relay, status, connect } = await startRealtime(t);
    const device = await connect(status);
    const { bridge, bridgeId } = await connectBridge(t, relay, () => ({}));
    await device.until('bridge', ({ payload }) => payload.bridge.status === 'connected');
    await device.until('bridge', ({ payload }) => payload.bridge.client.models.includes('m'));
    bridge.socket?.terminate();
    await device.until('bridge', ({ payload }) => payload.bridge.status === 'disconnected');
    await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' });
    assert.equal((await device.until('bridge_removed')).payload.bridgeId, bridgeId);
  });

  it('tells of messages in the queue of a bridge', async (t) => {
    const { relay, status, connect } = await startRealtime(t);
    const device = await connect(status);
    const body = { clientId: 'c', platform: 'linux', version: '1', capabilities: ['streaming'] };
    const made = await relay.call('/api/bridge/register', { method: 'POST', body });
    const { bridgeId } = registerBridgeResponse.parse(await made.json());
    const payload = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
    const path = `/api/bridge/${bridgeId}/message`;
    assert.equal((await relay.call(path, { method: 'POST', body: { type: 'chat', payload } })).status, 200);
    const { message } = (await device.until('bridge_message')).payload;
    assert.deepEqual([message.bridgeId, message.status, message.position], [bridgeId, 'queued', 1]);
    await relay.call(`${path}/${message.messageId}`, { method: 'DELETE' });
    await device.until('bridge_message', ({ payload: told }) => told.message.status === 'cancelled');
  });

  it('tells the rest to a device that was away', async (t) => {
    const { relay, status, connect, conversation } = await startRealtime(t);
    const device = await connect(status);
    await conversation();
    const { id } = await device.until('conversation');
    device.socket.terminate();
    await until(() => relay.context.realtime.size === 0);
    const made = [await conversation(), await conversation()];
    const again = await connect(`${status}?after=${id}`);
    assert.ok(again.told[0]?.type === 'ready' && !again.told[0].payload.missed);
    const told = [await again.until('conversation'), await again.until('conversation')];
    assert.deepEqual(
      told.map(({ payload }) => payload.conversation.id),
      made,
    );
  });

  it('takes the token as a subprotocol and echoes none of it', async (t) => {
    const { relay, status } = await startRealtime(t);
    const device = await TestDevice.connect(relay.url + status, '', ['c2l.v1', `bearer.${relay.token}`]);
    assert.equal(device.socket.protocol, 'c2l.v1');
    device.socket.terminate();
  });

  it("opens nothing for strangers, nor what is another's or nobody's", async (t) => {
    const { relay, status, conversation } = await startRealtime(t);
    const id = await conversation();
    const other = await relay.tokenFor('auth0|somebody');
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const { secret: inference } = await keyWith(relay, ['inference']);
    for (const [path, headers, expected] of [
      [status, {}, 401],
      [status, bearer('garbage'), 401],
      [`${status}?token=${relay.token}`, {}, 401],
      [`${status}?access_token=${relay.token}`, {}, 401],
      [status, { 'sec-websocket-protocol': 'c2l.v1' }, 401],
      [status, { ...bearer(relay.token), origin: 'https://evil.example' }, 403],
      [`/ws/chat/${id}`, bearer(inference), 403],
      [status, bearer(other), 404],
      [`/ws/chat/${id}`, bearer(other), 404],
      ['/ws/status/', bearer(relay.token), 404],
      ['/ws/status/%', bearer(relay.token), 404],
      [`${status}/`, bearer(relay.token), 404],
      ['/ws/chat/conv-00000000-0000-0000-0000-000000000000', bearer(relay.token), 404],
      ["/ws/chat/conv-' or 1=1", bearer(relay.token), 404],
    ] as const) {
      assert.equal(await refusal(relay, encodeURI(path), headers), expected, `${path} ${JSON.stringify(headers)}`);
    }
    assert.equal(relay.context.realtime.size, 0);
    const encoded = await TestDevice.connect(`${relay.url}/ws/status/auth0%7Csomebody`, other);
    await encoded.until('ready');
    encoded.socket.terminate();
  });

  it('tells an API key what it may know: its bridges alone, and conversations only with the scope for them', async (t) => {
    const { relay, status, connect, conversation } = await startRealtime(t);
    const register = async (clientId: string): Promise<string> => {
      const body = { clientId, platform: 'linux', version: '1', capabilities: [] };
      const made = await relay.call('/api/bridge/register', { method: 'POST', body });
      return registerBridgeResponse.parse(await made.json()).bridgeId;
    };
    const [first, second] = [await register('first'), await register('second')];
    const { secret } = await keyWith(relay, ['bridges:read'], [second]);
    const device = await connect(status, secret);
    await conversation();
    for (const bridgeId of [first, second]) {
      await relay.call(`/api/bridge/${bridgeId}`, { method: 'PATCH', body: { name: `renamed ${bridgeId}` } });
    }
    await device.until('bridge');
    assert.deepEqual(
      device.told.slice(1).map((told) => (told.type === 'bridge' ? told.payload.bridge.bridgeId : told.type)),
      [second],
    );
  });

  it('ends with its API key', async (t) => {
    const { relay, status, connect } = await startRealtime(t);
    const { key, secret } = await keyWith(relay, ['chat']);
    const device = await connect(status, secret);
    await relay.call(`/api/keys/${key.id}`, { method: 'DELETE' });
    assert.equal(await device.closed, REALTIME_CLOSE.unauthorized);
    assert.equal(relay.context.realtime.size, 0);
  });

  it('ends when its token was ended before its time, unless a newer one was sent', async (t) => {
    const { relay, connect } = await startRealtime(t);
    const { users, tokens, realtime } = relay.context;
    const now = Math.floor(Date.now() / 1000);
    const [old, newer] = [await relay.tokenFor('ada', { iat: now - 100 }), await relay.tokenFor('ada', { iat: now })];
    const [ended, renewed] = [await connect('/ws/status/ada', old), await connect('/ws/status/ada', old)];
    renewed.say({ type: 'authenticate', payload: { token: newer } });
    await renewed.until('ready');
    await users.endTokens('ada', now - 50);
    tokens.forget('ada');
    await realtime.look(performance.now());
    assert.equal(await ended.closed, REALTIME_CLOSE.unauthorized);
    assert.equal(realtime.size, 1);
    assert.equal(renewed.socket.readyState, renewed.socket.OPEN);
  });

  it('opens only so many sockets for one person, and more when one has closed', async (t) => {
    const { relay, status, connect } = await startRealtime(t, {
      config: { limits: limitsWith({ socketsPerUser: 2 }) },
    });
    const [first] = [await connect(status), await connect(status)];
    const headers = { authorization: `Bearer ${relay.token}` };
    assert.equal(await refusal(relay, status, headers), 429);
    await connect('/ws/status/somebody', await relay.tokenFor('somebody'));
    first.socket.terminate();
    await until(() => relay.context.limits.sockets.size === 2);
    await connect(status);
  });

  it('counts a socket as a request of its person', async (t) => {
    const { relay, status, connect } = await startRealtime(t, { config: { limits: limitsWith({ userPerHour: 1 }) } });
    await connect(status);
    assert.equal(await refusal(relay, status, { authorization: `Bearer ${relay.token}` }), 429);
  });

  it('tells its devices when the relay shuts down', async (t) => {
    const { relay, status, connect } = await startRealtime(t);
    const device = await connect(status);
    await relay.app.close();
    assert.equal(await device.closed, REALTIME_CLOSE.restarting);
  });
});
