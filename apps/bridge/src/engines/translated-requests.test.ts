import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ask, namedEngine, openaiLists, startForwarder, testEngine, type TestHeard } from './test-exchange.ts';

const sse = (...data: object[]): string => data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
const word = (content: string) => ({ choices: [{ delta: { content } }] });
const finished = [
  { choices: [{ delta: {}, finish_reason: 'stop' }] },
  { choices: [], usage: { completion_tokens: 2 } },
];

test('an engine that speaks OpenAI answers questions in the API of Ollama, as they come', async (t) => {
  const said = Promise.withResolvers<TestHeard>();
  const engine = await testEngine(t, openaiLists('vllm', 'm'), (heard) => {
    heard.response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(word('Hel')));
    said.resolve(heard);
  });
  const { forwarder } = await startForwarder(t, [engine]);
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
  assert.equal(lines[2]?.['eval_count'], 2);
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
  const { forwarder } = await startForwarder(t, [engine]);
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
  const { forwarder } = await startForwarder(t, [engine]);
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
  const engine = await namedEngine(t, 'one', openaiLists('somebody', 'm'));
  const { forwarder } = await startForwarder(t, [engine]);
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
  const { forwarder } = await startForwarder(t, [engine]);
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
