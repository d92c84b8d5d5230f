import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  bridgeMessage,
  bridgeMessageCancelled,
  bridgeMessageList,
  bridgeMessageQueued,
  chatEvent,
  type ChatEvent,
  newId,
} from '@cloudtolocalllm/protocol';
import { AnsweringBridge } from '../fuzz/answering-bridge.ts';
import { makeKey } from '../keys/test-keys.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../test-relay.ts';

const BODY = { type: 'chat', payload: { model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true } };

interface Registered {
  bridgeId: string;
  sessionToken: string;
}

async function register(relay: TestRelay, clientId = 'client', token = relay.token): Promise<Registered> {
  const body = { clientId, platform: 'linux', version: '1', capabilities: ['streaming'] };
  const response = await relay.call('/api/bridge/register', { method: 'POST', body, token });
  return (await response.json()) as Registered; // as: its own tests check it
}

async function start(t: TestContext, options?: TestRelayOptions) {
  const relay = await startTestRelay(t, options);
  const registered = await register(relay);
  const path = `/api/bridge/${registered.bridgeId}/message`;
  const queue = async (body: object = BODY) => {
    const response = await relay.call(path, { method: 'POST', body });
    assert.equal(response.status, 200, await response.clone().text());
    return bridgeMessageQueued.parse(await response.json());
  };
  return { relay, registered, path, queue };
}

/** A bridge whose chat the test plays, connected. */
async function connected(t: TestContext, relay: TestRelay, { bridgeId, sessionToken }: Registered) {
  const bridge = new AnsweringBridge('m', '');
  const asked = Promise.withResolvers<{ id: string; payload: object }>();
  bridge.heard = (text) => {
    const envelope = JSON.parse(text) as { type: string; id: string; payload: object }; // as: the relay's own
    if (envelope.type === 'chat_request') asked.resolve(envelope);
  };
  await bridge.start(`${relay.url.replace('http', 'ws')}/ws/bridge/${bridgeId}`, sessionToken);
  t.after(() => bridge.cut());
  return { bridge, asked: asked.promise };
}

async function* lines(response: Response): AsyncGenerator<ChatEvent> {
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/x-ndjson/);
  let rest = '';
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield chatEvent.parse(JSON.parse(part));
  }
}

async function until(events: AsyncGenerator<ChatEvent>, type: ChatEvent['type']): Promise<ChatEvent[]> {
  const seen: ChatEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) return seen;
    seen.push(value);
    if (value.type === type) return seen;
  }
}

test('keeps messages for a bridge that is away, with their place, and gives them back', async (t) => {
  const { relay, registered, path, queue } = await start(t);
  const first = await queue();
  const second = await queue({ ...BODY, expiresIn: 60 });
  assert.deepEqual([first.status, first.position, second.position], ['queued', 1, 2]);
  const got = bridgeMessage.parse(await (await relay.call(`${path}/${second.messageId}`)).json());
  assert.deepEqual([got.bridgeId, got.status, got.position, got.result], [registered.bridgeId, 'queued', 2, undefined]);
  assert.equal(Date.parse(got.expires) - Date.parse(got.created), 60_000);
  const cancelled = await relay.call(`${path}/${first.messageId}`, { method: 'DELETE' });
  assert.equal(bridgeMessageCancelled.parse(await cancelled.json()).message.status, 'cancelled');
  const { messages } = bridgeMessageList.parse(await (await relay.call(path)).json());
  assert.deepEqual(
    messages.map(({ messageId, status, position }) => [messageId, status, position]),
    [
      [second.messageId, 'queued', 1],
      [first.messageId, 'cancelled', undefined],
    ],
  );
  const again = await relay.call(`${path}/${first.messageId}`, { method: 'DELETE' });
  assert.equal(bridgeMessageCancelled.parse(await again.json()).message.status, 'cancelled');
});

test('tells its events as they come, from any number on, and as one piece afterwards', async (t) => {
  const { relay, registered, path, queue } = await start(t);
  const options = { temperature: 0.5 };
  const { messageId } = await queue({ ...BODY, payload: { ...BODY.payload, options } });
  const follow = async (after = 0) => lines(await relay.call(`${path}/${messageId}/events?after=${after}`));
  const early = await follow();
  assert.deepEqual(await until(early, 'status'), [
    { type: 'start', messageId, seq: 1 },
    { type: 'status', status: 'queued', seq: 2 },
  ]);
  const { bridge, asked } = await connected(t, relay, registered);
  assert.deepEqual((await asked).payload, { ...BODY.payload, options, queued: true });
  const say = (type: string, payload: object = {}): void =>
    bridge.say({ type, payload: { requestId: messageId, ...payload } });
  say('chat_accepted');
  say('chat_chunk', { content: '', thinking: 'Hm.' });
  say('chat_chunk', { content: 'One' });
  assert.deepEqual(await until(early, 'chunk'), [
    { type: 'status', status: 'loading', seq: 3 },
    { type: 'thinking', content: 'Hm.', seq: 4 },
    { type: 'chunk', content: 'One', seq: 5 },
  ]);
  const late = await follow(4);
  assert.deepEqual(await until(late, 'chunk'), [{ type: 'chunk', content: 'One', seq: 5 }]);
  const unknown = await follow(77);
  const replace = { type: 'replace', messageId, content: 'One', thinking: 'Hm.', seq: 5 };
  assert.deepEqual(await until(unknown, 'replace'), [replace]);

  say('chat_accepted');
  say('chat_chunk', { content: 'Two' });
  say('chat_chunk', { content: '.' });
  say('chat_complete', { totalTokens: 9 });
  for (const events of [early, late, unknown]) {
    const rest = await until(events, 'complete');
    assert.deepEqual(
      rest.map((event) => [event.type, 'content' in event ? event.content : undefined]),
      [
        ['replace', 'Two'],
        ['chunk', '.'],
        ['complete', undefined],
      ],
    );
    const last = rest.at(-1);
    assert.ok(last?.type === 'complete' && last.totalTokens === 9 && last.status === 'complete');
    assert.ok((await events.next()).done);
  }
  const stored = await until(await follow(), 'complete');
  assert.deepEqual(
    stored.map((event) => [event.type, 'content' in event ? event.content : undefined]),
    [
      ['start', undefined],
      ['chunk', 'Two.'],
      ['complete', undefined],
    ],
  );
  const seq = stored.at(-1)?.seq ?? 0;
  assert.deepEqual(await until(await follow(seq), 'complete'), []);
  assert.deepEqual(
    (await until(await follow(seq - 1), 'complete')).map(({ type }) => type),
    ['complete'],
  );
  assert.deepEqual(
    (await until(await follow(4), 'complete')).map(({ type }) => type),
    ['replace', 'complete'],
  );
  const { result, status } = bridgeMessage.parse(await (await relay.call(`${path}/${messageId}`)).json());
  assert.deepEqual([status, result], ['complete', { content: 'Two.', model: 'm', totalTokens: 9 }]);
});

