import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { makeKey } from '../keys/test-keys.ts';
import { answer, engineBridge, type EngineAsked } from '../models/test-engine-bridge.ts';
import { startTestRelay } from '../test-relay.ts';

/** What an engine with these models says on each list, with a field of its own. */
function lists(models: string[], own: string) {
  return (asked: EngineAsked): void => {
    const entries = models.map((name) => ({ name, model: name, size: 1, own }));
    switch (asked.request.path.split('?')[0]) {
      case '/v1/models':
        return answer(asked, 200, { object: 'list', data: models.map((id) => ({ id, object: 'model', own })) });
      case '/api/tags':
        return answer(asked, 200, { models: entries, more: own });
      case '/api/ps':
        return answer(asked, 200, { models: entries.slice(0, 1) });
      default:
        return answer(asked, 404, { error: 'no such path' });
    }
  };
}

type Entry = Record<string, string>;

async function start(t: TestContext) {
  const relay = await startTestRelay(t);
  const study = await engineBridge(relay, lists(['llama3.2:latest', 'only-here:1b'], 'study'), { name: 'Study' });
  const laptop = await engineBridge(relay, lists(['llama3.2', 'qwen:7b'], 'laptop'), { name: 'Laptop' });
  await relay.call('/api/bridge/order', { method: 'PUT', body: { bridgeIds: [study.bridgeId, laptop.bridgeId] } });
  const list = async (path: string, token?: string): Promise<Entry[]> => {
    const response = await relay.call(path, { ...(token !== undefined && { token }) });
    assert.equal(response.status, 200, path);
    const body = (await response.json()) as { data?: Entry[]; models?: Entry[] }; // as: what the engines above say
    return body.data ?? body.models ?? [];
  };
  return { relay, study, laptop, list };
}

const named = (entries: Entry[], field: string) => entries.map((entry) => `${entry[field]} (${entry.own})`);

