import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Forwarder, type ForwarderOptions } from '../forwarder.ts';
import { defaultPolicy, type Policy } from '../policy.ts';
import type { EngineExchange } from './engine-exchange.ts';
import type { EngineSettings } from './engine-settings.ts';
import { Engines } from './engines.ts';
import { ask, ollamaLists, openaiLists, testEngine, type TestHeard } from './test-exchange.ts';

async function start(
  t: TestContext,
  settings: readonly EngineSettings[],
  options: Partial<Omit<ForwarderOptions, 'engines'>> = {},
) {
  const engines = new Engines({ engines: settings, discover: false });
  const faults: unknown[] = [];
  const forwarder = new Forwarder({
    engines,
    policy: defaultPolicy(),
    fault: (error) => faults.push(error),
    ...options,
  });
  t.after(() => {
    forwarder[Symbol.dispose]();
    engines[Symbol.dispose]();
    assert.deepEqual(faults, []);
    assert.equal(forwarder.heldBytes, 0, 'nothing is held at the end');
  });
  await engines.look();
  return { engines, forwarder };
}

/** An engine that says which one it is. */
function named(t: TestContext, name: string, lists: Record<string, unknown>) {
  return testEngine(t, lists, ({ response, body }) =>
    response.end(JSON.stringify({ from: name, model: body['model'] })),
  );
}

const sse = (...data: object[]): string => data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
const word = (content: string) => ({ choices: [{ delta: { content } }] });
const finished = [
  { choices: [{ delta: {}, finish_reason: 'stop' }] },
  { choices: [], usage: { completion_tokens: 2 } },
];

function narrowTo(...models: string[]): Policy {
  return {
    ...defaultPolicy(),
    narrowsModels: true,
    checkModel: (model) => (models.includes(model) ? { allowed: true } : { allowed: false, reason: `Not ${model}.` }),
  };
}

test('a request goes to the engine that has its model, the first of several', async (t) => {
  const [one, two, three] = await Promise.all([
    named(t, 'one', ollamaLists('a', 'both:latest')),
    named(t, 'two', ollamaLists('b', 'both')),
    named(t, 'three', openaiLists('vllm', 'c/d')),
  ]);
  const { forwarder } = await start(t, [one, two, three]);
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

test('a model that nobody has is refused in the words of each API', async (t) => {
  const [one, two] = await Promise.all([named(t, 'one', ollamaLists('a')), named(t, 'two', ollamaLists('b'))]);
  const { forwarder } = await start(t, [one, two]);
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
    named(t, 'one', ollamaLists('a', 'both')),
    named(t, 'two', ollamaLists('both:latest', 'b')),
    named(t, 'three', studio),
  ]);
  const { forwarder } = await start(t, [one, two, three]);
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
  const one = await named(t, 'one', ollamaLists('a', 'b'));
  const { forwarder } = await start(t, [one], { policy: narrowTo('a') });
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

test('pulls go to the first Ollama, and deletes to the one that has the model', async (t) => {
  const [vllm, one, two] = await Promise.all([
    named(t, 'vllm', openaiLists('vllm', 'v')),
    named(t, 'one', ollamaLists('a')),
    named(t, 'two', ollamaLists('b')),
  ]);
  let changes = 0;
  const { forwarder } = await start(t, [vllm, one, two], {
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
  const [one, two] = await Promise.all([named(t, 'one', ollamaLists('a')), named(t, 'two', openaiLists('x', 'b'))]);
  const { forwarder } = await start(t, [{ url: one.url }, { url: two.url, key: 'sk-two' }]);
  await ask(forwarder, { path: '/v1/chat/completions', body: { model: 'a' } }).answer;
  await ask(forwarder, { path: '/v1/chat/completions', body: { model: 'b' } }).answer;
  assert.equal(one.heard[0]?.request.headers.authorization, undefined);
  assert.equal(two.heard[0]?.request.headers.authorization, 'Bearer sk-two');
});

test('an engine that speaks OpenAI answers questions in the API of Ollama, as they come', async (t) => {
  const said = Promise.withResolvers<TestHeard>();
  const engine = await testEngine(t, openaiLists('vllm', 'm'), (heard) => {
    heard.response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(word('Hel')));
    said.resolve(heard);
  });
  const seen: EngineExchange['state'][] = [];
  const figures: (number | undefined)[] = [];
  const { forwarder } = await start(t, [engine], {
    exchangeChanged({ state, tokens }) {
      seen.push(state);
      figures.push(tokens);
    },
  });
  const body = { model: 'm:latest', messages: [{ role: 'user', content: 'Hi' }] };
  const asked = ask(forwarder, { path: '/api/chat', body });
  await asked.begun;
  const { response, request, body: heard } = await said.promise;
  assert.deepEqual([request.url, heard['model'], heard['stream']], ['/v1/chat/completions', 'm', true]);
  response.end(sse(word('lo'), ...finished) + 'data: [DONE]\n\n');
  const answer = await asked.answer;
  const lines = answer.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>); // as: our own
  assert.deepEqual(answer.headers, { 'content-type': 'application/x-ndjson' });
  assert.deepEqual(
    lines.map(({ message, done, model }) => [message, done, model]),
    [
      [{ role: 'assistant', content: 'Hel' }, false, 'm:latest'],
      [{ role: 'assistant', content: 'lo' }, false, 'm:latest'],
      [{ role: 'assistant', content: '' }, true, 'm:latest'],
    ],
  );
  assert.deepEqual([lines[2]?.['eval_count'], seen, figures.at(-1)], [2, ['running', 'over'], 2]);
});

test('tells errors of such an engine as Ollama does: as its answer, and in mid-stream', async (t) => {
  const ends: ((heard: TestHeard) => void)[] = [
    ({ response }) => void response.writeHead(400).end('{"error":{"message":"too long"}}'),
    ({ response }) => void response.writeHead(401).end('{"error":{"message":"bad key sk-1"}}'),
    ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(word('Half'), { error: { message: 'out of memory' } }));
    },
    ({ response }) => void response.end('{"error":"Unexpected endpoint or method."}'),
    ({ response }) => response.destroy(),
  ];
  const engine = await testEngine(t, openaiLists('x', 'm'), (heard) => ends[engine.heard.length - 1]!(heard)); // asked as often
  const { forwarder } = await start(t, [engine]);
  const chat = () => ask(forwarder, { path: '/api/chat', body: { model: 'm', messages: [{}] } }).answer;
  assert.deepEqual(await chat(), {
    status: 400,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: '{"error":"too long"}',
  });
  const refused = await chat();
  assert.deepEqual([refused.status, refused.body], [502, '{"error":"The engine refuses its key."}']);
  const broken = await chat();
  assert.match(broken.body, /"Half"[^]*\n\{"error":"out of memory"\}\n$/);
  await once(engine.heard[2]!.request.socket, 'close'); // what it says is not wanted any more
  assert.deepEqual((await chat()).body, '{"error":"Unexpected endpoint or method."}');
  assert.match((await chat()).reset ?? '', /^engine_unreachable/);
});

