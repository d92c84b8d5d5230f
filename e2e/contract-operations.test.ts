import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { operationsOf } from '../apps/relay/src/docs/document.ts';
import { ContractDocument } from './support/contract-document.ts';
import { TestStack, until } from './support/test-stack.ts';

const CONVERSATIONS = '/api/chat/conversations';
const CONVERSATION = `${CONVERSATIONS}/{conversationId}`;
const MESSAGES = `${CONVERSATION}/messages`;
const MESSAGE = `${MESSAGES}/{messageId}`;
const EVENTS = `${MESSAGE}/events`;
const QUEUE = '/api/bridge/{bridgeId}/message';
const MODELS = '/api/bridge/{bridgeId}/models';
const ATTACHMENTS = '/api/chat/attachments';
const IMPORT = '/api/chat/import';
const GATEWAY = '/ollama/{path}';
const OPENAI = '/v1/{path}';
const PROXIES = '/api/streaming/proxy';
const PROXY = `${PROXIES}/{proxyId}`;
const ENDPOINT = '/proxy/{proxyId}/{path}';

interface Call {
  params?: Record<string, string>;
  query?: string;
  body?: object;
  /** Instead of JSON. */
  bytes?: { type: string; body: Buffer };
  /** Instead of the person's. */
  token?: string;
}

