import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  apiError,
  installedModels,
  mergedModels,
  modelChanged,
  modelDetails,
  pullEvent,
} from '@cloudtolocalllm/protocol';
import { makeKey } from '../keys/test-keys.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { answer, engineBridge, type EngineAsked } from './test-engine-bridge.ts';

const MODEL = { name: 'm:1b', size: 42, details: { family: 'llama' } };

/** What a small Ollama answers. */
function ollama(asked: EngineAsked): void {
  const { method, path } = asked.request;
  switch (`${method} ${path}`) {
    case 'GET /api/tags':
      return answer(asked, 200, { models: [MODEL, { ...MODEL, name: 'other:2b' }] });
    case 'GET /api/ps':
      return answer(asked, 200, { models: [{ ...MODEL, size_vram: 7, expires_at: '2026-06-04T14:38:31Z' }] });
    case 'POST /api/show':
      return answer(asked, 200, { capabilities: ['completion'] });
    case 'POST /api/generate':
    case 'DELETE /api/delete':
      return answer(asked, 200, { done: true });
    default:
      return answer(asked, 404, { error: 'no such path' });
  }
}

async function failure(response: Response): Promise<[number, string, string]> {
  const { error, message } = apiError.parse(await response.json());
  return [response.status, error, message];
}

/** The events of a pull, all of them. */
async function events(response: Response) {
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => pullEvent.parse(JSON.parse(line)));
}

function post({ call }: TestRelay, path: string, body: object = { model: 'm:1b' }, token?: string) {
  return call(path, { method: 'POST', body, ...(token !== undefined && { token }) });
}

test('lists what the engine has, and what of it is in memory', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId } = await engineBridge(relay, ollama);
  const response = await relay.call(`/api/bridge/${bridgeId}/models`);
  const { models, mayManage } = installedModels.parse(await response.json());
  assert.equal(response.headers.get('x-ratelimit-limit'), '10000', 'counted against the bridge');
  assert.equal(mayManage, true);
  assert.deepEqual(
    models.map(({ name, size, family, loaded }) => ({ name, size, family, vram: loaded?.vram })),
    [
      { name: 'm:1b', size: 42, family: 'llama', vram: 7 },
      { name: 'other:2b', size: 42, family: 'llama', vram: undefined },
    ],
  );
});

test('shows, loads, unloads and deletes a model by the API of Ollama', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, asked } = await engineBridge(relay, ollama);
  const models = `/api/bridge/${bridgeId}/models`;
  const shown = modelDetails.parse(await (await post(relay, `${models}/show`)).json());
  assert.deepEqual(shown, { model: 'm:1b', details: { capabilities: ['completion'] } });
  for (const change of ['load', 'unload', 'delete']) {
    const { message } = modelChanged.parse(await (await post(relay, `${models}/${change}`)).json());
    assert.match(message, /^m:1b is (loaded|unloaded|deleted)\.$/);
  }
  assert.deepEqual(
    asked.map(({ request, body }) => [request.method, request.path, body]),
    [
      ['POST', '/api/show', { model: 'm:1b' }],
      ['POST', '/api/generate', { model: 'm:1b', stream: false }],
      ['POST', '/api/generate', { model: 'm:1b', stream: false, keep_alive: 0 }],
      ['DELETE', '/api/delete', { model: 'm:1b' }],
    ],
  );
});

test('loads a model that only makes embeddings', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, asked } = await engineBridge(relay, (one) =>
    one.request.path === '/api/generate'
      ? answer(one, 400, { error: '"m:1b" does not support generate' })
      : answer(one, 200, { embeddings: [] }),
  );
  assert.equal((await post(relay, `/api/bridge/${bridgeId}/models/load`)).status, 200);
  assert.deepEqual([asked[1]?.request.path, asked[1]?.body], ['/api/embed', { model: 'm:1b', input: [] }]);
});

