import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { PlayedModel } from '../chat/chat-fixture.ts';
import { startTestRelay } from '../test-relay.ts';
import { connectBridge, countOf, limitsWith } from './test-limits.ts';

const ORIGIN = 'https://app.example';
const EXPOSED =
  'X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Idempotency-Replayed';

const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
});
/** The headers of an answer that are about CORS. */
function corsHeaders({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}

test('is off unless origins are configured', async (t) => {
  const relay = await startTestRelay(t);
  const answers = [
    await fetch(`${relay.url}/api/health`, { headers: { origin: ORIGIN } }),
    await fetch(`${relay.url}/api/bridge`, preflight(ORIGIN)),
  ];
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [200, 405],
  );
  for (const answer of answers) assert.deepEqual(corsHeaders(answer), {});
});

test('a preflight of a configured origin needs no token and counts against nothing', async (t) => {
  const config = { corsOrigins: [ORIGIN], limits: limitsWith({ addressPerHour: 1 }) };
  const relay = await startTestRelay(t, { config });
  for (const path of ['/api/bridge', '/api/nothing']) {
    const answer = await fetch(relay.url + path, preflight(ORIGIN));
    assert.equal(answer.status, 204);
    assert.equal(countOf(answer), undefined);
    assert.equal(answer.headers.get('vary'), 'Origin');
    assert.deepEqual(corsHeaders(answer), {
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key, x-bridge-id, last-event-id',
      'access-control-expose-headers': EXPOSED,
      'access-control-max-age': '7200',
    });
  }
});

test('pages of any origin reach engines, with whatever headers their client sends and no credentials', async (t) => {
  const config = { corsOrigins: [ORIGIN], limits: limitsWith({ addressPerHour: 1 }) };
  const relay = await startTestRelay(t, { config });
  const wanted = 'x-api-key,anthropic-version,x-stainless-lang,authorization';
  const paths = ['/v1/chat/completions', '/v1', '/ollama/api/chat', '/ollama', '/proxy/proxy-1/v1/models'];
  for (const path of paths) {
    const answer = await fetch(relay.url + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://any.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': wanted,
      },
    });
    assert.equal(answer.status, 204, path);
    assert.equal(answer.headers.get('vary'), 'Origin, Access-Control-Request-Headers');
    assert.deepEqual(corsHeaders(answer), {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': wanted,
      'access-control-expose-headers': EXPOSED,
      'access-control-max-age': '7200',
    });
  }
  const refused = await fetch(`${relay.url}/v1/models`, { headers: { origin: 'https://any.example' } });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('access-control-allow-origin'), '*');
  const own = await fetch(`${relay.url}/api/bridge`, preflight('https://any.example'));
  assert.deepEqual(corsHeaders(own), {});
});

test('pages reach engines no more when their origins are switched off', async (t) => {
  const relay = await startTestRelay(t, { config: { gatewayCorsOrigins: [] } });
  for (const path of ['/v1/chat/completions', '/ollama/api/chat']) {
    const answer = await fetch(relay.url + path, preflight(ORIGIN));
    assert.equal(answer.status, 401, path);
    assert.deepEqual(corsHeaders(answer), {});
  }
});

test('another origin, and OPTIONS that is no preflight, are answered as if there were no CORS', async (t) => {
  const relay = await startTestRelay(t, { config: { corsOrigins: [ORIGIN] } });
  const foreign = await fetch(`${relay.url}/api/bridge`, preflight('https://evil.example'));
  assert.equal(foreign.status, 405);
  assert.match(foreign.headers.get('allow') ?? '', /GET/);
  assert.deepEqual(corsHeaders(foreign), {});
  assert.deepEqual(corsHeaders(await fetch(`${relay.url}/api/health`, { headers: { origin: 'null' } })), {});
  const plain = await fetch(`${relay.url}/api/bridge`, { method: 'OPTIONS', headers: { origin: ORIGIN } });
  assert.equal(plain.status, 405);
  const nowhere = await fetch(`${relay.url}/api/nothing`, { method: 'OPTIONS' });
  assert.equal(nowhere.status, 404);
});

test('answers of all kinds say that the origin may read them', async (t) => {
  const model = new PlayedModel();
  const relay = await startTestRelay(t, {
    chatModel: model,
    config: { corsOrigins: [ORIGIN], gatewayCorsOrigins: [ORIGIN] },
  });
  await connectBridge(t, relay, (_request, exchange) => {
    exchange.head(200, ['access-control-allow-origin', '*', 'vary', 'x']);
    exchange.end();
    return {};
  });
  const body = { model: 'm' };
  const created = await relay.call('/api/chat/conversations', { method: 'POST', body });
  const { conversation } = (await created.json()) as { conversation: { id: string } }; // as: specified
  const headers = { origin: ORIGIN, authorization: `Bearer ${relay.token}`, 'content-type': 'application/json' };
  const answers: [string, RequestInit, number][] = [
    ['/api/me', { headers }, 200],
    ['/api/me', { headers: { origin: ORIGIN } }, 401],
    ['/ollama/api/tags', { headers }, 200],
    ['/api/nothing', { headers }, 404],
    [
      `/api/chat/conversations/${conversation.id}/messages`,
      { method: 'POST', headers, body: JSON.stringify({ content: 'hello' }) },
      200,
    ],
  ];
  for (const [path, options, status] of answers) {
    const answer = await fetch(relay.url + path, options);
    assert.equal(answer.status, status, path);
    const expected = { 'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': EXPOSED };
    assert.deepEqual(corsHeaders(answer), expected, path);
    assert.match(answer.headers.get('vary') ?? '', /^Origin$/i);
    if (path.endsWith('messages')) (await model.next()).finish();
    await answer.arrayBuffer();
  }
});

test('* lets every origin read, and none with credentials', async (t) => {
  const relay = await startTestRelay(t, { config: { corsOrigins: ['*'] } });
  const answer = await fetch(`${relay.url}/api/health`, { headers: { origin: 'https://any.example' } });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
});

test('pages of a configured origin may open a WebSocket, others may not', async (t) => {
  const relay = await startTestRelay(t, { config: { corsOrigins: [ORIGIN] } });
  const { socketUrl, sessionToken } = await connectBridge(t, relay, () => ({}));
  const open = (origin: string) => new WebSocket(socketUrl, ['c2l.v1', `bearer.${sessionToken}`], { origin });
  const allowed = open(ORIGIN);
  t.after(() => allowed.terminate());
  await once(allowed, 'open');
  const [error] = (await once(open('https://evil.example'), 'error')) as [Error]; // as: ws says so
  assert.match(error.message, /403/);
});