test('embeds, shows and loads by the API of Ollama with what such an engine has', async (t) => {
  const engine = await testEngine(t, openaiLists('vllm', 'm'), ({ response }) => {
    response.end(JSON.stringify({ data: [{ embedding: [1, 2] }, { embedding: [3] }], usage: { prompt_tokens: 5 } }));
  });
  const { forwarder } = await start(t, [engine]);
  const post = async (path: string, body: object) => {
    const answer = await ask(forwarder, { path, body: { model: 'm', ...body } }).answer;
    return [answer.status, JSON.parse(answer.body) as Record<string, unknown>] as const; // as: our own
  };
  const [, embedded] = await post('/api/embed', { input: ['a', 'b'] });
  assert.deepEqual(embedded, { model: 'm', embeddings: [[1, 2], [3]], prompt_eval_count: 5 });
  assert.deepEqual((await post('/api/embeddings', { prompt: 'a' }))[1], { embedding: [1, 2] });
  assert.deepEqual((await post('/api/show', {}))[1]['capabilities'], ['completion']);
  assert.equal((await post('/api/generate', {}))[1]['done_reason'], 'load');
  assert.equal((await post('/api/generate', { keep_alive: 0 }))[0], 404);
  assert.equal((await post('/api/chat', { messages: 5, model: 7 }))[0], 200);
  assert.equal((await ask(forwarder, { path: '/api/chat', body: '[]' }).answer).status, 400);
});