test('says what the engine says when it fails', async (t) => {
  const relay = await startTestRelay(t);
  let status = 404;
  let body: object | string = { error: "model 'm:1b' not found" };
  const { bridgeId } = await engineBridge(relay, (asked) => answer(asked, status, body));
  const show = (): Promise<Response> => post(relay, `/api/bridge/${bridgeId}/models/show`);
  assert.deepEqual(await failure(await show()), [404, 'model_not_found', 'The model "m:1b" is not on that computer.']);
  [status, body] = [500, { error: 'out of memory' }];
  assert.match((await failure(await show()))[2], /\(500\): out of memory$/);
  [status, body] = [200, '<html>'];
  assert.deepEqual((await failure(await show())).slice(0, 2), [502, 'engine_error']);
  [status, body] = [200, `{"license":"${'x'.repeat(9 * 1024 * 1024)}"}`];
  assert.match((await failure(await show()))[2], /more than \d+ bytes/);
});

test('changes nothing unless the owner of the computer allows it, and says how they do', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, asked } = await engineBridge(relay, ollama, { mayManageModels: false });
  for (const change of ['load', 'unload', 'delete', 'pull']) {
    const [status, code, message] = await failure(await post(relay, `/api/bridge/${bridgeId}/models/${change}`));
    assert.deepEqual([status, code], [403, 'policy_denied'], change);
    assert.match(message, /cloudtolocalllm up --allow-model-management/);
  }
  assert.equal(asked.length, 0);
  const listed = installedModels.parse(await (await relay.call(`/api/bridge/${bridgeId}/models`)).json());
  assert.equal(listed.mayManage, false);
});

test('the bridge has the last word: what it refuses is told with its reason', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId } = await engineBridge(relay, ({ exchange }) =>
    exchange.reset('policy_denied', 'Not on my computer.'),
  );
  for (const change of ['delete', 'pull']) {
    const answered = await failure(await post(relay, `/api/bridge/${bridgeId}/models/${change}`));
    assert.deepEqual(answered, [403, 'policy_denied', 'Not on my computer.']);
  }
});

test("another person's bridge is not found, one that is away is offline, one that speaks only chat is not asked", async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, bridge, asked } = await engineBridge(relay, ollama);
  const other = await relay.tokenFor('user-other');
  const models = `/api/bridge/${bridgeId}/models`;
  assert.equal((await relay.call(models, { token: other })).status, 404);
  for (const action of ['show', 'load', 'unload', 'pull', 'delete']) {
    assert.equal((await post(relay, `${models}/${action}`, { model: 'm' }, other)).status, 404, action);
  }
  bridge.socket?.close(1000);
  await bridge.closed;
  while (relay.context.links.get(bridgeId)) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual((await failure(await relay.call(models))).slice(0, 2), [503, 'bridge_offline']);
  assert.equal(asked.length, 0);

  const { bridges, links } = relay.context;
  const client = { clientId: 'plain', platform: 'linux', version: '1', capabilities: [], name: 'Plain' };
  const plain = await bridges.register(relay.context.issuer!.user.id, client); // a test relay has its own issuer
  t.mock.method(links, 'require', async () => ({ streaming: false }));
  const [status, code, message] = await failure(await relay.call(`/api/bridge/${plain.id}/models`));
  assert.deepEqual([status, code], [409, 'conflict']);
  assert.match(message, /"Plain" speaks only chat/);
});

test('a key sees the bridges and models it may reach, and changes nothing', async (t) => {
  const relay = await startTestRelay(t);
  const study = await engineBridge(relay, ollama, { models: ['m:1b', 'other:2b'] });
  const laptop = await engineBridge(relay, ollama, { name: 'Laptop', models: ['m:1b', 'third'] });
  const narrow = { scopes: ['bridges:read' as const], bridges: [study.bridgeId], models: ['other:2b', 'third'] };
  const { secret: token } = await makeKey(relay, narrow);
  const merged = mergedModels.parse(await (await relay.call('/api/models', { token })).json());
  assert.deepEqual(
    merged.models.map(({ model, bridges }) => [model, bridges.map(({ name }) => name)]),
    [['other:2b', ['Study']]],
  );
  const listed = installedModels.parse(
    await (await relay.call(`/api/bridge/${study.bridgeId}/models`, { token })).json(),
  );
  assert.deepEqual(
    listed.models.map(({ name }) => name),
    ['other:2b'],
  );
  assert.equal((await relay.call(`/api/bridge/${laptop.bridgeId}/models`, { token })).status, 404);
  const models = `/api/bridge/${study.bridgeId}/models`;
  assert.equal((await post(relay, `${models}/show`, { model: 'm:1b' }, token)).status, 403);
  assert.equal((await post(relay, `${models}/show`, { model: 'other:2b' }, token)).status, 200);
  assert.equal((await post(relay, `${models}/delete`, { model: 'other:2b' }, token)).status, 403);
});