test('lists the models of all computers, and how to choose where there is a choice', { timeout: 20_000 }, async (t) => {
  const { relay, study, laptop, list } = await start(t);
  const all = [
    'llama3.2:latest (study)',
    'only-here:1b (study)',
    'qwen:7b (laptop)',
    'llama3.2:latest@Study (study)',
    'llama3.2@Laptop (laptop)',
  ];
  assert.deepEqual(named(await list('/v1/models'), 'id'), all);
  assert.deepEqual(named(await list('/ollama/v1/models'), 'id'), all);
  const tags = await list('/ollama/api/tags?x=1');
  assert.deepEqual(named(tags, 'name'), all);
  assert.deepEqual(named(tags, 'model'), all);
  assert.deepEqual(named(await list('/ollama/api/ps'), 'name'), [all[0], all[3], all[4]]);
  assert.equal(study.asked.at(-2)?.request.path, '/api/tags?x=1');

  await relay.call('/api/bridge/order', { method: 'PUT', body: { bridgeIds: [laptop.bridgeId, study.bridgeId] } });
  assert.deepEqual(named(await list('/v1/models'), 'id'), [
    'llama3.2 (laptop)',
    'qwen:7b (laptop)',
    'only-here:1b (study)',
    'llama3.2@Laptop (laptop)',
    'llama3.2:latest@Study (study)',
  ]);
  const whole = await relay.call('/ollama/api/tags');
  assert.equal(((await whole.json()) as { more: string }).more, 'laptop', 'what else the first says is kept'); // as: above
  assert.equal(whole.headers.get('content-security-policy'), "sandbox; default-src 'none'");
  assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(whole.headers.get('cache-control'), 'no-store');
  const head = await relay.call('/v1/models', { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
});

test('what is listed can be asked', { timeout: 20_000 }, async (t) => {
  const { relay, study, laptop, list } = await start(t);
  const asked = { Study: study, Laptop: laptop };
  for (const { id = '' } of await list('/v1/models')) {
    const [, bridge] = id.split('@');
    if (bridge !== 'Study' && bridge !== 'Laptop') continue;
    const before = asked[bridge].asked.length;
    await relay.call('/v1/chat/completions', { method: 'POST', body: { model: id } });
    assert.equal(asked[bridge].asked.length, before + 1, id);
    assert.deepEqual(asked[bridge].asked.at(-1)?.body, { model: id.split('@')[0] });
  }
});

test("one computer's list is its engine's own, byte by byte", { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId } = await engineBridge(relay, (asked) => answer(asked, 200, ' { "data" : "strange" }\n'), {
    name: 'a',
  });
  assert.equal(await (await relay.call('/v1/models')).text(), ' { "data" : "strange" }\n');
  await engineBridge(relay, lists(['x'], 'b'), { name: 'b' });
  const headers = { authorization: `Bearer ${relay.token}`, 'x-bridge-id': bridgeId };
  assert.equal(await (await fetch(`${relay.url}/v1/models`, { headers })).text(), ' { "data" : "strange" }\n');
});

test('a key sees what it may use', { timeout: 20_000 }, async (t) => {
  const { relay, laptop, list } = await start(t);
  const { secret: models } = await makeKey(relay, { scopes: ['inference'], models: ['llama3.2'] });
  assert.deepEqual(named(await list('/v1/models', models), 'id'), [
    'llama3.2:latest (study)',
    'llama3.2:latest@Study (study)',
    'llama3.2@Laptop (laptop)',
  ]);
  const { secret: bridge } = await makeKey(relay, { scopes: ['inference'], bridges: [laptop.bridgeId] });
  assert.deepEqual(named(await list('/v1/models', bridge), 'id'), ['llama3.2 (laptop)', 'qwen:7b (laptop)']);
  const { secret: both } = await makeKey(relay, {
    scopes: ['inference'],
    bridges: [laptop.bridgeId],
    models: ['qwen:7b'],
  });
  assert.deepEqual(named(await list('/ollama/api/tags', both), 'name'), ['qwen:7b (laptop)']);
  const headers = { authorization: `Bearer ${both}`, 'x-bridge-id': laptop.bridgeId };
  const ofChosen = await fetch(`${relay.url}/v1/models`, { headers });
  const { data } = (await ofChosen.json()) as { data: Entry[] }; // as: what the engines above say
  assert.deepEqual(named(data, 'id'), ['qwen:7b (laptop)'], 'also of the computer that it names');
  const { secret: neither } = await makeKey(relay, { scopes: ['inference'], models: ['other'] });
  assert.deepEqual(await list('/v1/models', neither), []);
});

test('a computer that does not answer as it should is left out', { timeout: 20_000 }, async (t) => {
  const strange: [name: string, respond: (asked: EngineAsked) => void][] = [
    ['refused', ({ exchange }) => exchange.reset('policy_denied', 'no lists')],
    ['broken', (asked) => answer(asked, 200, 'no JSON')],
    ['strange', (asked) => answer(asked, 200, { data: 'all', models: { a: 1 } })],
    ['failing', (asked) => answer(asked, 500, { error: 'out of memory' })],
    ['huge', (asked) => answer(asked, 200, `"${'x'.repeat(9 * 1024 * 1024)}"`)],
  ];
  const relay = await startTestRelay(t);
  const order: string[] = [];
  for (const [name, respond] of strange) order.push((await engineBridge(relay, respond, { name })).bridgeId);
  const failed = await relay.call('/v1/models');
  assert.equal(failed.status, 403, 'the first one tells what was wrong');
  assert.match(await failed.text(), /"message":"no lists"/);

  const odd = [null, 7, { id: 5 }, { id: '' }, { id: 'good', x: { y: [1] } }, { id: 'good:latest' }];
  await engineBridge(relay, (asked) => answer(asked, 200, { data: odd }), { name: 'odd' });
  await engineBridge(relay, (asked) => answer(asked, 200, { data: null, models: null }), { name: 'empty' });
  const listed = await relay.call('/v1/models');
  assert.deepEqual(await listed.json(), { data: [{ id: 'good', x: { y: [1] } }] });
  const running = (await (await relay.call('/ollama/api/ps')).json()) as { models: unknown }; // as: the relay's own list
  assert.deepEqual(running.models, []);
});
