import assert from 'node:assert/strict';
import type { ContractDocument } from './contract-document.ts';
import { isObject, type JsonObject, type JsonValue, type SpecExample, textAt } from './contract-examples.ts';
import { ContractSocket } from './contract-socket.ts';
import { until } from './test-stack.ts';

interface Call {
  params?: Record<string, string>;
  query?: string;
  body?: JsonValue;
  token?: string;
}

const BRIDGE_SOCKET = '/ws/bridge/{bridgeId}';
const CHAT_SOCKET = '/ws/chat/{conversationId}';
const STATUS_SOCKET = '/ws/status/{userId}';
const QUEUE = '/api/bridge/{bridgeId}/message';
const PROXIES = '/api/streaming/proxy';
const CONVERSATIONS = '/api/chat/conversations';
const MESSAGES = '/api/chat/conversations/{conversationId}/messages';

/**
 * Sends the specification's examples to a running relay, as a person's client and as their bridge, holds every answer
 * and every message against the OpenAPI document, and keeps what was seen under the examples' names.
 */
export class ContractRun {
  readonly seen = new Map<string, JsonValue[]>();
  /** Of `GET /api/chat/conversations`, a route that counts against its user's limit. */
  userHeaders = new Headers();
  /** As the specification writes them. */
  readonly openSockets = new Set<string>();
  #bridgeId = '';
  readonly #url: string;
  readonly #token: string;
  readonly #contract: ContractDocument;
  readonly #examples: Map<string, JsonValue>;

  constructor(url: string, token: string, contract: ContractDocument, examples: SpecExample[]) {
    this.#url = url;
    this.#token = token;
    this.#contract = contract;
    this.#examples = new Map(examples.map(({ name, values: [value = null] }) => [name, value]));
  }

  async send(): Promise<void> {
    await this.#sendErrors();
    await this.#call('GET', '/api/health');
    await this.#call('GET', '/api/health/detailed');
    const [me] = await this.#read('GET', '/api/me', await this.#ask('GET', '/api/me'));
    const status = await this.#connect(STATUS_SOCKET, textAt(me, 'userId'));
    const bridge = await this.#connectBridge();
    try {
      await status.next('bridge');
      await this.#proxy(textAt(me, 'userId'));
      await status.next('proxy');
      await this.#queue(bridge);
      await status.next('bridge_message');
      await this.#chat(bridge);
      await status.next('conversation');
    } finally {
      bridge.close();
      status.close();
    }
    this.#checkReceived(STATUS_SOCKET, status);
  }

  async #sendErrors(): Promise<void> {
    const refused = await this.#ask('GET', CONVERSATIONS, { token: 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9...' });
    assert.equal(refused.status, 401);
    this.seen.set('Error Responses', await this.#read('GET', CONVERSATIONS, refused));

    const invalid = await this.#ask('POST', CONVERSATIONS, { body: {} });
    assert.equal(invalid.status, 400);
    const [error = null] = await this.#read('POST', CONVERSATIONS, invalid);
    assert.ok(isObject(error) && isObject(error['details']));
    assert.equal(error['requestId'], invalid.headers.get('x-request-id'));
    // "field" stands for the name of any.
    const [problem = null] = Object.values(error['details']);
    this.seen.set('Standard Error Format', [{ ...error, details: { field: problem } }]);
  }

