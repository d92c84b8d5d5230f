import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from './api-error.ts';
import { createClient, type Client } from './client.ts';
import { answerJson, collect, readBody, startTestServer } from './test-server.ts';

interface Seen {
  line: string;
  key: string | undefined;
  type: string | undefined;
  body: string;
}

/** A client of a server that answers everything with `answer`, and what it sent. */
async function recorded(call: (client: Client) => Promise<unknown>, answer: unknown = {}): Promise<Seen[]> {
  const seen: Seen[] = [];
  await using server = await startTestServer(async (request, response) => {
    const key = request.headers['idempotency-key'];
    seen.push({
      line: `${request.method} ${request.url}`,
      key: typeof key === 'string' ? key : undefined,
      type: request.headers['content-type'],
      body: await readBody(request),
    });
    answerJson(response, answer);
  });
  await call(createClient({ baseUrl: server.url, token: () => 'token' }));
  return seen;
}

const COMPLETE = '{"type":"complete","messageId":"msg-1","totalTokens":0,"seq":2}\n';

describe('the calls of the API', () => {
  const conversation = '/api/chat/conversations/conv-1';
  const bridge = '/api/bridge/bridge-1';
  const model = { model: 'llama3.2:1b' };
  const payload = { model: 'llama3.2:1b', messages: [{ role: 'user' as const, content: 'Hello' }] };
  const calls: [string, (client: Client) => Promise<unknown>, unknown?][] = [
    [`POST ${conversation}/restore`, ({ conversations }) => conversations.restore('conv-1')],
    [`GET ${conversation}/messages?branches=all`, ({ messages }) => messages.list('conv-1', { branches: 'all' })],
    [
      `GET ${conversation}/export?format=markdown`,
      ({ transfer }) => transfer.exportOne('conv-1', { format: 'markdown' }),
    ],
    ['GET /api/chat/export', ({ transfer }) => transfer.exportAll()],
    ['GET /api/chat/import/import-1', ({ transfer }) => transfer.importStatus('import-1')],
    ['GET /api/chat/search?q=the+light&limit=5', ({ search }) => search.find('the light', { limit: 5 })],
    ['GET /api/chat/attachments/file-1', ({ attachments }) => attachments.bytes('file-1')],
    ['DELETE /api/chat/attachments/file-1', ({ attachments }) => attachments.delete('file-1')],
    ['GET /api/streaming/proxy?limit=5&offset=10', ({ proxies }) => proxies.list({ limit: 5, offset: 10 })],
    ['GET /api/streaming/proxy/proxy-1/status', ({ proxies }) => proxies.status('proxy-1')],
    ['DELETE /api/streaming/proxy/proxy-1', ({ proxies }) => proxies.end('proxy-1')],
    ['GET /api/models', ({ models }) => models.merged()],
    [`GET ${bridge}/models`, ({ models }) => models.installed('bridge-1')],
    [`POST ${bridge}/models/show`, ({ models }) => models.show('bridge-1', 'llama3.2:1b'), model],
    [`POST ${bridge}/models/load`, ({ models }) => models.load('bridge-1', 'llama3.2:1b'), model],
    [`POST ${bridge}/models/unload`, ({ models }) => models.unload('bridge-1', 'llama3.2:1b'), model],
    [`POST ${bridge}/models/delete`, ({ models }) => models.delete('bridge-1', 'llama3.2:1b'), model],
    [`PATCH ${bridge}`, ({ bridges }) => bridges.rename('bridge-1', 'Study'), { name: 'Study' }],
    ['PUT /api/bridge/order', ({ bridges }) => bridges.order(['bridge-1']), { bridgeIds: ['bridge-1'] }],
    [`GET ${bridge}/message`, ({ queue }) => queue.list('bridge-1')],
    [`GET ${bridge}/message/msg-1`, ({ queue }) => queue.get('bridge-1', 'msg-1')],
    [`DELETE ${bridge}/message/msg-1`, ({ queue }) => queue.cancel('bridge-1', 'msg-1')],
  ];
  for (const [line, call, body] of calls) {
    it(line, async () => {
      const [seen] = await recorded(call);
      assert.equal(seen?.line, line);
      assert.equal(seen.body, body === undefined ? '' : JSON.stringify(body));
      assert.equal(seen.key, undefined);
    });
  }

  const creating: [string, (client: Client) => Promise<unknown>, string][] = [
    ['POST /api/chat/conversations', ({ conversations }) => conversations.create(model), JSON.stringify(model)],
    [
      `POST ${conversation}/messages`,
      ({ messages }) => messages.ask('conv-1', 'Hello', { ifOffline: 'wait', parentId: null }),
      '{"content":"Hello","ifOffline":"wait","parentId":null,"stream":false}',
    ],
    [
      `POST ${bridge}/message`,
      ({ queue }) => queue.send('bridge-1', payload, { expiresIn: 60 }),
      JSON.stringify({ type: 'chat', payload, expiresIn: 60 }),
    ],
    ['POST /api/chat/import', ({ transfer }) => transfer.import('{"conversations":[]}'), '{"conversations":[]}'],
    [
      'POST /api/chat/attachments?name=a+cat.png',
      ({ attachments }) =>
        attachments.upload({ name: 'a cat.png', type: 'image/png', content: new Blob(['not really']) }),
      'not really',
    ],
    [
      'POST /api/bridge/register',
      ({ bridges }) => bridges.register({ clientId: 'one', platform: 'linux', version: '1' }),
      '{"clientId":"one","platform":"linux","version":"1"}',
    ],
    [
      'POST /api/keys',
      ({ keys }) => keys.create({ name: 'a key', scopes: ['chat'] }),
      '{"name":"a key","scopes":["chat"]}',
    ],
  ];
  for (const [line, call, body] of creating) {
    it(`${line}, with a key of its own each time`, async () => {
      const [first, second] = await recorded(async (client) => [await call(client), await call(client)]);
      assert.equal(first?.line, line);
      assert.equal(first.body, body);
      assert.match(first.key ?? '', /^[0-9a-f-]{36}$/);
      assert.notEqual(first.key, second?.key);
    });
  }

  it('makes a proxy of its limits, and names its addresses', async () => {
    const endpoint = 'https://proxy-1.relay.example';
    const credentials = { token: 'c2p_secret', expires: '2026-01-01T00:00:00.000Z' };
    let made: unknown;
    const [seen] = await recorded(
      async ({ proxies }) => {
        made = await proxies.create('bridge-1', { name: 'For Ada', maxRequests: 5, paths: ['/v1/*'] });
      },
      { success: true, proxyId: 'proxy-1', endpoint, credentials },
    );
    assert.equal(seen?.line, 'POST /api/streaming/proxy/create');
    assert.match(seen.key ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(JSON.parse(seen.body), {
      bridgeId: 'bridge-1',
      name: 'For Ada',
      config: { maxRequests: 5, paths: ['/v1/*'] },
    });
    assert.deepEqual(made, {
      proxyId: 'proxy-1',
      endpoint,
      credentials,
      openAIBaseUrl: `${endpoint}/v1`,
      anthropicBaseUrl: endpoint,
      ollamaHost: endpoint,
    });
  });

  it('names the media type of an attachment', async () => {
    const content = new TextEncoder().encode('# Notes');
    const [seen] = await recorded(({ attachments }) =>
      attachments.upload({ name: 'notes.md', type: 'text/markdown', content }),
    );
    assert.deepEqual([seen?.type, seen?.body], ['text/markdown', '# Notes']);
  });

  it('sends again with the same key what creates something and got no answer', async () => {
    const keys: unknown[] = [];
    await using server = await startTestServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      if (keys.length === 1) return request.socket.destroy();
      if (keys.length === 2) return response.writeHead(502).end('<h1>Bad gateway</h1>');
      answerJson(response, { success: true, conversation: { id: 'conv-1' } });
    });
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    assert.equal((await client.conversations.create(model)).id, 'conv-1');
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
  });

  it('does not send again what was answered, and gives up on a relay that is away', async () => {
    let requests = 0;
    await using server = await startTestServer((request, response) => {
      requests += 1;
      if (requests > 1) return request.socket.destroy();
      answerJson(response, { error: 'bridge_offline', message: 'no', code: 503 }, 503);
    });
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    await assert.rejects(client.messages.ask('conv-1', 'Hello'), { code: 'bridge_offline' });
    assert.equal(requests, 1);
    await assert.rejects(
      client.messages.ask('conv-1', 'Hello'),
      (error: unknown) => error instanceof ApiError && error.code === 'network_error',
    );
    assert.equal(requests, 5);
  });

  it('asks for another answer and for more of one, and follows them', async () => {
    const seen: string[] = [];
    await using server = await startTestServer(async (request, response) => {
      seen.push(`${request.method} ${request.url} ${await readBody(request)}`);
      response.end(`{"type":"start","messageId":"msg-2","seq":1}\n${COMPLETE}`);
    });
    const { messages } = createClient({ baseUrl: server.url, token: () => 'token' });
    assert.equal((await collect(messages.regenerate('conv-1', 'msg-1', { model: 'other' }))).length, 2);
    assert.equal((await collect(messages.continue('conv-1', 'msg-1'))).length, 2);
    assert.deepEqual(seen, [
      `POST ${conversation}/messages/msg-1/regenerate {"model":"other","stream":true}`,
      `POST ${conversation}/messages/msg-1/continue {"stream":true}`,
    ]);
  });

  it('follows a queued message over a cut', async () => {
    const seen: (string | undefined)[] = [];
    await using server = await startTestServer((request, response) => {
      seen.push(request.url);
      response.writeHead(200);
      if (seen.length > 1) return response.end(COMPLETE);
      response.write('{"type":"start","messageId":"msg-1","seq":1}\n', () => setImmediate(() => response.destroy()));
    });
    const { queue } = createClient({ baseUrl: server.url, token: () => 'token' });
    const events = await collect(queue.events('bridge-1', 'msg-1'));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['start', 'complete'],
    );
    assert.deepEqual(seen, [`${bridge}/message/msg-1/events?after=0`, `${bridge}/message/msg-1/events?after=1`]);
  });

  it('tells the progress of a download as it comes', async () => {
    const lines = [
      { type: 'progress', status: 'pulling', completed: 1, total: 2 },
      { type: 'complete', model: 'llama3.2:1b' },
    ];
    await using server = await startTestServer((_, response) =>
      response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    );
    const { models } = createClient({ baseUrl: server.url, token: () => 'token' });
    assert.deepEqual(await collect(models.pull('bridge-1', 'llama3.2:1b')), lines);
  });

  it('tells how far an import is until it has ended', async () => {
    const states = ['running', 'complete'];
    await using server = await startTestServer((_, response) => answerJson(response, { status: states.shift() }));
    const { transfer } = createClient({ baseUrl: server.url, token: () => 'token' });
    const told = await collect(transfer.progress('import-1'));
    assert.deepEqual(
      told.map(({ status }) => status),
      ['running', 'complete'],
    );
  });
});
