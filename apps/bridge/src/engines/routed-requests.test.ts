import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, type Policy } from '../policy.ts';
import type { EngineSettings } from './engine-settings.ts';
import { ask, namedEngine, ollamaLists, openaiLists, startForwarder } from './test-exchange.ts';

function narrowTo(...models: string[]): Policy {
  return {
    ...defaultPolicy(),
    narrowsModels: true,
    checkModel: (model) => (models.includes(model) ? { allowed: true } : { allowed: false, reason: `Not ${model}.` }),
  };
}

test('a request goes to the engine that has its model, the first of several', async (t) => {
  const [one, two, three] = await Promise.all([
    namedEngine(t, 'one', ollamaLists('a', 'both:latest')),
    namedEngine(t, 'two', ollamaLists('b', 'both')),
    namedEngine(t, 'three', openaiLists('vllm', 'c/d')),
  ]);
  const { forwarder } = await startForwarder(t, [one, two, three]);
  const from = async (path: string, body: object | string): Promise<unknown> => {
    const { body: said, reset } = await ask(forwarder, { path, body }).answer;
    assert.equal(reset, undefined);
    return (JSON.parse(said) as { from: string }).from; // as: the test's own
  };
  for (const path of ['/api/chat', '/v1/chat/completions', '/v1/messages', '/v1/responses', '/api/embed']) {
    assert.equal(await from(path, { model: 'b' }), 'two', path);
    assert.equal(await from(path, { stream: false, model: 'both' }), 'one', path);
  }
  assert.equal(await from('/api/show', { name: 'b' }), 'two');
  for (const path of ['/v1/chat/completions', '/v1/messages'])
    assert.equal(await from(path, { model: 'c/d' }), 'three');
  const late = `{"messages":[{"content":"${'x'.repeat(300_000)}","model":"a"}],"model":"b"}`;
  assert.equal(await from('/api/chat', late), 'two');
  assert.equal(two.heard.at(-1)?.body['model'], 'b', 'the body came whole');
  assert.equal(await from('/api/chat', {}), 'one', 'which says itself what is wrong with it');
});

test('tells whom a request asks, also when it is refused and when no body is looked at', async (t) => {
  const [one, two] = await Promise.all([
    namedEngine(t, 'one', ollamaLists('a')),
    namedEngine(t, 'two', openaiLists('vllm', 'b')),
  ]);
  const settings = [
    { ...one, name: 'attic' },
    { ...two, name: 'studio' },
  ];
  const known = async (engines: EngineSettings[], model: string, policy = defaultPolicy()): Promise<unknown> => {
    const { forwarder } = await startForwarder(t, engines, { policy });
    const asked = ask(forwarder, { path: '/api/embed', body: { model, input: 'x' } });
    await asked.answer;
    return asked.known;
  };
  assert.deepEqual(await known(settings, 'a'), { model: 'a', engine: 'attic' });
  assert.deepEqual(await known(settings, 'b'), { model: 'b', engine: 'studio' });
  assert.deepEqual(await known(settings, 'c'), { model: 'c' });
  assert.deepEqual(await known(settings, 'b', narrowTo('a')), { model: 'b' });
  assert.deepEqual(await known(settings.slice(0, 1), 'a'), { engine: 'attic' });
});

test('a model that nobody has is refused in the words of each API', async (t) => {
  const [one, two] = await Promise.all([
    namedEngine(t, 'one', ollamaLists('a')),
    namedEngine(t, 'two', ollamaLists('b')),
  ]);
  const { forwarder } = await startForwarder(t, [one, two]);
  const refused = async (path: string): Promise<unknown> => {
    const { status, body } = await ask(forwarder, { path, body: { model: 'x' } }).answer;
    assert.equal(status, 404, path);
    return JSON.parse(body);
  };
  const message = 'model "x" not found on this computer. It has: a, b.';
  assert.deepEqual(await refused('/api/chat'), { error: message });
  assert.deepEqual(await refused('/v1/chat/completions'), {
    error: { message, type: 'not_found_error', param: null, code: 'model_not_found' },
  });
  assert.deepEqual(await refused('/v1/messages'), { type: 'error', error: { type: 'not_found_error', message } });
  assert.equal((await ask(forwarder, { method: 'GET', path: '/v1/models/x' }).answer).status, 404);
});

