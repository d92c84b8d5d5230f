import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  attachmentResponse,
  auditList,
  bridgeMessageQueued,
  conversationResponse,
  createKeyResponse,
  createProxyResponse,
  importStatus,
  registerBridgeResponse,
  SCOPES,
  sendMessageResponse,
  subscribeToPushAnswer,
  subscribeToPushRequest,
} from '@cloudtolocalllm/protocol';
import type { z } from 'zod';
import type { TestRelay } from '../test-relay.ts';
import { AnsweringBridge } from './answering-bridge.ts';

/** A person with a bridge that is connected, a conversation with an answer in it, an API key, and a proxy. */
export interface Inhabitant {
  userId: string;
  token: string;
  /** In every text of theirs. */
  mark: string;
  /** By the names that routes give their parameters. */
  ids: Record<string, string>;
  sessionToken: string;
  /** Of an API key that may do all that keys may. */
  apiKey: string;
  /** Of the proxy. */
  proxyToken: string;
  bridge: AnsweringBridge;
}

/** Makes everything that a person can have, by the API alone. */
export async function moveIn(
  t: TestContext,
  relay: TestRelay,
  { userId, token, mark }: Pick<Inhabitant, 'userId' | 'token' | 'mark'>,
): Promise<Inhabitant> {
  const create = async <Schema extends z.ZodType>(path: string, body: object, schema: Schema) => {
    const response = await relay.call(path, { method: 'POST', body, token });
    assert.equal(response.status, 200, `POST ${path}: ${await response.clone().text()}`);
    return schema.parse(await response.json());
  };
  const client = { clientId: `client-${mark}`, platform: `platform-${mark}`, version: '1.0.0', name: `pc-${mark}` };
  const { bridgeId, sessionToken } = await create(
    '/api/bridge/register',
    { ...client, capabilities: ['streaming'] },
    registerBridgeResponse,
  );
  const bridge = new AnsweringBridge(`model-${mark}`, `answer-${mark}`);
  await bridge.start(`${relay.url.replace('http', 'ws')}/ws/bridge/${bridgeId}`, sessionToken);
  t.after(() => bridge.cut());

  const { conversation } = await create(
    '/api/chat/conversations',
    { title: `title-${mark}`, model: bridge.model, systemPrompt: `system-${mark}` },
    conversationResponse,
  );
  const messages = `/api/chat/conversations/${conversation.id}/messages`;
  const uploaded = await fetch(`${relay.url}/api/chat/attachments?name=file-${mark}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain', 'idempotency-key': `idem-${mark}` },
    body: `text-${mark}`,
  });
  const { attachment } = attachmentResponse.parse(await uploaded.json());
  const question = { content: `question-${mark}`, stream: false, attachments: [attachment.id] };
  const { message } = await create(messages, question, sendMessageResponse);
  assert.equal(message.content, `answer-${mark}`);
  const { importId } = await create('/api/chat/import', [{ title: `imported-${mark}` }], importStatus);
  const asked = { model: bridge.model, messages: [{ role: 'user', content: `queued-${mark}` }] };
  await create(`/api/bridge/${bridgeId}/message`, { type: 'chat', payload: asked }, bridgeMessageQueued);
  const { key, secret } = await create('/api/keys', { name: `key-${mark}`, scopes: SCOPES }, createKeyResponse);
  const proxy = { bridgeId, name: `proxy-${mark}` };
  const { proxyId, credentials } = await create('/api/streaming/proxy/create', proxy, createProxyResponse);
  const settings = { systemPrompt: `prompt-${mark}` };
  const changed = await relay.call('/api/settings', { method: 'PATCH', body: settings, token });
  assert.equal(changed.status, 200);
  const browser = { ...exampleBrowser, endpoint: `https://push.example/${mark}`, name: `browser-${mark}` };
  const { subscription } = await create('/api/push/subscriptions', browser, subscribeToPushAnswer);
  const { events } = auditList.parse(await (await relay.call('/api/audit', { token })).json());
  assert.ok(events.length > 0);

  const ids = {
    bridgeId,
    conversationId: conversation.id,
    messageId: message.id,
    attachmentId: attachment.id,
    importId,
    keyId: key.id,
    proxyId,
    subscriptionId: subscription.id,
  };
  return { userId, token, mark, ids, sessionToken, apiKey: secret, proxyToken: credentials.token, bridge };
}

/** With keys that are such. */
const exampleBrowser = subscribeToPushRequest.parse(exampleOf(subscribeToPushRequest));

function exampleOf(schema: z.ZodType): unknown {
  const examples: unknown = schema.meta()?.examples;
  return Array.isArray(examples) ? examples[0] : undefined;
}
