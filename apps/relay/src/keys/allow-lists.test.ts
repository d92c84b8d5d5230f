import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { apiError, bridgeList, type Conversation, type CreateKeyRequest } from '@cloudtolocalllm/protocol';
import { TestBridge } from '../bridges/test-bridge.ts';
import { PlayedModel } from '../chat/chat-fixture.ts';
import { startTestRelay } from '../test-relay.ts';
import { makeKey } from './test-keys.ts';

interface SendOptions extends Omit<RequestInit, 'headers'> {
  headers?: Record<string, string>;
}

/** A relay with two connected bridges, each of which answers with its name and what it was sent. */
async function start(t: TestContext, { silent = false } = {}) {
  const relay = await startTestRelay(t);
  const { context, url } = relay;
  const opened: string[] = [];
  const resets: string[] = [];
  async function connect(name: string) {
    const client = { clientId: name, name, platform: 'linux', version: '1', capabilities: ['streaming'] };
    const row = await context.bridges.register(context.issuer!.user.id, client); // embedded in tests
    const bridge = new TestBridge(({ method, path }, exchange) => {
      opened.push(`${name}: ${method} ${path}`);
      const chunks: Buffer[] = [];
      if (silent) {
        exchange.head(200, ['content-type', 'text/plain']);
        exchange.write(Buffer.from('begun'));
        return { reset: (code) => void resets.push(code) };
      }
      return {
        data(chunk) {
          chunks.push(Buffer.from(chunk));
          exchange.consumed(chunk.length);
        },
        end() {
          exchange.head(200, ['content-type', 'text/plain']);
          exchange.write(Buffer.concat([Buffer.from(`${name}: `), ...chunks]));
          exchange.end();
        },
      };
    });
    const socket = `${url.replace('http', 'ws')}/ws/bridge/${row.id}`;
    await bridge.connect(socket, await context.sessionTokens.issue(row));
    t.after(() => bridge.socket?.terminate());
    return { id: row.id, bridge };
  }
  const [first, second] = [await connect('first'), await connect('second')];
  /** `fetch` with a new key. */
  const withKey = async (request: Partial<CreateKeyRequest>) => {
    const { secret, key } = await makeKey(relay, request);
    const send = (path: string, options: SendOptions = {}) =>
      fetch(`${url}${path}`, { ...options, headers: { ...options.headers, authorization: `Bearer ${secret}` } });
    return { send, key, secret };
  };
  return { relay, first, second, opened, resets, withKey };
}

/** What an error says, in the specification's format or in one of the engines'. */
async function refusal(response: Response) {
  const text = await response.text();
  const { error } = JSON.parse(text) as { error: string | { message: string } }; // as: each format has it
  const { message } = apiError.safeParse(JSON.parse(text)).data ?? {
    message: typeof error === 'string' ? error : error.message,
  };
  return { status: response.status, message };
}

test('a key that is narrowed to a bridge sees and reaches no other', async (t) => {
  const { first, second, opened, withKey } = await start(t);
  const { send } = await withKey({ scopes: ['bridges:read', 'inference'], bridges: [second.id] });
  const { bridges } = bridgeList.parse(await (await send('/api/bridge')).json());
  assert.deepEqual(
    bridges.map(({ bridgeId }) => bridgeId),
    [second.id],
  );
  assert.equal((await send(`/api/bridge/${second.id}/status`)).status, 200);
  const hidden = await refusal(await send(`/api/bridge/${first.id}/status`));
  assert.deepEqual(hidden, { status: 404, message: `You have no bridge "${first.id}"` });

  for (let count = 0; count < 3; count++) assert.equal(await (await send('/ollama/api/tags')).text(), 'second: ');
  assert.equal(await (await send('/ollama/api/tags', { headers: { 'x-bridge-id': second.id } })).text(), 'second: ');
  const refused = await send('/ollama/api/tags', { headers: { 'x-bridge-id': first.id } });
  assert.deepEqual(await refusal(refused), hidden);
  assert.ok(
    opened.every((line) => line.startsWith('second')),
    opened.join(),
  );

  second.bridge.socket?.close(1000);
  await second.bridge.closed;
  assert.match((await refusal(await send('/ollama/api/tags'))).message, /is offline/);
  const { send: anywhere } = await withKey({});
  assert.equal(await (await anywhere('/ollama/api/version')).text(), 'first: ');
});

test('a bridge that was removed does not widen a key to the others', async (t) => {
  const { relay, second, withKey } = await start(t);
  const { send } = await withKey({ scopes: ['bridges:read', 'inference'], bridges: [second.id] });
  assert.equal((await relay.call(`/api/bridge/${second.id}`, { method: 'DELETE' })).status, 200);
  assert.deepEqual(await (await send('/api/bridge')).json(), { bridges: [] });
  assert.equal((await refusal(await send('/ollama/api/tags'))).status, 503);
});