test('lists are those of all engines, each model once', async (t) => {
  const studio = {
    ...openaiLists('organization_owner', 'q', 'e'),
    '/api/v0/models': {
      data: [
        { id: 'q', type: 'vlm', arch: 'qwen2', quantization: '4bit', state: 'loaded', max_context_length: 4096 },
        { id: 'e', type: 'embeddings', state: 'not-loaded' },
      ],
    },
  };
  const [one, two, three] = await Promise.all([
    namedEngine(t, 'one', ollamaLists('a', 'both')),
    namedEngine(t, 'two', ollamaLists('both:latest', 'b')),
    namedEngine(t, 'three', studio),
  ]);
  const { forwarder } = await startForwarder(t, [one, two, three]);
  const get = async (path: string) => {
    const { status, body } = await ask(forwarder, { method: 'GET', path }).answer;
    assert.equal(status, 200, path);
    return path === '/' ? body : (JSON.parse(body) as Record<string, Record<string, unknown>[]>); // as: lists
  };
  const names = async (path: string, list: string, field: string) => {
    const listed = await get(path);
    return typeof listed === 'string' ? [] : listed[list]?.map((model) => model[field]);
  };
  assert.deepEqual(await names('/api/tags', 'models', 'name'), ['a', 'both', 'b', 'q', 'e']);
  assert.deepEqual(await names('/v1/models', 'data', 'id'), ['a', 'both', 'b', 'q', 'e']);
  assert.deepEqual(await names('/api/ps', 'models', 'name'), ['a', 'both:latest', 'q']);
  assert.equal(await get('/'), 'Ollama is running');
  assert.deepEqual(await get('/api/version'), { version: '0.12.3' });
  assert.deepEqual(await get('/v1/models/b'), { id: 'b', object: 'model', owned_by: 'library' });
  const head = await ask(forwarder, { method: 'HEAD', path: '/api/tags' }).answer;
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.ok(Number(head.headers['content-length']) > 0);
  const shown = JSON.parse((await ask(forwarder, { path: '/api/show', body: { model: 'q' } }).answer).body) as Record<
    string,
    unknown
  >; // as: Ollama's
  assert.deepEqual(shown['capabilities'], ['completion', 'vision']);
  assert.deepEqual(shown['model_info'], { 'general.architecture': 'qwen2', 'qwen2.context_length': 4096 });
});

test('a policy that narrows models judges whole bodies, strictly, before a byte leaves', async (t) => {
  const one = await namedEngine(t, 'one', ollamaLists('a', 'b'));
  const { forwarder } = await startForwarder(t, [one], { policy: narrowTo('a') });
  const bodies: [body: string, allowed: boolean][] = [
    ['{"model":"a"}', true],
    ['{"model":"b"}', false],
    ['{"model":"a","model":"b"}', false],
    ['{"model":"a","MODEL":"b"}', false],
    ['{"model":"a","name":"b"}', false],
    ['{"model":"a","name":"a"}', true],
    ['{"model":["a"]}', false],
    ['\uFEFF{"model":"a"}', false],
    ['{"model":"a"', false],
    ['{}', false],
    ['', false],
  ];
  for (const [body, allowed] of bodies) {
    const { reset } = await ask(forwarder, { path: '/api/chat', body }).answer;
    assert.equal(reset === undefined, allowed, body);
    if (!allowed) assert.match(reset ?? '', /^policy_denied: (Not|The policy)/);
  }
  assert.equal(one.heard.length, 2);
  const tags = await ask(forwarder, { method: 'GET', path: '/api/tags' }).answer;
  assert.deepEqual(JSON.parse(tags.body), { models: [{ name: 'a', model: 'a' }] });
  assert.match(
    (await ask(forwarder, { method: 'GET', path: '/v1/models/b' }).answer).reset ?? '',
    /^policy_denied: Not b/,
  );
});

