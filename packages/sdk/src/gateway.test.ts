import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClient } from './client.ts';
import { answerJson, readBody, startTestServer } from './test-server.ts';

describe('gateway.fetch', () => {
  it("sends the client's token in place of any other, and another one after 401", async () => {
    const seen: unknown[] = [];
    await using server = await startTestServer(async (request, response) => {
      const { authorization, 'x-api-key': apiKey } = request.headers;
      seen.push([request.method, request.url, authorization, apiKey, await readBody(request)]);
      answerJson(response, { ok: authorization === 'Bearer new' }, authorization === 'Bearer new' ? 200 : 401);
    });
    const client = createClient({ baseUrl: server.url, token: (refused) => (refused === undefined ? 'old' : 'new') });
    const response = await client.gateway.fetch(`${client.gateway.openAIBaseUrl}/chat/completions?stream=1`, {
      method: 'POST',
      headers: { 'x-api-key': 'of a package', authorization: 'Bearer of-a-package' },
      body: '{"model":"tiny"}',
    });
    assert.deepEqual(await response.json(), { ok: true });
    const sent = (token: string): unknown[] => [
      'POST',
      '/v1/chat/completions?stream=1',
      `Bearer ${token}`,
      undefined,
      '{"model":"tiny"}',
    ];
    assert.deepEqual(seen, [sent('old'), sent('new')]);
  });

  it('passes on what an engine answers, errors too', async () => {
    await using server = await startTestServer((_, response) => answerJson(response, { error: 'no such model' }, 404));
    const client = createClient({ baseUrl: `${server.url}/`, token: 'token' });
    const response = await client.gateway.fetch('/ollama/api/show');
    assert.deepEqual([response.status, await response.json()], [404, { error: 'no such model' }]);
  });

  it('sends the token to nobody else', async () => {
    const client = createClient({
      baseUrl: 'https://relay.example/home',
      token: () => assert.fail('asked for a token'),
      fetch: () => assert.fail('sent something'),
    });
    for (const address of [
      'https://other.example/v1/models',
      'http://relay.example/home/v1/models',
      'https://relay.example/elsewhere',
      'https://relay.example/home/../elsewhere',
      '/../elsewhere',
    ]) {
      await assert.rejects(client.gateway.fetch(address), /Cannot send the token to/);
    }
  });
});