test("an engine of unknown kind is not asked in Anthropic's API", async (t) => {
  const engine = await named(t, 'one', openaiLists('somebody', 'm'));
  const { forwarder } = await start(t, [engine]);
  const { status, body } = await ask(forwarder, { path: '/v1/messages', body: { model: 'm' } }).answer;
  assert.equal(status, 404);
  assert.match(body, /"type":"error".*does not speak Anthropic's API/);
});

test('who does not read stops the engine, and who goes away ends its request', async (t) => {
  let written = 0;
  const gone = Promise.withResolvers<void>();
  const engine = await testEngine(t, openaiLists('x', 'm'), ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = (): void => {
      while (!response.destroyed) {
        const chunk = sse(word('x'.repeat(10_000)));
        written += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
    };
    response.on('close', gone.resolve);
    more();
  });
  const { forwarder } = await start(t, [engine]);
  let taken = 0;
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
  const asked = ask(forwarder, {
    path: '/api/chat',
    body,
    take(chunk) {
      taken += chunk.length;
      return false;
    },
  });
  await asked.begun;
  let before = -1;
  // Until what lies between is full: sockets hold some megabytes.
  for (let calm = 0; calm < 50; calm = before === written ? calm + 1 : 0) {
    before = written;
    await turn();
  }
  assert.ok(taken < 1_000_000, `${taken} bytes were told although nobody read`);
  assert.ok(written < 50_000_000, `${written}`);
  asked.receiver.drain?.();
  asked.receiver.reset('cancelled', '');
  await gone.promise;
  assert.equal(forwarder.running, 0);
});

test('generations wait in order, without credit for their bodies; lists do not', async (t) => {
  const waiting: TestHeard[] = [];
  const news = new EventTarget();
  const engine = await testEngine(t, ollamaLists('m'), (heard) => {
    waiting.push(heard);
    news.dispatchEvent(new Event('heard'));
  });
  const seen: string[] = [];
  const { forwarder, engines } = await start(t, [{ url: engine.url, limit: 1 }], {
    exchangeChanged: ({ id, state }) => seen.push(`${state} ${id}`),
  });
  const next = async (count: number): Promise<TestHeard> => {
    while (waiting.length < count) await once(news, 'heard');
    return waiting[count - 1]!; // there are so many
  };
  const chat = (mark: string) => ask(forwarder, { path: '/api/chat', body: { model: 'm', mark } });
  const first = chat('first');
  const second = chat('second');
  const third = chat('third');
  await next(1);
  const listed = await ask(forwarder, { method: 'GET', path: '/api/tags' }).answer;
  assert.equal(listed.status, 200);
  const show = ask(forwarder, { path: '/api/show', body: { model: 'm', mark: 'show' } });
  (await next(2)).response.end('{}');
  assert.equal((await show.answer).status, 200);
  const [sole] = engines.all;
  assert.ok(sole);
  assert.deepEqual([forwarder.turns.running(sole), forwarder.turns.waiting(sole)], [1, 2]);
  const bodyBytes = third.consumed();
  second.receiver.reset('cancelled', '');
  (await next(1)).response.end('{}');
  await first.answer;
  const served = await next(3);
  assert.equal(served.body['mark'], 'third');
  served.response.end('{}');
  assert.equal((await third.answer).status, 200);
  assert.equal(third.consumed(), JSON.stringify({ model: 'm', mark: 'third' }).length, 'credit is given once');
  assert.ok(bodyBytes <= third.consumed());
  assert.ok(seen.some((text) => text.startsWith('waiting ')));
  assert.equal(forwarder.turns.running(sole), 0);
});

test('a request that waits holds no more of its body than its window', async (t) => {
  const engine = await testEngine(t, ollamaLists('m'), () => {});
  const { forwarder } = await start(t, [{ url: engine.url, limit: 1 }]);
  const busy = ask(forwarder, { path: '/api/chat', body: { model: 'm' } });
  const waits = ask(forwarder, { path: '/api/chat', body: { x: 'x'.repeat(200_000) }, isOpen: true });
  waits.receiver.data(Buffer.from('{"model":"m","messages":['));
  await turn();
  const begun = waits.consumed();
  waits.receiver.data(Buffer.alloc(60_000, 0x20));
  await turn();
  assert.equal(waits.consumed(), begun, 'no credit for more');
  waits.receiver.reset('cancelled', '');
  busy.receiver.reset('cancelled', '');
  await turn();
  assert.equal(forwarder.heldBytes, 0);
});

test('when too many wait, the next one is told to come back, in the words of its API', async (t) => {
  const engine = await testEngine(t, ollamaLists('m'), () => {});
  const { forwarder } = await start(t, [{ url: engine.url, limit: 1 }]);
  const asked = Array.from({ length: 513 }, () => ask(forwarder, { path: '/api/chat', body: { model: 'm' } }));
  const refused = async (path: string) => ask(forwarder, { path, body: { model: 'm' } }).answer;
  const ollama = await refused('/api/chat');
  assert.deepEqual([ollama.status, ollama.headers['retry-after']], [503, '10']);
  assert.match(ollama.body, /^\{"error":"Too many requests wait/);
  assert.match((await refused('/v1/chat/completions')).body, /"code":"rate_limited"/);
  assert.match((await refused('/v1/messages')).body, /"overloaded_error"/);
  for (const { receiver } of asked.toReversed()) receiver.reset('cancelled', '');
  await turn();
});

test('the policy limits all engines together, and an engine that is taken away lets nobody wait', async (t) => {
  const begun = Promise.withResolvers<void>();
  const [one, two] = await Promise.all([
    testEngine(t, ollamaLists('a'), () => begun.resolve()),
    testEngine(t, ollamaLists('b'), () => {}),
  ]);
  const policy: Policy = { ...defaultPolicy(), maxConcurrent: 1 };
  const { forwarder, engines } = await start(t, [one, two], { policy });
  const first = ask(forwarder, { path: '/api/chat', body: { model: 'a' } });
  await begun.promise;
  const second = ask(forwarder, { path: '/api/chat', body: { model: 'b' } });
  await turn();
  const [, engineTwo] = engines.all;
  assert.ok(engineTwo);
  assert.equal(forwarder.turns.waiting(engineTwo), 1);
  await engines.use({ engines: [{ url: one.url }], discover: false });
  assert.match((await second.answer).reset ?? '', /^engine_unreachable: .*taken away/);
  first.receiver.reset('cancelled', '');
  assert.equal(two.heard.length, 0);
});

test('says so when no engine answers', async (t) => {
  const { forwarder } = await start(t, []);
  for (const [method, path] of [
    ['POST', '/api/chat'],
    ['GET', '/api/tags'],
  ] as const) {
    const { reset } = await ask(forwarder, { method, path }).answer;
    assert.match(reset ?? '', /^engine_unreachable: On this computer, no engine/);
  }
});