test('the merged list has the models of computers that are away, and says so', async (t) => {
  const relay = await startTestRelay(t);
  await engineBridge(relay, ollama, { models: ['b', 'a:1b'] });
  const laptop = await engineBridge(relay, ollama, { name: 'Laptop', models: ['b:latest'] });
  laptop.bridge.socket?.close(1000);
  await laptop.bridge.closed;
  const look = async () => mergedModels.parse(await (await relay.call('/api/models')).json()).models;
  // What it reported is stored within half a second of its going.
  for (let models = await look(); models.length > 0; models = await look()) {
    if (models[1]?.bridges[1]?.status === 'disconnected') break;
  }
  assert.deepEqual(
    (await look()).map(({ model, bridges }) => [model, bridges.map(({ name, status }) => `${name} ${status}`)]),
    [
      ['a:1b', ['Study connected']],
      ['b', ['Study connected', 'Laptop disconnected']],
    ],
  );
});

test('tells the real progress of a pull until the model is there', async (t) => {
  const relay = await startTestRelay(t);
  const lines = [
    { status: 'pulling manifest' },
    { status: 'pulling 7470', digest: 'sha256:7470', total: 10, completed: 5 },
    { status: 'success' },
  ];
  const { bridgeId, asked } = await engineBridge(relay, (one) =>
    answer(one, 200, lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
  );
  const response = await post(relay, `/api/bridge/${bridgeId}/models/pull`);
  assert.match(response.headers.get('content-type') ?? '', /^application\/x-ndjson/);
  assert.deepEqual(await events(response), [
    ...lines.map((line) => Object.assign({ type: 'progress' }, line)),
    { type: 'complete', model: 'm:1b' },
  ]);
  assert.deepEqual(asked[0]?.body, { model: 'm:1b', stream: true });
});

test('a pull that fails before it begins is an error, later its last line', async (t) => {
  const begun = Promise.withResolvers<EngineAsked['exchange']>();
  const relay = await startTestRelay(t);
  let respond = (asked: EngineAsked): void => answer(asked, 400, { error: 'invalid model name' });
  const { bridgeId } = await engineBridge(relay, (asked) => respond(asked));
  const pull = (): Promise<Response> => post(relay, `/api/bridge/${bridgeId}/models/pull`);
  assert.match((await failure(await pull()))[2], /\(400\): invalid model name/);
  respond = (asked) => answer(asked, 200, '{"status":"pulling manifest"}\n{"error":"file does not exist"}\n');
  const told = await events(await pull());
  assert.deepEqual(told.at(-1), {
    type: 'error',
    error: 'engine_error',
    message: 'The engine could not pull it: file does not exist',
    code: 502,
  });
  respond = ({ exchange }) => {
    exchange.head(200, []);
    exchange.write(Buffer.from('{"status":"pulling manifest"}\n'));
    begun.resolve(exchange);
  };
  const response = await pull();
  assert.equal(response.status, 200, 'the first line is there');
  (await begun.promise).reset('engine_failed', '');
  const broken = (await events(response)).at(-1);
  assert.equal(broken?.type === 'error' && broken.error, 'engine_error');
});

test('a client that goes away ends its pull', async (t) => {
  const relay = await startTestRelay(t);
  const begun = Promise.withResolvers<EngineAsked>();
  const { bridgeId } = await engineBridge(relay, (asked) => {
    asked.exchange.head(200, []);
    asked.exchange.write(Buffer.from('{"status":"pulling manifest"}\n'));
    begun.resolve(asked);
  });
  const gone = new AbortController();
  const response = await fetch(`${relay.url}/api/bridge/${bridgeId}/models/pull`, {
    method: 'POST',
    headers: { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm:1b' }),
    signal: gone.signal,
  });
  assert.equal(response.status, 200);
  gone.abort();
  assert.equal(await (await begun.promise).reset, 'cancelled');
});
