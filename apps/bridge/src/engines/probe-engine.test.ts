import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { test, type TestContext } from 'node:test';
import { engineInfo, engineTrouble, probeEngine } from './probe-engine.ts';
import { surveyEngines } from './survey-engines.ts';
import { ollamaLists, openaiLists, testEngine } from './test-exchange.ts';

async function listen(t: TestContext, server: Server): Promise<URL> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on TCP
}

async function answering(t: TestContext, listener: RequestListener): Promise<URL> {
  const server = createHttpServer(listener);
  t.after(() => server.closeAllConnections());
  return listen(t, server);
}

test('knows engines by what they answer', async (t) => {
  const cases: [name: string, lists: Record<string, unknown>, kind: string, more?: object][] = [
    ['Ollama', ollamaLists('a', 'b'), 'ollama', { version: '0.12.3', models: ['a', 'b'] }],
    [
      'LM Studio',
      {
        ...openaiLists('organization_owner', 'qwen'),
        '/api/v0/models': { object: 'list', data: [{ id: 'qwen', type: 'llm', state: 'not-loaded' }] },
      },
      'lmstudio',
    ],
    [
      "llama.cpp's server",
      {
        ...openaiLists('llamacpp', 'model.gguf'),
        // It imitates this list of Ollama's, but not its version.
        '/api/tags': { models: [{ name: 'model.gguf' }] },
        '/props': { total_slots: 3, build_info: 'b6000-abc' },
      },
      'llamacpp',
      { slots: 3, version: 'b6000-abc' },
    ],
    [
      'vLLM',
      { ...openaiLists('vllm', 'meta/llama'), '/version': { version: '0.11.0' } },
      'vllm',
      { version: '0.11.0' },
    ],
    ['another one', openaiLists('somebody', 'x'), 'openai'],
  ];
  for (const [name, lists, kind, more = {}] of cases) {
    const { url } = await testEngine(t, lists);
    const probe = await probeEngine({ url });
    assert.deepEqual([probe.state, probe.kind], ['up', kind], name);
    assert.deepEqual({ ...probe, ...more }, probe, name);
    assert.equal(engineTrouble(probe, url), undefined);
    assert.ok(engineInfo(probe).kind.length <= 32);
    const again = await probeEngine({ url }, { known: probe });
    assert.deepEqual(again, probe, `${name}, asked again`);
  }
});

test('says what is wrong in words that tell the cases apart', async (t) => {
  const refused = await listen(t, createServer());
  const hanging = await listen(
    t,
    createServer((socket) => {
      socket.on('error', () => {});
      t.after(() => socket.destroy());
    }),
  );
  const gone = new URL(refused);
  const web = await answering(t, (_request, response) => void response.end('<html>'));
  const locked = await answering(t, (_request, response) => {
    response.writeHead(401).end('{"error":{"message":"Invalid API Key"}}');
  });
  const loading = await answering(t, (_request, response) => {
    response.writeHead(503, { server: 'llama.cpp' }).end('{"error":{"message":"Loading model","code":503}}');
  });
  const redirecting = await answering(t, (_request, response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  });
  const endless = await answering(t, (_request, response) => {
    const more = (): void =>
      void (response.write(' '.repeat(65_536)) ? setImmediate(more) : response.once('drain', more));
    response.on('error', () => {});
    more();
  });
  const cases: [url: URL, state: string, words: RegExp][] = [
    [hanging, 'hangs', /does not answer \(hangs\)/],
    [web, 'other', /not an engine/],
    [locked, 'locked', /wants a key, or another one: .*engines add .* --ask-key/],
    [loading, 'loading', /loading its model/],
    [redirecting, 'other', /not an engine/],
    [endless, 'broken', /not an engine/],
    [new URL('http://127.0.0.1:9'), 'absent', /no engine answers at http:\/\/127\.0\.0\.1:9$/],
  ];
  assert.ok(gone);
  for (const [url, state, words] of cases) {
    const probe = await probeEngine({ url }, { timeoutMs: state === 'hangs' ? 100 : 3_000 });
    assert.equal(probe.state, state, String(words));
    assert.match(engineTrouble(probe, url) ?? '', words);
  }
});

test('of an engine that lists without end the first models count', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
  const endless = Array.from({ length: 100_000 }, () => ({}));
  const { '/api/tags': tags, ...ollama } = ollamaLists(...names);
  const { models } = tags as { models: object[] }; // as: ours
  const { '/v1/models': list } = openaiLists('vllm', ...names);
  const { data } = list as { data: object[] }; // as: ours
  for (const lists of [
    { ...ollama, '/api/tags': { models: [...models, ...endless] } },
    { '/v1/models': { data: [...data, ...endless] } },
  ]) {
    const { url } = await testEngine(t, lists);
    const probe = await probeEngine({ url }, { timeoutMs: 30_000 });
    assert.deepEqual([probe.state, probe.models.length], ['up', 1000]);
  }
});

test('sends the key to its engine, and asks behind the path of its address', async (t) => {
  const seen: string[] = [];
  const url = await answering(t, ({ url: path, headers }, response) => {
    seen.push(`${path} ${headers.authorization}`);
    response.end(JSON.stringify(path === '/api/openai/v1/models' ? { object: 'list', data: [{ id: 'm' }] } : {}));
  });
  url.pathname = '/api/openai';
  const probe = await probeEngine({ url, key: 'sk-1', kind: 'openai' });
  assert.deepEqual([probe.state, seen], ['up', ['/api/openai/v1/models Bearer sk-1']]);
});

test('a survey tells of all that are named, and of found ones only what is an engine', async (t) => {
  const [ollama, vllm] = await Promise.all([testEngine(t, ollamaLists('a')), testEngine(t, openaiLists('vllm', 'b'))]);
  const other = await answering(t, (_request, response) => void response.writeHead(404).end('no'));
  const survey = await surveyEngines({
    engines: [{ url: new URL('http://127.0.0.1:9'), name: 'mine' }, { url: vllm.url }],
    discover: true,
    places: [{ url: vllm.url }, { url: other }, { url: ollama.url }],
  });
  assert.deepEqual(
    survey.map(({ name, state, isFound }) => [name, state, isFound]),
    [
      ['mine', 'absent', false],
      [vllm.url.host, 'up', false],
      ['Ollama', 'up', true],
    ],
  );
});