describe('a running stack answers as the OpenAPI document says', () => {
  let stack: TestStack;
  let contract: ContractDocument;
  const asked = new Set<string>();
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '200'] });
    contract = await ContractDocument.of(stack.stack.url);
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
  });
  after(() => stack[Symbol.asyncDispose]());

  async function ask(
    method: string,
    path: string,
    { params = {}, query = '', body, bytes, token }: Call = {},
  ): Promise<Response> {
    const type = bytes?.type ?? (body && 'application/json');
    asked.add(contract.operation(method, path).operationId ?? '');
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
    return fetch(`${stack.stack.url}${target}${query}`, {
      method,
      headers: {
        ...stack.authorization,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(type && { 'content-type': type }),
      },
      body: bytes ? new Uint8Array(bytes.body) : body && JSON.stringify(body),
    });
  }

  /** Asks and holds the answer against the document; returns it, or a stream's lines. */
  async function call(method: string, path: string, options: Call = {}, status = 200) {
    const response = await ask(method, path, options);
    assert.equal(response.status, status, `${method} ${path}`);
    // as: each has been held against its schema
    return (await contract.answer(method, path, response)) as [Record<string, unknown>, ...Record<string, unknown>[]];
  }

  it('about itself and its caller', async () => {
    await call('GET', '/api/health');
    await call('GET', '/api/health/detailed');
    await call('GET', '/api/auth/config');
    await call('GET', '/api/downloads');
    await call('GET', '/api/me');
    await call('GET', '/api/me/limits');
  });

  it('about bridges', async () => {
    const body = { clientId: 'second', platform: 'linux', version: '1.0.0', name: 'Second' };
    const [{ bridgeId }] = await call('POST', '/api/bridge/register', { body });
    const params = { bridgeId: String(bridgeId) };
    await call('GET', '/api/bridge');
    await call('GET', '/api/bridge/{bridgeId}/status', { params });
    await call('PATCH', '/api/bridge/{bridgeId}', { params, body: { name: 'Study' } });
    await call('PUT', '/api/bridge/order', { body: { bridgeIds: [params.bridgeId] } });
    await call('GET', '/api/models');
    await call('GET', '/api/bridge/{bridgeId}/load', { params: { bridgeId: await stack.bridgeId() } });
    await call('GET', '/api/bridge/{bridgeId}/load', { params: { bridgeId: 'nonsense' } }, 400);
    await call('DELETE', '/api/bridge/{bridgeId}', { params });
    await call('DELETE', '/api/bridge/{bridgeId}', { params }, 404);
    await call('GET', '/api/bridge/{bridgeId}/status', { params: { bridgeId: 'nonsense' } }, 400);
  });

  it('about conversations', async () => {
    const [{ conversation }] = await call('POST', CONVERSATIONS, {
      body: { model: 'tiny-demo', systemPrompt: 'Be kind.' },
    });
    const params = { conversationId: String(Object(conversation).id) };
    await call('GET', CONVERSATIONS, { query: '?sort=created_desc' });
    await call('GET', CONVERSATIONS, { query: '?sort=nonsense' }, 400);
    await call('GET', CONVERSATION, { params });
    await call('PATCH', CONVERSATION, { params, body: { title: 'Renamed' } });
    await call('DELETE', CONVERSATION, { params });
    await call('GET', CONVERSATION, { params }, 404);
    await call('POST', `${CONVERSATION}/restore`, { params });
    await call('POST', `${CONVERSATION}/restore`, { params }, 404);
    await call('GET', CONVERSATION, { params });
  });

  it('about messages, streamed and whole', async () => {
    const [{ conversation }] = await call('POST', CONVERSATIONS, { body: { model: 'tiny-demo' } });
    const params = { conversationId: String(Object(conversation).id) };
    const events = await call('POST', MESSAGES, { params, body: { content: 'Hello?' } });
    assert.deepEqual([events[0]['type'], events.at(-1)?.['type']], ['start', 'complete']);
    await call('POST', MESSAGES, { params, body: { content: 'Hello?', stream: false } });
    await call('POST', MESSAGES, { params, body: { content: '' } }, 400);
    const [{ messages }] = await call('GET', MESSAGES, { params });
    assert.equal(Object(messages).length, 4);
    const messageParams = { ...params, messageId: String(events[0]['messageId']) };
    await call('GET', EVENTS, { params: messageParams, query: '?after=1' });
    await call('DELETE', EVENTS, { params: messageParams });
    const other = await call('POST', `${MESSAGES}/{messageId}/regenerate`, { params: messageParams, body: {} });
    assert.notEqual(other[0]['messageId'], messageParams.messageId);
    await call('POST', `${MESSAGES}/{messageId}/continue`, { params: messageParams, body: { stream: false } });
    const [{ messages: all }] = await call('GET', MESSAGES, { params, query: '?branches=all' });
    assert.equal(Object(all).length, 5);
  });

  it('about searching, exporting and importing', async () => {
    const [{ results }] = await call('GET', '/api/chat/search', { query: '?q=hello' });
    assert.ok(Object(results).length > 0);
    const params = { conversationId: String(Object(results)[0].conversationId) };
    await call('GET', '/api/chat/search', { query: '?q=' }, 400);
    const exported = await ask('GET', '/api/chat/export', { query: '?format=json' });
    assert.equal(exported.status, 200);
    assert.equal((await ask('GET', `${CONVERSATION}/export`, { params, query: '?format=markdown' })).status, 200);
    const bytes = { type: 'application/json', body: Buffer.from(await exported.arrayBuffer()) };
    const [{ importId }] = await call('POST', IMPORT, { bytes });
    const importParams = { importId: String(importId) };
    await until('the import has ended', 10_000, async () => {
      const [{ status }] = await call('GET', `${IMPORT}/{importId}`, { params: importParams });
      return status === 'complete';
    });
  });

  it('about attachments', async () => {
    const bytes = { type: 'text/plain', body: Buffer.from('A note.') };
    const [{ attachment }] = await call('POST', ATTACHMENTS, { query: '?name=note.txt', bytes });
    const params = { attachmentId: String(Object(attachment).id) };
    assert.equal(await (await ask('GET', `${ATTACHMENTS}/{attachmentId}`, { params })).text(), 'A note.');
    await call('DELETE', `${ATTACHMENTS}/{attachmentId}`, { params });
    await call('GET', `${ATTACHMENTS}/{attachmentId}`, { params }, 404);
  });

  it("about a bridge's queue", async () => {
    const params = { bridgeId: await stack.bridgeId() };
    const payload = { model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] };
    const [{ messageId }] = await call('POST', QUEUE, { params, body: { type: 'chat', payload } });
    const messageParams = { ...params, messageId: String(messageId) };
    const events = await call('GET', `${QUEUE}/{messageId}/events`, { params: messageParams });
    assert.equal(events.at(-1)?.['type'], 'complete');
    const [{ status }] = await call('GET', `${QUEUE}/{messageId}`, { params: messageParams });
    assert.equal(status, 'complete');
    await call('GET', QUEUE, { params });
    await call('DELETE', `${QUEUE}/{messageId}`, { params: messageParams });
  });

  it("about a computer's models", async () => {
    const params = { bridgeId: await stack.bridgeId() };
    const body = { model: 'tiny-demo' };
    const [{ models }] = await call('GET', MODELS, { params });
    assert.ok(Object(models).length >= 2);
    await call('POST', `${MODELS}/show`, { params, body });
    // Its owner has not allowed more.
    for (const action of ['load', 'unload', 'pull', 'delete']) {
      await call('POST', `${MODELS}/${action}`, { params, body }, 403);
    }
  });

  it('about an answer that is stopped, and one that is asked for meanwhile', async () => {
    const [{ conversation }] = await call('POST', CONVERSATIONS, { body: { model: 'tiny-demo-endless' } });
    const params = { conversationId: String(Object(conversation).id) };
    const streaming = await ask('POST', MESSAGES, { params, body: { content: 'Go on.' } });
    await call('POST', MESSAGES, { params, body: { content: 'And?' } }, 409);
    const [{ messages }] = await call('GET', MESSAGES, { params });
    const messageParams = { ...params, messageId: String(Object(messages)[1].id) };
    await until('the engine is generating', 10_000, async () => (await stack.activeGenerations()) > 0);
    await call('DELETE', MESSAGE, { params: messageParams }, 409);
    await call('DELETE', EVENTS, { params: messageParams });
    await call('DELETE', MESSAGE, { params: messageParams });
    await call('DELETE', MESSAGE, { params: messageParams }, 404);
    await contract.answer('POST', MESSAGES, streaming);
  });

  it('about API keys and the audit log', async () => {
    const [{ key }] = await call('POST', '/api/keys', { body: { name: 'Editor', scopes: ['inference'] } });
    await call('POST', '/api/keys', { body: { name: 'Editor', scopes: [] } }, 400);
    await call('GET', '/api/keys');
    await call('DELETE', '/api/keys/{keyId}', { params: { keyId: String(Object(key).id) } });
    const [{ events }] = await call('GET', '/api/audit', { query: '?limit=10' });
    assert.ok(Object(events).length >= 3);
  });

  it("about a person's settings and browsers", async () => {
    await call('GET', '/api/settings');
    await call('PATCH', '/api/settings', { body: { theme: 'dark', notifications: { answers: true } } });
    await call('PATCH', '/api/settings', { body: { theme: 'pink' } }, 400);
    await call('GET', '/api/push');
    const keys = { p256dh: 'A'.repeat(87), auth: 'A'.repeat(22) };
    // No push service is reached from here, and what is no such is refused.
    await call('POST', '/api/push/subscriptions', { body: { endpoint: 'https://127.0.0.1/1', keys } }, 400);
    const params = { subscriptionId: `push-${crypto.randomUUID()}` };
    await call('DELETE', '/api/push/subscriptions/{subscriptionId}', { params }, 404);
    await call('POST', '/api/push/test');
  });

  it('on behalf of the engine', async () => {
    await call('GET', GATEWAY, { params: { path: 'api/tags' } });
    const body = { model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] };
    const lines = await call('POST', GATEWAY, { params: { path: 'api/chat' }, body });
    assert.ok(lines.length > 5);
    await call('POST', GATEWAY, { params: { path: 'api/chat' }, body: { ...body, stream: false } });
    await call('DELETE', GATEWAY, { params: { path: 'api/delete' }, body: { model: 'tiny-demo' } }, 403);
    assert.equal((await ask('HEAD', GATEWAY, { params: { path: 'api/version' } })).status, 200);

    await call('GET', OPENAI, { params: { path: 'models' } });
    await call('POST', OPENAI, { params: { path: 'chat/completions' }, body });
    const params = { path: 'models/tiny-demo' };
    await call('DELETE', OPENAI, { params }, 403);
    assert.equal((await ask('HEAD', OPENAI, { params })).status, 200);
  });

  it('about streaming proxies, and through one', async () => {
    const body = { bridgeId: await stack.bridgeId(), config: { timeout: 60 } };
    const [made] = await call('POST', `${PROXIES}/create`, { body });
    const proxyId = String(made['proxyId']);
    const token = String(Object(made['credentials']).token);
    await call('POST', `${PROXIES}/create`, { body: { ...body, config: { timeout: 1 } } }, 400);
    await call('POST', `${PROXIES}/create`, { body: { ...body, userId: 'somebody-else' } }, 403);

    const engine = (path: string) => ({ params: { proxyId, path }, token });
    const chat = { model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] };
    await call('GET', ENDPOINT, engine('api/tags'));
    assert.ok((await call('POST', ENDPOINT, { ...engine('api/chat'), body: chat })).length > 5);
    await call('POST', ENDPOINT, { ...engine('api/chat'), body: { ...chat, stream: false } });
    assert.equal((await ask('DELETE', ENDPOINT, { ...engine('api/delete'), body: { model: 'x' } })).status, 403);
    assert.equal((await ask('HEAD', ENDPOINT, engine('api/version'))).status, 200);

    const params = { proxyId };
    const [status] = await call('GET', `${PROXY}/status`, { params });
    assert.equal(status['status'], 'running');
    await call('DELETE', PROXY, { params });
    const [ended] = await call('GET', `${PROXY}/status`, { params });
    assert.deepEqual([ended['reason'], Object(ended['metrics']).requests], ['deleted', 5]);
    await call('GET', PROXIES, { query: '?limit=1' });
    const unknown = { proxyId: `proxy-${crypto.randomUUID()}` };
    await call('GET', `${PROXY}/status`, { params: unknown }, 404);
    await call('DELETE', PROXY, { params: unknown }, 404);
  });

  // Last: nothing is there any more afterwards.
  it('about all that there is of a person', async () => {
    await call('GET', '/api/me/export');
    await call('DELETE', '/api/me', { body: { confirm: 'yes' } }, 400);
    const [{ deleted }] = await call('DELETE', '/api/me', { body: { confirm: 'delete everything' } });
    assert.ok(Object(deleted).conversations > 0);
    const [{ conversations }] = await call('GET', CONVERSATIONS);
    assert.deepEqual(conversations, []);
  });

  it('in every one of its operations', () => {
    const all = [...operationsOf(contract.document)].map(({ operation }) => operation.operationId ?? '');
    assert.deepEqual(
      all.filter((id) => !asked.has(id)),
      [],
      'Nobody asks these: add them above',
    );
  });
});
