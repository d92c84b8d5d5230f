import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { apiError, conversationResponse, createKeyResponse } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';

const CONVERSATION = { model: 'llama3.2:1b', title: 'Once' };

function post(relay: TestRelay, key: string, path = '/api/chat/conversations', body: unknown = CONVERSATION) {
  return relayPost(relay, { key, path, body });
}

function relayPost(
  { url, token }: TestRelay,
  { key, path, body, as = token }: { key: string; path: string; body: unknown; as?: string },
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
}

async function conversationCount(relay: TestRelay): Promise<number> {
  const { total } = (await (await relay.call('/api/chat/conversations')).json()) as { total: number }; // as: a list
  return total;
}

/** A route that creates nothing: each call answers with what the test says, and how often it was asked. */
async function withRoute(t: TestContext, answer: (call: number) => unknown) {
  const seen: { resourceId: string | undefined; isRetry: boolean }[] = [];
  const relay = await startTestRelay(t, {
    extend: (app) => {
      app.post(
        '/api/test',
        { config: { access: 'anybody signed in', idempotent: 'conv' } },
        async ({ resourceId, isRetry }) => {
          seen.push({ resourceId, isRetry });
          return answer(seen.length);
        },
      );
    },
  });
  return { relay, seen, again: () => post(relay, 'key', '/api/test') };
}

test('creates once, and answers a retry with the same status and body', async (t) => {
  const relay = await startTestRelay(t);
  const first = await post(relay, 'key-1');
  const second = await post(relay, 'key-1');
  assert.equal(first.status, 200);
  assert.equal(first.headers.get('idempotency-replayed'), null);
  assert.equal(second.status, 200);
  assert.equal(second.headers.get('idempotency-replayed'), 'true');
  assert.match(second.headers.get('content-type') ?? '', /^application\/json/);
  const text = await first.text();
  conversationResponse.parse(JSON.parse(text));
  assert.equal(await second.text(), text);
  assert.equal(await conversationCount(relay), 1);
  assert.equal((await post(relay, 'key-2')).headers.get('idempotency-replayed'), null);
  assert.equal(await conversationCount(relay), 2);
});

test('creates once although many retries come at the same time', async (t) => {
  const relay = await startTestRelay(t);
  const responses = await Promise.all(Array.from({ length: 10 }, () => post(relay, 'key')));
  for (const response of responses) {
    if (response.status === 200) continue;
    assert.equal(response.status, 409);
    assert.equal(response.headers.get('retry-after'), '1');
  }
  assert.equal(await conversationCount(relay), 1);
});

test("does not take one person's key for another's", async (t) => {
  const relay = await startTestRelay(t);
  await post(relay, 'key');
  const as = await relay.tokenFor('user-other');
  const other = await relayPost(relay, { key: 'key', path: '/api/chat/conversations', body: CONVERSATION, as });
  assert.equal(other.status, 200);
  assert.equal(other.headers.get('idempotency-replayed'), null);
});

test('refuses a key that was used for another request', async (t) => {
  const relay = await startTestRelay(t);
  await post(relay, 'key');
  const others: [string, unknown][] = [
    ['/api/chat/conversations', { ...CONVERSATION, title: 'Twice' }],
    ['/api/keys', { name: 'a key', scopes: ['chat'] }],
  ];
  for (const [path, body] of others) {
    const response = await post(relay, 'key', path, body);
    assert.equal(response.status, 409);
    const { error, message } = apiError.parse(await response.json());
    assert.equal(error, 'conflict');
    assert.match(message, /another request/);
    assert.equal(response.headers.get('retry-after'), null);
  }
  assert.equal(await conversationCount(relay), 1);
});

test('refuses keys that are no keys', async (t) => {
  const relay = await startTestRelay(t);
  for (const key of ['', ' ', 'two words', 'é', 'x'.repeat(201)]) {
    const response = await post(relay, key);
    assert.equal(response.status, 400, JSON.stringify(key));
    assert.match(apiError.parse(await response.json()).message, /Idempotency-Key/);
  }
  assert.equal((await post(relay, 'x'.repeat(200))).status, 200);
});

test('tells the secret of a key again, and does not store it readably', async (t) => {
  const relay = await startTestRelay(t);
  const body = { name: 'a key', scopes: ['chat'] };
  const made = createKeyResponse.parse(await (await post(relay, 'key', '/api/keys', body)).json());
  const again = await post(relay, 'key', '/api/keys', body);
  assert.equal(again.headers.get('cache-control'), 'no-store');
  assert.deepEqual(createKeyResponse.parse(await again.json()), made);
  const [row] = await relay.context.database.kysely.selectFrom('idempotency_keys').selectAll().execute();
  assert.equal(JSON.stringify(row).includes(made.secret), false);
  assert.equal(Buffer.from(row?.body ?? '', 'base64url').includes(made.secret), false);
});

