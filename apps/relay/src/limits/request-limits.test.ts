import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import type { Accept } from '../bridges/test-bridge.ts';
import { startTestRelay } from '../test-relay.ts';
import { connectBridge, countOf, limitsWith } from './test-limits.ts';

/** An engine that answers everything at once. */
const prompt: Accept = (_request, exchange) => ({
  end() {
    exchange.head(200, ['content-type', 'application/x-ndjson']);
    exchange.write(Buffer.from('{"message":{"content":"hi"},"done":true,"eval_count":1}\n'));
    exchange.end();
  },
});

test('every answer to a user says how much is left, whatever became of the request', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ userPerHour: 6 }) } });
  const narrowed = await relay.tokenFor('ada', { scope: 'chat' });
  const unknown = '/api/bridge/bridge-00000000-0000-4000-8000-000000000000/status';
  const answers = [
    await relay.call('/api/me'),
    await relay.call(unknown),
    await relay.call('/api/bridge/register', { method: 'POST', body: {} }),
    await relay.call('/ollama/api/chat', { method: 'POST', body: {} }),
    await relay.call('/api/bridge', { method: 'HEAD' }),
    await relay.call('/api/chat/conversations?limit=no'),
    await relay.call('/api/me'),
  ];
  assert.deepEqual(
    answers.map((answer) => [answer.status, countOf(answer)?.remaining]),
    [
      [200, 5],
      [404, 4],
      [400, 3],
      [503, 2],
      [200, 1],
      [400, 0],
      [429, 0],
    ],
  );
  const last = answers.at(-1)!; // there are seven
  const { error, message, requestId } = apiError.parse(await last.json());
  assert.equal(error, 'rate_limited');
  assert.match(message, /you may send 6 an hour\. It goes on in \d+ minutes, at \d\d:\d\d:\d\d UTC\.$/);
  assert.equal(requestId, last.headers.get('x-request-id'));
  const retryAfter = Number(last.headers.get('retry-after'));
  assert(retryAfter > 3500 && retryAfter <= 3600);
  const inSeconds = Number(last.headers.get('x-ratelimit-reset')) - Date.now() / 1000;
  assert(Math.abs(inSeconds - retryAfter) < 3, 'Reset is in epoch seconds');
  const other = await relay.call('/api/bridge', { token: narrowed });
  assert.deepEqual([other.status, countOf(other)?.remaining], [403, 5], 'each user has their own');
});

test('a missing or bad token counts against its address; a valid one is never refused for it', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ addressPerHour: 4, userPerHour: 50 }) } });
  const get = (path: string, token?: string) =>
    fetch(relay.url + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const answers = [
    await get('/api/me'),
    await get('/api/me', 'garbage'),
    await get('/ollama/api/tags', 'garbage'),
    await get('/api/auth/config'),
    await get('/api/me', 'garbage'),
    await get('/api/nothing'),
    await get('/v1/nothing'),
    await get('/api/auth/config'),
    await get('/api/%zz'),
  ];
  assert.deepEqual(
    answers.map((answer) => [answer.status, countOf(answer)]),
    [
      [401, { limit: 4, remaining: 3 }],
      [401, { limit: 4, remaining: 2 }],
      [401, { limit: 4, remaining: 1 }],
      [200, { limit: 4, remaining: 0 }],
      ...Array.from({ length: 5 }, () => [429, { limit: 4, remaining: 0 }]),
    ],
  );
  assert.match(apiError.parse(await answers[4]!.json()).message, /without a valid sign-in from your address/);
  const valid = await relay.call('/api/me');
  assert.deepEqual([valid.status, countOf(valid)], [200, { limit: 50, remaining: 49 }]);
});

test('health, documentation and pages count against nothing', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ addressPerHour: 1 }) } });
  for (const path of [
    '/api/health',
    '/api/health/detailed',
    '/api/docs',
    '/api/docs/openapi.json',
    '/',
    '/nothing.js',
  ]) {
    for (let round = 0; round < 3; round++) {
      const answer = await fetch(relay.url + path, { headers: { accept: 'text/html' } });
      assert.notEqual(answer.status, 429, path);
      assert.equal(countOf(answer), undefined, path);
    }
  }
});

