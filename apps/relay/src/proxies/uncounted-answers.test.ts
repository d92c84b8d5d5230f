import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, type EngineAsked } from '../models/test-engine-bridge.ts';
import { startProxyRelay, until } from './test-proxies.ts';
import { isSurelyStreamed, mayGenerate } from './uncounted-answers.ts';

test('knows what may generate tokens', () => {
  const post = (path: string) => mayGenerate({ method: 'POST', path });
  assert.ok(post('/api/chat') && post('/v1/messages?beta=true') && post('/v1/something-new'));
  for (const path of ['/api/embed', '/v1/embeddings?x', '/api/show', '/v1/messages/count_tokens']) {
    assert.ok(!post(path), path);
  }
  assert.ok(!mayGenerate({ method: 'GET', path: '/v1/models' }) && !mayGenerate({ method: 'HEAD', path: '/' }));
});

test('takes for a stream only what every engine answers with one', () => {
  const streamed = (path: string, body: string) => isSurelyStreamed({ method: 'POST', path }, Buffer.from(body));
  for (const [path, body] of [
    ['/api/chat', '{}'],
    ['/api/generate?x', '{"stream":true,"options":{"stream":false}}'],
    ['/v1/chat/completions', '{"model":"m","stream": true}'],
    ['/v1/messages', '{"stream":true}'],
  ] as const) {
    assert.ok(streamed(path, body), body);
  }
  for (const [path, body] of [
    ['/api/chat', '{"stream":false}'],
    ['/api/chat', '{"stream":null}'],
    ['/api/chat', '{"stream":"true"}'],
    ['/api/chat', '{"Stream":false}'],
    ['/api/chat', '{"stream":true,"STREAM":false}'],
    ['/api/chat', '{"\u017ftream":false}'],
    ['/api/chat', '{"\\u017ftream":false}'],
    ['/api/chat', '{"stream":false,"stream":true}'],
    ['/api/chat', '{"stream":true,"stream":false}'],
    ['/api/chat', '{"stream":true} {"stream":false}'],
    ['/api/chat', '\ufeff{"stream":true}'],
    ['/api/chat', '[{"stream":true}]'],
    ['/api/chat', ''],
    ['/v1/chat/completions', '{}'],
    ['/v1/chat/completions', '{"stream":1}'],
    ['/v1/something-new', '{"stream":true}'],
  ] as const) {
    assert.ok(!streamed(path, body), `${path} ${body}`);
  }
  assert.ok(!isSurelyStreamed({ method: 'POST', path: '/api/chat' }, Buffer.from([0x7b, 0xff, 0x7d])));
});

test('with a limit of tokens, one answer that is not streamed is given at a time', async (t) => {
  const held: EngineAsked[] = [];
  const { create, ask, status } = await startProxyRelay(t, { respond: (asked) => void held.push(asked) });
  const [made, other, unlimited] = [await create({ maxTokens: 5 }), await create({ maxTokens: 5 }), await create()];
  const whole = (proxy: typeof made, path = '/api/chat', body = '{"stream":false}') =>
    ask(proxy, path, { method: 'POST', body });
  const requests = Array.from({ length: 10 }, () => whole(made));
  const refused: Response[] = [];
  for (const request of requests) void request.then((response) => response.status === 429 && refused.push(response));
  await until(() => refused.length === 9 && held.length === 1);
  assert.match(await refused[0]!.text(), /^\{"error":"This proxy counts tokens.*one of these at a time/); // there are nine
  assert.ok(Number(refused[0]?.headers.get('retry-after')) > 0);
  const { requests: counted, errorRate } = (await status(made.proxyId)).metrics;
  assert.deepEqual([counted, errorRate], [9, 1], "the test's worker counts none itself");

  // What is counted as it goes, generates nothing, or goes through another proxy is not held up.
  const others = [
    whole(made, '/api/chat', '{}'),
    whole(made, '/v1/chat/completions', '{"stream":true}'),
    whole(made, '/api/embed', '{}'),
    ask(made, '/api/tags'),
    whole(other),
    whole(unlimited),
    whole(unlimited),
  ];
  await until(() => held.length === 8);
  for (const asked of held) answer(asked, 200, {});
  for (const response of await Promise.all(others)) assert.equal(response.status, 200);
  await Promise.all(requests);

  const leaving = new AbortController();
  const left = ask(made, '/api/chat', { method: 'POST', body: '{"stream":false}', signal: leaving.signal });
  await until(() => held.length === 9);
  leaving.abort();
  await assert.rejects(left);
  assert.equal(await held[8]?.reset, 'cancelled');
  const next = whole(made, '/v1/messages', '{}');
  await until(() => held.length === 10);
  answer(held[9]!, 200, {}); // there are ten
  assert.equal((await next).status, 200);
});