  /** Registers as the example does, then as a bridge that speaks only the specification's messages, and connects that. */
  async #connectBridge(): Promise<ContractSocket> {
    const body = this.#example('POST /api/bridge/register · Request');
    await this.#call('POST', '/api/bridge/register', { body });
    const jsonOnly = { ...body, clientId: 'json-only', capabilities: ['ollama'] };
    const [registration] = await this.#read(
      'POST',
      '/api/bridge/register',
      await this.#ask('POST', '/api/bridge/register', { body: jsonOnly }),
    );

    const bridge = await ContractSocket.connect(
      textAt(registration, 'endpoints', 'websocket'),
      textAt(registration, 'sessionToken'),
    );
    const statusName = 'Bridge Messages · Desktop -> Cloud';
    const status = this.#example(statusName);
    this.#contract.assertMessage(BRIDGE_SOCKET, 'send', status);
    bridge.send(status);
    this.seen.set(statusName, [status]);

    const params = { bridgeId: textAt(registration, 'bridgeId') };
    await until('the status of the bridge is known', 5000, async () => {
      const answer = await this.#ask('GET', '/api/bridge/{bridgeId}/status', { params });
      return (await answer.text()).includes('"ollamaStatus":"connected"');
    });
    await this.#call('GET', '/api/bridge/{bridgeId}/status', { params });
    this.#bridgeId = params.bridgeId;
    this.openSockets.add(BRIDGE_SOCKET);
    return bridge;
  }

  /** The example's message is queued, answered by the bridge and kept. */
  async #queue(bridge: ContractSocket): Promise<void> {
    const params = { bridgeId: this.#bridgeId };
    const [queued] = await this.#call('POST', QUEUE, { params, body: this.#example(`POST ${QUEUE} · Request`) });
    const messageId = textAt(queued, 'messageId');
    const request = await bridge.next('chat_request');
    this.#contract.assertMessage(BRIDGE_SOCKET, 'receive', request);
    assert.equal(request['id'], messageId);
    bridge.send({ type: 'chat_accepted', payload: { requestId: messageId } });
    bridge.send({ type: 'chat_chunk', payload: { requestId: messageId, content: 'I am fine.' } });
    bridge.send({ type: 'chat_complete', payload: { requestId: messageId, totalTokens: 12 } });
    this.#contract.assertMessage(BRIDGE_SOCKET, 'receive', await bridge.next('chat_received'));
    const path = `${QUEUE}/{messageId}`;
    const answer = await this.#ask('GET', path, { params: { ...params, messageId } });
    const [message] = await this.#read('GET', path, answer);
    assert.equal(textAt(message, 'result', 'content'), 'I am fine.');
  }

  /** The example's proxy, with ids that there are. */
  async #proxy(userId: string): Promise<void> {
    const example = this.#example(`POST ${PROXIES}/create · Request`);
    const [made] = await this.#call('POST', `${PROXIES}/create`, {
      body: { ...example, userId, bridgeId: this.#bridgeId },
    });
    const params = { proxyId: textAt(made, 'proxyId') };
    await this.#call('GET', `${PROXIES}/{proxyId}/status`, { params });
    await this.#call('DELETE', `${PROXIES}/{proxyId}`, { params });
  }

  /** The example's question goes all the way to the bridge, and its pieces of an answer all the way back. */
  async #chat(bridge: ContractSocket): Promise<void> {
    const creation = this.#example(`POST ${CONVERSATIONS} · Request`);
    const [created] = await this.#call('POST', CONVERSATIONS, { body: creation });
    const params = { conversationId: textAt(created, 'conversation', 'id') };

    const device = await this.#connect(CHAT_SOCKET, params.conversationId);
    const body = this.#example(`POST ${MESSAGES} · Request`);
    this.seen.set(`POST ${MESSAGES} · Request`, [body]);
    const asked = this.#ask('POST', MESSAGES, { params, body });
    const request = await bridge.next('chat_request');
    this.#contract.assertMessage(BRIDGE_SOCKET, 'receive', request);
    this.seen.set('Bridge Messages · Cloud -> Desktop', [request]);
    this.seen.set('Message Format', [{ ...request, type: 'message_type' }]);
    const requestId = textAt(request, 'id');
    for (const content of ['Machine learning is', ' a subset of artificial', ' intelligence...']) {
      bridge.send({ type: 'chat_chunk', payload: { requestId, content } });
    }
    bridge.send({ type: 'chat_complete', payload: { requestId, totalTokens: 150 } });
    const events = await this.#read('POST', MESSAGES, await asked);
    this.seen.set(`POST ${MESSAGES} · Response (Streaming)`, events);

    await device.next('chat_event');
    await device.next('message');
    device.close();
    this.#checkReceived(CHAT_SOCKET, device);

    const query = '?limit=50&offset=0&sort=updated_desc';
    const listed = await this.#ask('GET', CONVERSATIONS, { query });
    this.userHeaders = listed.headers;
    this.seen.set(`GET ${CONVERSATIONS} · Response`, await this.#read('GET', CONVERSATIONS, listed));
  }

  /** Opens a socket of a person's device. */
  async #connect(path: string, id: string): Promise<ContractSocket> {
    const url = `${this.#url.replace('http', 'ws')}${path.replace(/\{\w+\}/, encodeURIComponent(id))}`;
    const socket = await ContractSocket.connect(url, this.#token);
    await socket.next('ready');
    this.openSockets.add(path);
    return socket;
  }

  #checkReceived(path: string, { received }: ContractSocket): void {
    for (const message of received) this.#contract.assertMessage(path, 'receive', message);
  }

  /** Sends an example and keeps it and its answer. */
  async #call(method: string, path: string, call: Call = {}): Promise<JsonValue[]> {
    const values = await this.#read(method, path, await this.#ask(method, path, call));
    if (call.body !== undefined) this.seen.set(`${method} ${path} · Request`, [call.body]);
    this.seen.set(`${method} ${path} · Response`, values);
    return values;
  }

  #ask(method: string, path: string, { params = {}, query = '', body, token = this.#token }: Call = {}) {
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
    return fetch(`${this.#url}${target}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async #read(method: string, path: string, response: Response): Promise<JsonValue[]> {
    return (await this.#contract.answer(method, path, response)) as JsonValue[]; // as: parsed JSON is nothing else
  }

  #example(name: string): JsonObject {
    const example = this.#examples.get(name);
    assert.ok(isObject(example), `The specification has no example "${name}"`);
    return example;
  }
}