test('what becomes an exchange counts against its bridge, also when the user has nothing left', async (t) => {
  const limits = limitsWith({ userPerHour: 3, bridgePerHour: 4 });
  const relay = await startTestRelay(t, { config: { limits } });
  await connectBridge(t, relay, prompt); // a request of the user's, and the bridge's WebSocket
  const post = (headers: Record<string, string> = {}) =>
    fetch(`${relay.url}/ollama/api/chat`, {
      method: 'POST',
      body: '{}',
      headers: { authorization: `Bearer ${relay.token}`, ...headers },
    });
  const first = await post();
  assert.deepEqual([first.status, countOf(first)], [200, { limit: 4, remaining: 2 }]);
  assert.match(first.headers.get('x-ratelimit-limit') ?? '', /^4$/, 'once');
  await first.text();
  const wrong = await post({ 'x-bridge-id': 'nonsense' });
  assert.deepEqual([wrong.status, countOf(wrong)], [400, { limit: 3, remaining: 1 }], 'no exchange: the user’s');
  const away = await post({ 'x-bridge-id': 'bridge-00000000-0000-4000-8000-000000000000' });
  assert.deepEqual([away.status, countOf(away)], [404, { limit: 3, remaining: 0 }]);
  assert.equal((await post({ 'x-bridge-id': 'nonsense' })).status, 429);
  for (const remaining of [1, 0]) {
    const answer = await post();
    assert.deepEqual([answer.status, countOf(answer)], [200, { limit: 4, remaining }]);
    await answer.text();
  }
  const usedUp = await post();
  assert.deepEqual([usedUp.status, countOf(usedUp)], [429, { limit: 4, remaining: 0 }]);
  assert.match(await usedUp.text(), /^\{"error":"[^"]* to this computer: its bridge takes 4 an hour/);
});

test('a refusal of the bridge carries its limit too', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ bridgePerHour: 9 }) } });
  await connectBridge(t, relay, (_request, exchange) => (exchange.reset('refused', ''), {}));
  const answer = await relay.call('/ollama/api/tags');
  assert.deepEqual([answer.status, countOf(answer)], [429, { limit: 9, remaining: 7 }]);
  assert.equal(answer.headers.get('retry-after'), '5');
  assert.match(answer.headers.get('x-request-id') ?? '', /^req-[\da-f-]+$/);
});

test('a question counts against the bridge that answers it; nothing is stored when that is used up', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ bridgePerHour: 2, userPerHour: 50 }) } });
  const body = { model: 'm' };
  const created = await relay.call('/api/chat/conversations', { method: 'POST', body });
  const { conversation } = (await created.json()) as { conversation: { id: string } }; // as: specified
  const path = `/api/chat/conversations/${conversation.id}/messages`;
  const ask = (stream: boolean) => relay.call(path, { method: 'POST', body: { content: 'hello', stream } });

  const offline = await ask(false);
  assert.deepEqual(
    [offline.status, countOf(offline)],
    [503, { limit: 50, remaining: 48 }],
    'nobody to answer: the user’s',
  );
  await connectBridge(t, relay, prompt);
  const answered = await ask(true);
  assert.deepEqual([answered.status, countOf(answered)], [200, { limit: 2, remaining: 0 }]);
  assert.match(await answered.text(), /"complete"/);
  const before = await (await relay.call(path)).json();
  const usedUp = await ask(true);
  assert.deepEqual([usedUp.status, countOf(usedUp)], [429, { limit: 2, remaining: 0 }]);
  assert.equal(apiError.parse(await usedUp.json()).error, 'rate_limited');
  assert.deepEqual(await (await relay.call(path)).json(), before);
  assert.equal(relay.context.limits.streams.size, 0);
});

test('a WebSocket counts against its bridge, a refused one against its address', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ bridgePerHour: 2, addressPerHour: 2 }) } });
  const { bridge, bridgeId, sessionToken, socketUrl } = await connectBridge(t, relay, prompt);
  await bridge.cut();
  await bridge.connect(socketUrl, sessionToken);
  const upgrade = async (token: string): Promise<IncomingMessage> => {
    const outgoing: ClientRequest = request(`${relay.url}/ws/bridge/${bridgeId}`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        authorization: `Bearer ${token}`,
      },
    }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // as: Node's types say any
    return response;
  };
  const usedUp = await upgrade(sessionToken);
  assert.deepEqual([usedUp.statusCode, usedUp.headers['x-ratelimit-limit']], [429, '2']);
  assert.match(String(usedUp.headers['retry-after']), /^\d+$/);
  const { error, requestId } = apiError.parse(JSON.parse(await text(usedUp)));
  assert.deepEqual([error, requestId], ['rate_limited', usedUp.headers['x-request-id']]);
  for (const [status, remaining] of [
    [401, '1'],
    [401, '0'],
    [429, '0'],
  ]) {
    const refused = await upgrade('garbage');
    refused.resume();
    assert.deepEqual([refused.statusCode, refused.headers['x-ratelimit-remaining']], [status, remaining]);
  }
});
