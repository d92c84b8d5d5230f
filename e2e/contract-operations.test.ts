import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { operationsOf } from '../apps/relay/src/docs/document.ts';
import { ContractDocument } from './support/contract-document.ts';
import { TestStack, until } from './support/test-stack.ts';

const CONVERSATIONS = '/api/chat/conversations';
const CONVERSATION = `${CONVERSATIONS}/{conversationId}`;
const MESSAGES = `${CONVERSATION}/messages`;
const EVENTS = `${MESSAGES}/{messageId}/events`;
const GATEWAY = '/ollama/{path}';

interface Call {
  params?: Record<string, string>;
  query?: string;
  body?: object;
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

  async function ask(method: string, path: string, { params = {}, query = '', body }: Call = {}): Promise<Response> {
    asked.add(contract.operation(method, path).operationId ?? '');
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
    return fetch(`${stack.stack.url}${target}${query}`, {
      method,
      headers: { ...stack.authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
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
    await call('GET', '/api/me');
  });

  it('about bridges', async () => {
    const body = { clientId: 'second', platform: 'linux', version: '1.0.0', name: 'Second' };
    const [{ bridgeId }] = await call('POST', '/api/bridge/register', { body });
    const params = { bridgeId: String(bridgeId) };
    await call('GET', '/api/bridge');
    await call('GET', '/api/bridge/{bridgeId}/status', { params });
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
  });

  it('about an answer that is stopped, and one that is asked for meanwhile', async () => {
    const [{ conversation }] = await call('POST', CONVERSATIONS, { body: { model: 'tiny-demo-endless' } });
    const params = { conversationId: String(Object(conversation).id) };
    const streaming = await ask('POST', MESSAGES, { params, body: { content: 'Go on.' } });
    await call('POST', MESSAGES, { params, body: { content: 'And?' } }, 409);
    const [{ messages }] = await call('GET', MESSAGES, { params });
    const messageParams = { ...params, messageId: String(Object(messages)[1].id) };
    await until('the engine is generating', 10_000, async () => (await stack.activeGenerations()) > 0);
    await call('DELETE', EVENTS, { params: messageParams });
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

  it('on behalf of the engine', async () => {
    await call('GET', GATEWAY, { params: { path: 'api/tags' } });
    const body = { model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] };
    const lines = await call('POST', GATEWAY, { params: { path: 'api/chat' }, body });
    assert.ok(lines.length > 5);
    await call('POST', GATEWAY, { params: { path: 'api/chat' }, body: { ...body, stream: false } });
    await call('DELETE', GATEWAY, { params: { path: 'api/delete' }, body: { model: 'tiny-demo' } }, 403);
    assert.equal((await ask('HEAD', GATEWAY, { params: { path: 'api/version' } })).status, 200);
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
