import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as send } from 'node:http';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { makeKey } from '../keys/test-keys.ts';
import { answer, engineBridge, report, type EngineAsked } from '../models/test-engine-bridge.ts';
import { startTestRelay } from '../test-relay.ts';

/** Two computers in this order, each of which answers with its name; `study` has a and both, `Büro` b and both. */
async function twoComputers(t: TestContext, respond: (asked: EngineAsked, name: string) => void = says) {
  const relay = await startTestRelay(t);
  const connect = (name: string, models: string[]) =>
    engineBridge(relay, (asked) => respond(asked, name), { name, models });
  const study = await connect('study', ['a:1b', 'both:latest']);
  const office = await connect('Büro', ['b:1b', 'both:latest']);
  await relay.call('/api/bridge/order', { method: 'PUT', body: { bridgeIds: [study.bridgeId, office.bridgeId] } });
  const post = (path: string, body: object | string, { token = relay.token, headers = {} } = {}) =>
    fetch(relay.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const whoAnswers = async (path: string, body: object | string) => (await post(path, body)).text();
  return { relay, study, office, post, whoAnswers };
}

function says(asked: EngineAsked, name: string): void {
  answer(asked, 200, name);
}

test('asks the computer that has the model, of several the first in order', async (t) => {
  const { whoAnswers } = await twoComputers(t);
  assert.equal(await whoAnswers('/v1/chat/completions', { model: 'b:1b' }), 'Büro');
  assert.equal(await whoAnswers('/v1/chat/completions', { messages: ['x'.repeat(100_000)], model: 'b:1b' }), 'Büro');
  assert.equal(await whoAnswers('/ollama/api/chat', { model: 'a:1b' }), 'study');
  assert.equal(await whoAnswers('/ollama/v1/embeddings', { model: 'both' }), 'study');
  assert.equal(await whoAnswers('/ollama/api/show', { name: 'b:1b' }), 'Büro');
  assert.equal(await whoAnswers('/v1/messages', { model: 'b:1b', stream: false }), 'Büro');
});

test('a key that is narrowed to some models is told of no others when its own is nowhere', async (t) => {
  const { relay, post } = await twoComputers(t);
  const { secret: token } = await makeKey(relay, { scopes: ['inference'], models: ['gone:1b', 'b:1b'] });
  const refused = await post('/ollama/api/chat', { model: 'gone:1b' }, { token });
  assert.equal(refused.status, 404);
  assert.match(await refused.text(), /is on none of your computers that are online\. They have: b:1b\."/);
  const { secret: other } = await makeKey(relay, { scopes: ['inference'], models: ['gone:1b'] });
  const without = await post('/ollama/api/chat', { model: 'gone:1b' }, { token: other });
  assert.match(await without.text(), /is on none of your computers that are online\."/);
});

test('a path names the model as well', async (t) => {
  const { relay, office } = await twoComputers(t);
  const get = async (path: string) => (await relay.call(path)).text();
  assert.equal(await get('/v1/models/b:1b'), 'Büro');
  assert.equal(await get('/ollama/v1/models/b%3A1b'), 'Büro');
  assert.equal(await get('/v1/models/both@b%C3%BCro?x=1'), 'Büro');
  assert.equal(await get('/v1/models/a%401b'.replace('a%401b', 'both%40study')), 'study');
  assert.deepEqual(
    office.asked.map(({ request }) => request.path),
    ['/v1/models/b:1b', '/v1/models/b%3A1b', '/v1/models/both?x=1'],
  );
});

test('model@computer chooses one by its name or id, and the engine sees the model alone', async (t) => {
  const { study, office, whoAnswers } = await twoComputers(t);
  const text = '{ "stream":false,"messages":[ "both@Büro" ],\n "model" : "both@b\\u00fcro" ,"x":1.0e0}';
  assert.equal(await whoAnswers('/v1/chat/completions', text), 'Büro');
  const { request, body } = office.asked[0]!; // it was asked
  assert.deepEqual(body, { stream: false, messages: ['both@Büro'], model: 'both', x: 1 });
  const length = request.headers[request.headers.indexOf('content-length') + 1];
  assert.equal(length, `${Buffer.byteLength(text.replace('both@b\\u00fcro', 'both'))}`);
  assert.equal(await whoAnswers('/ollama/api/chat', { model: `both:latest@${office.bridgeId}` }), 'Büro');
  assert.equal(await whoAnswers('/ollama/api/chat', { model: 'b:1b@STUDY' }), 'study', 'its engine says what it lacks');
  assert.deepEqual(study.asked.at(-1)?.body, { model: 'b:1b' });
});

test('a body that comes in pieces keeps each of its bytes, with another model in it or not', async (t) => {
  const { relay, office } = await twoComputers(t);
  for (const [model, seen] of [
    ['b:1b', 'b:1b'],
    ['both@Büro', 'both'],
  ]) {
    for (const withLength of [true, false]) {
      const text = JSON.stringify({ model, images: ['i'.repeat(300_000)], prompt: 'ü'.repeat(100_000) });
      const body = Buffer.from(text);
      const outgoing = send(`${relay.url}/ollama/api/generate`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${relay.token}`,
          ...(withLength && { 'content-length': body.length }),
        },
      });
      const before = office.asked.length;
      const responded = once(outgoing, 'response');
      for (const edge of [0, 5, 11, 200_000, 400_000]) {
        const end = { 0: 5, 5: 11, 11: 200_000, 200_000: 400_000 }[edge] ?? body.length;
        outgoing.write(body.subarray(edge, end));
        for (let turns = 0; turns < 5; turns++) await turn();
      }
      outgoing.end();
      const [response] = (await responded) as [NodeJS.ReadableStream];
      response.resume();
      await once(response, 'end');
      assert.equal(office.asked.length, before + 1);
      assert.deepEqual(office.asked.at(-1)?.body, { ...JSON.parse(text), model: seen });
    }
  }
});

test('what stands behind @ belongs to the model when no computer is called so', async (t) => {
  const { relay, study, office, whoAnswers } = await twoComputers(t);
  await report(relay, office, { models: ['c@1', 'x@y@z'] });
  assert.equal(await whoAnswers('/v1/completions', { model: 'c@1' }), 'Büro');
  assert.equal(await whoAnswers('/v1/completions', { model: 'x@y@z' }), 'Büro');
  assert.equal(await whoAnswers('/v1/completions', { model: 'x@y@z@büro' }), 'Büro');
  assert.deepEqual(
    office.asked.map(({ body }) => body),
    [{ model: 'c@1' }, { model: 'x@y@z' }, { model: 'x@y@z' }],
  );
  assert.equal(study.asked.length, 0);
});

test('a model that none has is not found, in the words of the dialect, and what there is is named', async (t) => {
  const { relay, office, post, whoAnswers } = await twoComputers(t);
  const message = 'The model "none" is on none of your computers that are online. They have: a:1b, both:latest, b:1b.';
  const openai = await post('/v1/chat/completions', { model: 'none' });
  assert.equal(openai.status, 404);
  assert.deepEqual(await openai.json(), {
    error: { message, type: 'not_found_error', param: null, code: 'model_not_found' },
  });
  const ollama = await post('/ollama/api/chat', { model: 'none' });
  assert.deepEqual([ollama.status, await ollama.json()], [404, { error: message }]);
  const anthropic = await post('/v1/messages', { model: 'none' });
  const { type, error } = (await anthropic.json()) as { type: string; error: object }; // as: looked at below
  assert.deepEqual([anthropic.status, type, error], [404, 'error', { type: 'not_found_error', message }]);

  assert.equal(await whoAnswers('/ollama/api/pull', { model: 'none' }), 'study', 'it is not there yet');
  await report(relay, office, { models: [] });
  assert.equal(
    await whoAnswers('/v1/chat/completions', { model: 'none' }),
    'Büro',
    'it may have what it does not list',
  );
});

test('what names no model goes to the first computer, as does a model that comes too late', async (t) => {
  const { whoAnswers } = await twoComputers(t);
  for (const body of ['{}', '[{"model":"b:1b"}]', '{"model":null}', '"b:1b"', '{"options":{"model":"b:1b"}}']) {
    assert.equal(await whoAnswers('/v1/chat/completions', body), 'study', body);
  }
  assert.equal(await whoAnswers('/v1/chat/completions', { messages: ['x'.repeat(2_000_000)], model: 'b:1b' }), 'study');
});

test('the named computer answers whatever it lists, and nothing of the body is changed', async (t) => {
  const { study, post } = await twoComputers(t);
  const headers = { 'x-bridge-id': study.bridgeId };
  assert.equal(await (await post('/v1/chat/completions', { model: 'b:1b@Büro' }, { headers })).text(), 'study');
  assert.deepEqual(study.asked[0]?.body, { model: 'b:1b@Büro' });
});

test('a computer that the model names and that is offline is not replaced by another', async (t) => {
  const { relay, study, office, post } = await twoComputers(t);
  office.bridge.socket!.close(1000); // it is connected
  while (relay.context.links.get(office.bridgeId)) await turn();
  const refused = await post('/ollama/api/chat', { model: 'both@Büro' });
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /^\{"error":"The computer that the model names is offline/);
  assert.equal((await post('/ollama/api/chat', { model: 'both' })).status, 200);
  assert.equal(study.asked.length, 1);
});

test('a key that is narrowed to a computer reaches no other by a model or its name', async (t) => {
  const { relay, study, office, post } = await twoComputers(t);
  const { secret: token } = await makeKey(relay, { bridges: [study.bridgeId] });
  assert.equal(await (await post('/v1/chat/completions', { model: 'both' }, { token })).text(), 'study');
  for (const model of ['b:1b', 'both@Büro', `both@${office.bridgeId}`]) {
    await (await post('/v1/chat/completions', { model }, { token })).text();
  }
  assert.equal(office.asked.length, 0);
});

test('a key that is narrowed to models uses them on the computer that the model names', async (t) => {
  const { relay, office, study, post } = await twoComputers(t);
  const { secret: token } = await makeKey(relay, { models: ['both'] });
  assert.equal(await (await post('/v1/chat/completions', { model: 'both@Büro' }, { token })).text(), 'Büro');
  assert.deepEqual(office.asked[0]?.body, { model: 'both' });
  for (const model of ['b:1b@Büro', 'both@nowhere', 'b:1b']) {
    const refused = await post('/v1/chat/completions', { model }, { token });
    assert.equal(refused.status, 403, model);
    const { error } = (await refused.json()) as { error: { type: string } }; // as: OpenAI's errors
    assert.equal(error.type, 'permission_error');
  }
  const twice = await post('/v1/chat/completions', '{"model":"both@Büro","model":"b:1b"}', { token });
  assert.equal(twice.status, 403);
  const path = await fetch(`${relay.url}/v1/models/both@B%C3%BCro`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(await path.text(), 'Büro');
  assert.deepEqual([office.asked.length, study.asked.length], [2, 0]);
});

test('asks the next computer that has the model when one cannot, before anything was answered', async (t) => {
  for (const code of ['engine_unreachable', 'refused', 'shutting_down'] as const) {
    const { study, office, post, whoAnswers } = await twoComputers(t, (asked, name) => {
      if (name === 'study') asked.exchange.reset(code);
      else says(asked, name);
    });
    const body = { model: 'both', messages: [{ role: 'user', content: 'once' }], stream: true };
    assert.equal(await whoAnswers('/v1/chat/completions', body), 'Büro', code);
    assert.deepEqual([study.asked[0]?.body, office.asked[0]?.body], [body, body]);
    assert.notEqual((await post('/v1/chat/completions', { model: 'a:1b' })).status, 200, 'no other has it');
    assert.notEqual((await post('/v1/chat/completions', { model: 'both@study' })).status, 200, 'it was named');
    const headers = { 'x-bridge-id': study.bridgeId };
    assert.notEqual((await post('/v1/chat/completions', body, { headers })).status, 200, 'it was named');
    const large = { model: 'both', prompt: 'x'.repeat(100_000) };
    assert.notEqual((await post('/v1/completions', large)).status, 200, 'its body is gone');
    assert.equal(office.asked.length, 1);
  }
});

test('asks nobody else when the engine refused, or after the answer has begun', async (t) => {
  let fail = (asked: EngineAsked): void => asked.exchange.reset('policy_denied', 'no');
  const { study, office, post } = await twoComputers(t, (asked) => fail(asked));
  assert.equal((await post('/ollama/api/chat', { model: 'both' })).status, 403);
  fail = ({ exchange }) => {
    exchange.head(200, ['content-type', 'application/json', 'content-length', '10']);
    exchange.write(Buffer.from('x'));
    exchange.reset('engine_unreachable');
  };
  await assert.rejects(async () => (await post('/ollama/api/chat', { model: 'both' })).text());
  assert.equal(study.asked.length, 2);
  assert.equal(office.asked.length, 0);
});

test('says what the last one failed of when none can', async (t) => {
  const { study, office, post } = await twoComputers(t, ({ exchange }) => exchange.reset('engine_unreachable'));
  const refused = await post('/v1/chat/completions', { model: 'both' });
  assert.equal(refused.status, 502);
  const { error } = (await refused.json()) as { error: { code: string } }; // as: OpenAI's errors
  assert.equal(error.code, 'engine_unreachable');
  assert.deepEqual([study.asked.length, office.asked.length], [1, 1]);
});

test('with one computer online its engine says itself what it lacks', async (t) => {
  const relay = await startTestRelay(t);
  const only = await engineBridge(relay, (asked) => answer(asked, 404, { error: 'its own' }), { models: ['m'] });
  const refused = await relay.call('/v1/chat/completions', { method: 'POST', body: { model: 'none@nobody' } });
  assert.deepEqual([refused.status, await refused.json()], [404, { error: 'its own' }]);
  assert.deepEqual(only.asked[0]?.body, { model: 'none@nobody' });
});

test('a refused request leaves a connection on which the next one is answered', async (t) => {
  const { relay } = await twoComputers(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const statuses: (number | undefined)[] = [];
  for (const model of ['none', 'b:1b']) {
    const outgoing = send(`${relay.url}/v1/completions`, {
      method: 'POST',
      agent,
      headers: { authorization: `Bearer ${relay.token}` },
    });
    outgoing.end(JSON.stringify({ model, prompt: 'x'.repeat(300_000) }));
    const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream & { statusCode?: number }];
    statuses.push(response.statusCode);
    response.resume();
    await once(response, 'end');
  }
  assert.deepEqual(statuses, [404, 200]);
});
