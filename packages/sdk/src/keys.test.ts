import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import { answerJson, readBody, startTestServer } from './test-server.ts';

const KEY = {
  id: 'key-1',
  name: 'Editor',
  hint: 'c2l_Zm9v',
  scopes: ['chat'],
  created: 'then',
  expires: null,
  lastUsed: null,
};

/** A server that answers with what it is told to, and a client that says what it sent. */
async function start(answers: Record<string, unknown>, status = 200) {
  const seen: { what: string; body: unknown; authorization: string | undefined }[] = [];
  const server = await startTestServer(async (request, response) => {
    const body = await readBody(request);
    const what = `${request.method} ${request.url}`;
    const { authorization } = request.headers;
    seen.push({ what, body: body === '' ? undefined : JSON.parse(body), authorization });
    answerJson(response, answers[what] ?? {}, status);
  });
  const client = createClient({ baseUrl: server.url, token: () => 'token' });
  return { seen, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('keys, audit log and bridges', () => {
  it('makes a key and hands over its secret', async () => {
    await using relay = await start({ 'POST /api/keys': { success: true, key: KEY, secret: 'c2l_secret' } });
    const made = await relay.client.keys.create({ name: 'Editor', scopes: ['chat'], models: ['m'] });
    assert.deepEqual(made, { key: KEY, secret: 'c2l_secret' });
    assert.deepEqual(relay.seen, [
      {
        what: 'POST /api/keys',
        body: { name: 'Editor', scopes: ['chat'], models: ['m'] },
        authorization: 'Bearer token',
      },
    ]);
  });

  it('lists and revokes keys', async () => {
    await using relay = await start({ 'GET /api/keys': { keys: [KEY] } });
    assert.deepEqual(await relay.client.keys.list(), [KEY]);
    assert.equal(await relay.client.keys.revoke('key-1/../x'), undefined);
    assert.equal(relay.seen[1]?.what, 'DELETE /api/keys/key-1%2F..%2Fx');
  });

  it('pages through the audit log', async () => {
    const list = { events: [], total: 0, hasMore: false };
    await using relay = await start({ 'GET /api/audit': list, 'GET /api/audit?limit=10&offset=20': list });
    assert.deepEqual(await relay.client.audit.list(), list);
    assert.deepEqual(await relay.client.audit.list({ limit: 10, offset: 20 }), list);
  });

  it('removes a bridge, and says why when it cannot', async () => {
    await using relay = await start({});
    await relay.client.bridges.remove('bridge-1');
    assert.equal(relay.seen[0]?.what, 'DELETE /api/bridge/bridge-1');
    const refusal = { error: 'not_found', message: 'You have no bridge "bridge-1"', code: 404 };
    await using other = await start({ 'DELETE /api/bridge/bridge-1': refusal }, 404);
    await assert.rejects(
      other.client.bridges.remove('bridge-1'),
      (error: unknown) => error instanceof ApiError && error.code === 'not_found',
    );
  });
});
