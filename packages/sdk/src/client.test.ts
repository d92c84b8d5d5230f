import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import { answerJson, startTestServer } from './test-server.ts';

describe('client', () => {
  it("turns the relay's error format into an ApiError", async () => {
    await using server = await startTestServer((_, response) => {
      response.setHeader('retry-after', '700');
      answerJson(
        response,
        { error: 'rate_limited', message: 'Slow down', code: 429, details: { limit: '1000' }, requestId: 'req-1' },
        429,
      );
    });
    const client = createClient({ baseUrl: `${server.url}/`, token: () => 'token' });
    await assert.rejects(client.account.me(), (error: unknown) => {
      assert.ok(error instanceof ApiError);
      const { status, code, message, details, requestId, retryAfter } = error;
      assert.deepEqual(
        { status, code, message, details, requestId, retryAfter },
        {
          status: 429,
          code: 'rate_limited',
          message: 'Slow down',
          details: { limit: '1000' },
          requestId: 'req-1',
          retryAfter: 700,
        },
      );
      return error.shouldRetry();
    });
  });

  it('makes sense of an error page of something on the way', async () => {
    await using server = await startTestServer((_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    await assert.rejects(
      client.bridges.list(),
      (error: unknown) =>
        error instanceof ApiError &&
        error.status === 502 &&
        error.code === 'unexpected_response' &&
        error.shouldRetry(),
    );
  });

  it('calls a relay that is away a network error', async () => {
    const server = await startTestServer(() => {});
    await server[Symbol.asyncDispose]();
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    await assert.rejects(
      client.health.get(),
      (error: unknown) => error instanceof ApiError && error.code === 'network_error',
    );
  });

  it('asks once for another token when the relay refuses one', async () => {
    const used: (string | undefined)[] = [];
    await using server = await startTestServer((request, response) => {
      used.push(request.headers.authorization);
      if (request.headers.authorization === 'Bearer new') answerJson(response, { userId: 'u', scopes: [] });
      else answerJson(response, { error: 'unauthorized', message: 'no', code: 401 }, 401);
    });
    const renewing = createClient({ baseUrl: server.url, token: (refused) => (refused === undefined ? 'old' : 'new') });
    assert.deepEqual(await renewing.account.me(), { userId: 'u', scopes: [] });
    assert.deepEqual(used, ['Bearer old', 'Bearer new']);
    const fixed = createClient({ baseUrl: server.url, token: () => 'old' });
    await assert.rejects(fixed.account.me(), (error: unknown) => error instanceof ApiError && error.status === 401);
    assert.equal(used.length, 3);
  });

  it('sends no token with the public calls', async () => {
    await using server = await startTestServer((request, response) =>
      answerJson(response, { seen: request.headers.authorization ?? null }),
    );
    const client = createClient({ baseUrl: server.url, token: () => assert.fail('asked for a token') });
    assert.deepEqual(await client.account.authConfig(), { seen: null });
  });

  it('escapes what it puts in a path and asks for the page that was asked for', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await startTestServer((request, response) => {
      seen.push(request.url);
      if (request.method === 'DELETE') answerJson(response, { success: true, undoUntil: '2026-01-01T00:00:30.000Z' });
      else answerJson(response, { conversations: [], total: 0, hasMore: false });
    });
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    await client.conversations.list({ limit: 20, offset: 40, sort: 'updated_desc', pinned: false });
    assert.deepEqual(await client.conversations.delete('../me'), { undoUntil: '2026-01-01T00:00:30.000Z' });
    assert.deepEqual(seen, [
      '/api/chat/conversations?limit=20&offset=40&sort=updated_desc&pinned=false',
      '/api/chat/conversations/..%2Fme',
    ]);
  });
});