test('asks again after a fault, with the same id and knowing that it is a retry', async (t) => {
  const { seen, again } = await withRoute(t, (call) => {
    if (call === 1) throw new RelayError('bridge_offline', 'Not now');
    if (call === 2) throw new RelayError('rate_limited', 'Not so fast');
    return { call };
  });
  assert.deepEqual([(await again()).status, (await again()).status], [503, 429]);
  assert.deepEqual(await (await again()).json(), { call: 3 });
  assert.deepEqual(await (await again()).json(), { call: 3 });
  assert.deepEqual(
    seen.map(({ isRetry }) => isRetry),
    [false, true, true],
  );
  assert.match(seen[0]?.resourceId ?? '', /^conv-/);
  assert.equal(new Set(seen.map(({ resourceId }) => resourceId)).size, 1);
});

test('answers a refusal again as it was', async (t) => {
  const { seen, again } = await withRoute(t, () => {
    throw new RelayError('not_found', 'There is no such thing.');
  });
  const first = await again();
  const second = await again();
  assert.deepEqual([first.status, second.status], [404, 404]);
  assert.equal(await second.text(), await first.text());
  assert.equal(seen.length, 1);
});

test('asks again for an answer that is too long to be kept', async (t) => {
  const { seen, again } = await withRoute(t, (call) => ({ call, text: 'x'.repeat(1024 * 1024) }));
  await (await again()).text();
  const second = (await (await again()).json()) as { call: number }; // as: what the route answers
  assert.equal(second.call, 2);
  assert.equal(seen[1]?.isRetry, true);
});

test('answers 409 while the first request runs, and its answer afterwards', async (t) => {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { seen, again } = await withRoute(t, async (call) => {
    begun.resolve();
    await held.promise;
    return { call };
  });
  const first = again();
  await begun.promise;
  const meanwhile = await again();
  assert.equal(meanwhile.status, 409);
  assert.equal(meanwhile.headers.get('retry-after'), '1');
  held.resolve();
  assert.deepEqual(await (await first).json(), { call: 1 });
  const afterwards = await again();
  assert.equal(afterwards.headers.get('idempotency-replayed'), 'true');
  assert.deepEqual(await afterwards.json(), { call: 1 });
  assert.equal(seen.length, 1);
});

test('finds what a relay had created that was killed before it kept its answer', async (t) => {
  const relay = await startTestRelay(t);
  const first = await post(relay, 'key');
  const body = { name: 'a key', scopes: ['chat'] };
  const lost = createKeyResponse.parse(await (await post(relay, 'key-of-key', '/api/keys', body)).json());
  await relay.context.database.kysely.updateTable('idempotency_keys').set({ status: null, body: null }).execute();
  const second = await post(relay, 'key');
  assert.equal(second.headers.get('idempotency-replayed'), null);
  assert.deepEqual(await second.json(), await first.json());
  assert.equal(await conversationCount(relay), 1);

  const made = createKeyResponse.parse(await (await post(relay, 'key-of-key', '/api/keys', body)).json());
  assert.equal(made.key.id, lost.key.id);
  const { keys } = (await (await relay.call('/api/keys')).json()) as { keys: unknown[] }; // as: a list
  assert.equal(keys.length, 1);
  assert.equal((await relay.call('/api/me', { token: lost.secret })).status, 401);
  assert.equal((await relay.call('/api/me', { token: made.secret })).status, 200);
});

test('frees the key of a client that went away before its request was handled', async (t) => {
  const relay = await startTestRelay(t);
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    const gone = fetch(`${relay.url}/api/chat/conversations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: JSON.stringify(CONVERSATION),
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), i % 5);
    await gone.catch(() => {});
  }
  // A request that is still being handled answers soon.
  let response = await post(relay, 'k');
  while (response.status === 409) response = await post(relay, 'k');
  assert.equal(response.status, 200);
  assert.equal(await conversationCount(relay), 1);
});

test('counts a replayed answer against the limit of its user', async (t) => {
  const relay = await startTestRelay(t);
  const left = async (): Promise<number> => Number((await post(relay, 'key')).headers.get('x-ratelimit-remaining'));
  const before = await left();
  assert.equal(await left(), before - 1);
});