test('what a policy has judged as JSON goes to the engine as JSON, whatever it says it is', async (t) => {
  const one = await namedEngine(t, 'one', openaiLists('localai', 'a', 'b'));
  const { forwarder } = await startForwarder(t, [one], { policy: narrowTo('a') });
  // A form with the field "model", and one in UTF-7, for who goes by the type.
  const body = { model: 'a', x: '&model=b&', '+AG0-odel': 'b' };
  for (const type of ['application/x-www-form-urlencoded', 'application/json; charset=utf-7']) {
    const { reset } = await ask(forwarder, { path: '/v1/chat/completions', body, type }).answer;
    assert.equal(reset, undefined);
    const { request, body: heard } = one.heard.at(-1)!; // it was asked just now
    assert.deepEqual([request.headers['content-type'], heard], ['application/json', body]);
  }
});

test('a narrowed request reaches no engine under a name that this engine would not take for a model', async (t) => {
  const one = await namedEngine(t, 'one', openaiLists('vllm', 'secret'));
  const { forwarder } = await startForwarder(t, [one], { policy: narrowTo('a', '') });
  // Without the field that they read, engines take the model they have.
  for (const body of ['{"name":"a"}', '{"MODEL":"a"}', '{"model":""}', '{"model":" "}']) {
    for (const path of ['/v1/chat/completions', '/api/chat']) {
      assert.match((await ask(forwarder, { path, body }).answer).reset ?? '', /^policy_denied/, `${path} ${body}`);
    }
  }
  // llama.cpp and others answer with the one that they have, whatever name is asked for.
  const { status } = await ask(forwarder, { path: '/v1/chat/completions', body: { model: 'a' } }).answer;
  assert.equal(status, 404);
  assert.equal(one.heard.length, 0);
});

test('pulls go to the first Ollama, and deletes to the one that has the model', async (t) => {
  const [vllm, one, two] = await Promise.all([
    namedEngine(t, 'vllm', openaiLists('vllm', 'v')),
    namedEngine(t, 'one', ollamaLists('a')),
    namedEngine(t, 'two', ollamaLists('b')),
  ]);
  let changes = 0;
  const { forwarder } = await startForwarder(t, [vllm, one, two], {
    policy: defaultPolicy({ allowModelManagement: true }),
    modelsChanged: () => void changes++,
  });
  await ask(forwarder, { path: '/api/pull', body: { model: 'new' } }).answer;
  assert.deepEqual([one.heard.length, one.heard[0]?.request.url], [1, '/api/pull']);
  await ask(forwarder, { method: 'DELETE', path: '/api/delete', body: { model: 'b' } }).answer;
  assert.equal(two.heard.length, 1);
  assert.equal(changes, 2);
  const { status, body } = await ask(forwarder, { method: 'DELETE', path: '/api/delete', body: { model: 'v' } }).answer;
  assert.equal(status, 404);
  assert.match(body, /manages its models itself/);
});

test('each engine gets its own key and nobody else does', async (t) => {
  const [one, two] = await Promise.all([
    namedEngine(t, 'one', ollamaLists('a')),
    namedEngine(t, 'two', openaiLists('x', 'b')),
  ]);
  const { forwarder } = await startForwarder(t, [{ url: one.url }, { url: two.url, key: 'sk-two' }]);
  await ask(forwarder, { path: '/v1/chat/completions', body: { model: 'a' } }).answer;
  await ask(forwarder, { path: '/v1/chat/completions', body: { model: 'b' } }).answer;
  assert.equal(one.heard[0]?.request.headers.authorization, undefined);
  assert.equal(two.heard[0]?.request.headers.authorization, 'Bearer sk-two');
});

test('says so when no engine answers', async (t) => {
  const { forwarder } = await startForwarder(t, []);
  for (const [method, path] of [
    ['POST', '/api/chat'],
    ['GET', '/api/tags'],
  ] as const) {
    const { reset } = await ask(forwarder, { method, path }).answer;
    assert.match(reset ?? '', /^engine_unreachable: On this computer, no engine/);
  }
});