test('listeners hear that it was cancelled, also when it never began', async (t) => {
  const { relay, path, queue } = await start(t);
  const { messageId } = await queue();
  const events = lines(await relay.call(`${path}/${messageId}/events`));
  await until(events, 'status');
  await relay.call(`${path}/${messageId}`, { method: 'DELETE' });
  assert.deepEqual(await until(events, 'complete'), [
    { type: 'complete', messageId, totalTokens: 0, status: 'stopped', seq: 3 },
  ]);
});

test('is for the owner of the bridge alone', async (t) => {
  const { relay, registered, path, queue } = await start(t);
  const { messageId } = await queue();
  const token = await relay.tokenFor('user-other');
  const other = await register(relay, 'client', token);
  const requests: [method: string, path: string][] = [
    ['POST', path],
    ['GET', path],
    ['GET', `${path}/${messageId}`],
    ['GET', `${path}/${messageId}/events`],
    ['DELETE', `${path}/${messageId}`],
    ['GET', `/api/bridge/${other.bridgeId}/message/${messageId}`],
    ['DELETE', `/api/bridge/${other.bridgeId}/message/${messageId}`],
    ['GET', `/api/bridge/${other.bridgeId}/message/${newId('msg')}/events`],
  ];
  for (const [method, at] of requests) {
    const response = await relay.call(at, { method, token, ...(method === 'POST' && { body: BODY }) });
    assert.equal(response.status, 404, `${method} ${at}`);
  }
  // Their asking has not come between the bridge and its messages.
  const { asked } = await connected(t, relay, registered);
  assert.equal((await asked).id, messageId);
});

test('holds keys to their bridges and models', async (t) => {
  const { relay, path, queue } = await start(t);
  const { messageId } = await queue();
  const elsewhere = await register(relay, 'other');
  const { secret: ofOther } = await makeKey(relay, { scopes: ['inference'], bridges: [elsewhere.bridgeId] });
  for (const [method, at] of [
    ['POST', path],
    ['GET', path],
    ['GET', `${path}/${messageId}`],
    ['GET', `${path}/${messageId}/events`],
    ['DELETE', `${path}/${messageId}`],
  ] as const) {
    const response = await relay.call(at, { method, token: ofOther, ...(method === 'POST' && { body: BODY }) });
    assert.equal(response.status, 404, `${method} ${at}`);
  }
  const { secret: ofModel } = await makeKey(relay, { scopes: ['inference'], models: ['other'] });
  assert.equal((await relay.call(path, { method: 'POST', body: BODY, token: ofModel })).status, 403);
  const { secret: chatOnly } = await makeKey(relay, { scopes: ['chat'] });
  assert.equal((await relay.call(path, { method: 'POST', body: BODY, token: chatOnly })).status, 403);
});

test('says what is wrong with a message, and counts it against its bridge', async (t) => {
  const { relay, path } = await start(t);
  const wrong: object[] = [
    {},
    { ...BODY, type: 'other' },
    { ...BODY, expiresIn: 0 },
    { ...BODY, expiresIn: 8 * 86_400 },
    { ...BODY, payload: { ...BODY.payload, messages: [] } },
    { ...BODY, payload: { ...BODY.payload, options: { unknown: 1 } } },
  ];
  for (const body of wrong) {
    assert.equal((await relay.call(path, { method: 'POST', body })).status, 400, JSON.stringify(body));
  }
  const response = await relay.call(path, { method: 'POST', body: BODY });
  const { limits } = relay.context.config;
  assert.equal(response.headers.get('x-ratelimit-limit'), String(limits.bridgePerHour));
});

test('a retry with the same Idempotency-Key gets the same message', async (t) => {
  const { relay, path } = await start(t);
  const send = () =>
    fetch(`${relay.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${relay.token}`,
        'content-type': 'application/json',
        'idempotency-key': 'one',
      },
      body: JSON.stringify(BODY),
    });
  const first = bridgeMessageQueued.parse(await (await send()).json());
  const second = bridgeMessageQueued.parse(await (await send()).json());
  assert.equal(second.messageId, first.messageId);
  const { messages } = bridgeMessageList.parse(await (await relay.call(path)).json());
  assert.equal(messages.length, 1);
});
