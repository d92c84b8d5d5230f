import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { statusUpdate, type StatusUpdate } from '@cloudtolocalllm/protocol';
import { Engines, type EngineTimings } from './engines.ts';
import { onlineWords } from './online-words.ts';
import { ollamaLists, openaiLists, testEngine } from './test-exchange.ts';

type Report = StatusUpdate['payload'];
const FAST: Partial<EngineTimings> = { pollUpMs: 5, pollDownMs: 5, tellLoadMs: 3_600_000, timeoutMs: 2_000 };

/** An engine whose answers the test changes, and what is told of it, one after the other. */
async function start(t: TestContext, timings: Partial<EngineTimings> = {}) {
  const engine: { answer: RequestListener } = { answer: () => {} };
  const server = createServer((request, response) => engine.answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const told: Report[] = [];
  const news = new EventTarget();
  const watch = new Engines(
    { engines: [{ url: new URL(`http://127.0.0.1:${port}`) }], discover: false },
    () => {
      const report = watch.report();
      statusUpdate.parse({ type: 'status_update', payload: report });
      told.push(report);
      news.dispatchEvent(new Event('told'));
    },
    { ...FAST, ...timings },
  );
  t.after(() => {
    watch[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
  });
  const next = async (): Promise<Report> => {
    while (told.length === 0) await once(news, 'told');
    return told.shift()!; // not empty
  };
  return { engine, watch, next };
}

function listing(models: unknown, version: unknown = '0.12.0'): RequestListener {
  return ({ url }, response) => void response.end(JSON.stringify(url === '/api/version' ? { version } : { models }));
}
const named = (...names: string[]) => names.map((name) => ({ name }));

test('tells that the engine is up, has other models, is down, and is up again', async (t) => {
  const { engine, watch, next } = await start(t);
  engine.answer = listing(named('a'));
  await watch.look();
  const { systemLoad, ...first } = await next();
  assert.deepEqual(first, { ollamaStatus: 'connected', models: ['a'], engine: { kind: 'ollama', version: '0.12.0' } });
  assert.ok(systemLoad !== undefined && systemLoad >= 0);
  engine.answer = listing(named('a', 'b'));
  assert.deepEqual((await next()).models, ['a', 'b']);
  engine.answer = ({ socket }) => void socket.destroy();
  const down = await next();
  assert.deepEqual([down.ollamaStatus, down.models, down.engine], ['disconnected', [], undefined]);
  engine.answer = listing(named('b'));
  assert.deepEqual((await next()).models, ['b']);
});

test('notices an engine that hangs', async (t) => {
  const { engine, watch, next } = await start(t, { timeoutMs: 1_000 });
  engine.answer = listing([]);
  await watch.look();
  assert.equal((await next()).ollamaStatus, 'connected');
  engine.answer = () => {};
  assert.equal((await next()).ollamaStatus, 'disconnected');
  engine.answer = (_request, response) => void response.write('{"models":[');
  await watch.look();
  assert.equal(watch.report().ollamaStatus, 'disconnected');
});

test('takes for down what does not answer as an engine', async (t) => {
  const { engine, watch } = await start(t);
  const answers: [name: string, answer: RequestListener][] = [
    ['no JSON', (_request, response) => void response.end('<html>')],
    ['an error', (_request, response) => void response.writeHead(500).end('{"version":"1","models":[]}')],
    ['a redirect', (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['null', (_request, response) => void response.end('null')],
    ['models that are none', listing('many')],
    ['models without names', listing([{}])],
    ['a version that is none', listing([], { major: 1 })],
    ['a listing without end', (_request, response) => void response.end(' '.repeat(5 * 1024 * 1024))],
  ];
  for (const [name, answer] of answers) {
    engine.answer = answer;
    await watch.look();
    assert.equal(watch.report().ollamaStatus, 'disconnected', name);
  }
});

test('keeps within what a relay takes, and understands an engine without a model', async (t) => {
  const { engine, watch } = await start(t);
  engine.answer = listing(null);
  await watch.look();
  assert.deepEqual([watch.report().ollamaStatus, watch.report().models], ['connected', []]);
  engine.answer = listing(
    named('x'.repeat(300), ...Array.from({ length: 1500 }, (_, index) => `m${index}`)),
    'v'.repeat(100),
  );
  await watch.look();
  statusUpdate.parse({ type: 'status_update', payload: watch.report() });
  assert.deepEqual([watch.report().models.length, watch.report().models[0]], [1000, 'm0']);
});

test('the load is told again and again, of an engine that is there and of one that is not', async (t) => {
  const { engine, watch, next } = await start(t, { tellLoadMs: 0 });
  engine.answer = listing(named('a'));
  await watch.look();
  const up = [await next(), await next(), await next()];
  assert.ok(up.every(({ ollamaStatus, systemLoad }) => ollamaStatus === 'connected' && systemLoad !== undefined));
  engine.answer = ({ socket }) => void socket.destroy();
  let report = await next();
  while (report.ollamaStatus === 'connected') report = await next();
  assert.ok((await next()).systemLoad !== undefined);
});

test('looks once for all who ask at the same time', async (t) => {
  let looks = 0;
  const { engine, watch } = await start(t, { pollUpMs: 3_600_000 });
  engine.answer = (request, response) => {
    if (request.url === '/api/tags') looks++;
    listing([])(request, response);
  };
  await Promise.all([watch.look(), watch.look(), watch.look()]);
  assert.equal(looks, 1);
});

test('looks once more when the engine was changed while it was looking', async (t) => {
  const { engine, watch } = await start(t, { pollUpMs: 3_600_000 });
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  engine.answer = (request, response) => {
    asked.resolve();
    void held.promise.then(() => listing(named('old'))(request, response));
  };
  const looking = watch.look();
  await asked.promise;
  const again = watch.lookAgain();
  held.resolve();
  await looking;
  assert.deepEqual(watch.report().models, ['old']);
  engine.answer = listing(named('new'));
  await again;
  assert.deepEqual(watch.report().models, ['new']);
});

test('merges the models of several, and says which of them do not work', async (t) => {
  const [one, two, down] = await Promise.all([
    testEngine(t, ollamaLists('a', 'both')),
    testEngine(t, openaiLists('vllm', 'b', 'both:latest')),
    hanging(t),
  ]);
  const engines = new Engines({ engines: [one, { url: down, name: 'Old' }, two], discover: false }, () => {}, {
    timeoutMs: 200,
  });
  t.after(() => engines[Symbol.dispose]());
  await engines.look();
  const { models, ollamaStatus, engine } = engines.report((model) => model !== 'b');
  statusUpdate.parse({ type: 'status_update', payload: engines.report() });
  assert.deepEqual([ollamaStatus, models], ['connected', ['a', 'both']]);
  assert.deepEqual(engine, { kind: 'Ollama + vLLM', version: '0.12.3' });
  assert.equal(engines.withModel('both')?.settings.url, one.url);
  assert.match(onlineWords(engines), /^3 models on 127.*; the engine at .* does not answer \(hangs\): restart it$/);
});

test('does not take for hanging what is just speaking', async (t) => {
  const { engine, watch } = await start(t, { timeoutMs: 1_000, pollUpMs: 3_600_000, pollDownMs: 3_600_000 });
  engine.answer = listing(named('a'));
  await watch.look();
  const [only] = watch.all;
  assert.ok(only);
  engine.answer = () => {};
  only.spokeAt = performance.now();
  await watch.look();
  assert.equal(watch.report().ollamaStatus, 'connected');
  only.spokeAt = -Infinity;
  await watch.look();
  assert.equal(watch.report().ollamaStatus, 'disconnected');
  assert.match(watch.troubles()[0] ?? '', /hangs/);
});

test('finds engines that start later, and forgets those that do not come back', async (t) => {
  const news = new EventTarget();
  const found = { lists: undefined as Record<string, unknown> | undefined };
  const server = createServer(({ url = '' }, response) => {
    const body = found.lists?.[url];
    response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? 'another program'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const engines = new Engines(
    { engines: [], discover: true, places: [{ url: new URL(`http://127.0.0.1:${port}`) }] },
    () => news.dispatchEvent(new Event('told')),
    { ...FAST, searchMs: 5, searchMoreMs: 5, forgetMs: 20 },
  );
  t.after(() => engines[Symbol.dispose]());
  await engines.look();
  assert.deepEqual([engines.all.length, engines.report().ollamaStatus], [0, 'disconnected'], 'no port is an engine');
  assert.match(engines.troubles()[0] ?? '', new RegExp(`no engine answers on this computer .*${port}`));
  const until = async (is: () => boolean): Promise<void> => {
    while (!is()) await once(news, 'told');
  };
  found.lists = openaiLists('vllm', 'm');
  await until(() => engines.all.length === 1);
  assert.deepEqual([engines.report().models, onlineWords(engines)], [['m'], '1 model on vLLM']);
  server.closeAllConnections();
  server.close();
  await until(() => !engines.all[0]?.isUp);
  await until(() => engines.all.length === 0);
});

test('engines that stay the same are not disturbed when others are chosen', async (t) => {
  const [one, two] = await Promise.all([testEngine(t, ollamaLists('a')), testEngine(t, ollamaLists('b'))]);
  const engines = new Engines({ engines: [one], discover: false });
  t.after(() => engines[Symbol.dispose]());
  const removed: string[] = [];
  engines.onRemoved(({ address }) => removed.push(address));
  await engines.look();
  const [kept] = engines.all;
  await engines.use({ engines: [{ url: two.url }, { url: one.url }], discover: false });
  assert.deepEqual([engines.all[1] === kept, engines.report().models, removed], [true, ['b', 'a'], []]);
  await engines.use({ engines: [{ url: two.url, key: 'new' }], discover: false });
  assert.deepEqual([engines.all.length, removed.length], [1, 2]);
});

/** What accepts connections and says nothing. */
async function hanging(t: TestContext): Promise<URL> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on TCP
}
