import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { defaultPolicy, type Policy } from '../policy.ts';
import { ask, ollamaLists, startForwarder, testEngine, type TestHeard } from './test-exchange.ts';

test('generations wait in order, without credit for their bodies; lists do not', async (t) => {
  const waiting: TestHeard[] = [];
  const news = new EventTarget();
  const engine = await testEngine(t, ollamaLists('m'), (heard) => {
    waiting.push(heard);
    news.dispatchEvent(new Event('heard'));
  });
  let changes = 0;
  const { forwarder, engines } = await startForwarder(t, [{ url: engine.url, limit: 1 }], {
    countsChanged: () => void changes++,
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
  assert.equal(changes, 3, 'told of each that runs or waits');
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
  assert.ok(changes > 3);
  assert.equal(forwarder.turns.running(sole), 0);
});

test('a request that waits holds no more of its body than its window', async (t) => {
  const engine = await testEngine(t, ollamaLists('m'), () => {});
  const { forwarder } = await startForwarder(t, [{ url: engine.url, limit: 1 }]);
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
  const { forwarder } = await startForwarder(t, [{ url: engine.url, limit: 1 }]);
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
  const { forwarder, engines } = await startForwarder(t, [one, two], { policy });
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