test('a key that is narrowed to models sends on the bytes that were checked, and nothing else', async (t) => {
  const { opened, withKey } = await start(t);
  const { send } = await withKey({ models: ['mine'] });
  const post = (body: string | Uint8Array<ArrayBuffer>, path = '/ollama/api/chat', headers = {}) =>
    send(path, { method: 'POST', body, headers });
  const body = ' { "model" : "mine:latest", "x": "ü\\u0000" }\n';
  assert.equal(await (await post(body, '/ollama/api/chat?a=%20')).text(), `first: ${body}`);
  assert.equal(await (await send('/ollama/api/version')).text(), 'first: ');
  assert.equal(await (await send('/ollama/v1/models/mine')).text(), 'first: ');
  const large = JSON.stringify({ model: 'mine', images: ['x'.repeat(3_000_000)] });
  assert.equal(await (await post(large)).text(), `first: ${large}`);

  opened.length = 0;
  const hostile = [
    '{"model":"other"}',
    '{"model":"mine","Model":"other"}',
    '{"MODEL":"other","model":"mine"}',
    '{"model":"mine","model":"other"}',
    '{"model":"mine"}{"model":"other"}',
    '{"name":"other","model":"mine"}',
    '{}',
    '',
  ];
  for (const text of hostile) {
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const { status } = await refusal(await post(text, '/ollama/api/chat', { 'content-type': type }));
      assert.equal(status, 403, text);
    }
  }
  for (const [method, path] of [
    ['POST', '/ollama/api/copy'],
    ['POST', '/ollama/api/create'],
    ['DELETE', '/ollama/api/delete'],
    ['GET', '/ollama/v1/models/other'],
    ['POST', '/ollama'],
  ] as const) {
    const payload = method === 'GET' ? {} : { body: '{"model":"mine"}' };
    assert.equal((await refusal(await send(path, { method, ...payload }))).status, 403, `${method} ${path}`);
  }
  assert.deepEqual(opened, [], 'no engine heard of it');
});

test('says what to do about a body that is too large to be checked', async (t) => {
  const { opened, withKey } = await start(t);
  const { send } = await withKey({ models: ['mine'] });
  const body = JSON.stringify({ model: 'mine', prompt: 'x'.repeat(17 * 1024 * 1024) });
  // It may hang up before all of it was sent: then there is no answer to read.
  const answer = await send('/ollama/api/generate', { method: 'POST', body }).catch(() => undefined);
  if (answer !== undefined) assert.equal((await refusal(answer)).status, 413);
  assert.deepEqual(opened, []);
});

test('a chat key uses its models and bridges alone', { timeout: 20_000 }, async (t) => {
  const model = new PlayedModel();
  const relay = await startTestRelay(t, { chatModel: model });
  const { context } = relay;
  const client = { clientId: 'one', platform: 'linux', version: '1', capabilities: [] };
  const bridge = await context.bridges.register(context.issuer!.user.id, client); // embedded in tests
  const { secret } = await makeKey(relay, { scopes: ['chat'], models: ['mine'], bridges: [bridge.id] });
  const call = async (method: string, path: string, body?: object, token = secret) =>
    relay.call(`/api/chat/conversations${path}`, { method, body, token });
  const created = async (response: Response): Promise<Conversation> => {
    assert.equal(response.status, 200);
    return ((await response.json()) as { conversation: Conversation }).conversation; // as: the status says so
  };
  const allowed = await created(await call('POST', '', { model: 'mine' }));
  const other = await created(await call('POST', '', { model: 'other' }, relay.token));

  for (const response of [
    await call('POST', '', { model: 'other' }),
    await call('PATCH', `/${allowed.id}`, { model: 'other' }),
    await call('POST', `/${other.id}/messages`, { content: 'Hello?' }),
  ]) {
    assert.deepEqual(await refusal(response), {
      status: 403,
      message: 'This API key may not use the model "other", only: mine.',
    });
  }
  assert.equal((await call('PATCH', `/${other.id}`, { title: 'Renamed' })).status, 200);

  const answer = call('POST', `/${allowed.id}/messages`, { content: 'Hello?', stream: false });
  const asked = await model.next();
  assert.deepEqual(asked.request.bridges, new Set([bridge.id]));
  asked.sink.text('Hi');
  asked.finish();
  assert.equal((await answer).status, 200);
});

test('revoking a key ends what runs with it at once, and refuses it from then on', { timeout: 20_000 }, async (t) => {
  const { relay, resets, withKey } = await start(t, { silent: true });
  const { send, key } = await withKey({});
  const other = await withKey({});
  const [running, untouched] = [await send('/ollama/api/version'), await other.send('/ollama/api/version')];
  assert.equal(relay.context.activeKeys.runningWith(key.id), 1);
  assert.equal((await relay.call(`/api/keys/${key.id}`, { method: 'DELETE' })).status, 200);
  await assert.rejects(running.text());
  assert.deepEqual(await refusal(await send('/ollama/api/version')), {
    status: 401,
    message: 'Invalid or expired API key',
  });
  assert.equal((await other.send('/ollama/api/version')).status, 200);
  while (resets.length === 0) await new Promise(setImmediate); // the test's own timeout ends a wait in vain
  assert.deepEqual(resets, ['cancelled']);
  await untouched.body?.cancel();
});
