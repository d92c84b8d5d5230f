import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Account } from '../account.ts';
import { readConfig } from '../config.ts';
import type { Facts, Finding } from './check.ts';
import { exchangeCheck } from './exchange-check.ts';

const MODELS = {
  models: [
    { name: 'large', size: 9 },
    { name: 'embed-tiny', size: 1 },
    { name: 'small', size: 2 },
  ],
};

/** What the check says of a relay that answers like this; `asked` is the body of its question. */
async function examine(t: TestContext, chat: RequestListener, list: object = MODELS) {
  const asked: { model?: string; options?: { num_predict?: number } }[] = [];
  const server = createServer((request, response) => {
    assert.equal(request.headers['x-bridge-id'], 'bridge-1');
    if (request.url === '/ollama/api/tags') return void response.end(JSON.stringify(list));
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(JSON.parse(body) as (typeof asked)[number]); // as: the check's own
      chat(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = new Account('/nowhere', {
    relay,
    clientId: 'c',
    issuer: relay,
    oidcClientId: 'b',
    accessToken: 'token',
    accessTokenExpires: Date.now() + 3_600_000,
    bridgeId: 'bridge-1',
  });
  const running = { pid: 1, state: 'online', detail: '', engine: relay, since: '' } as const;
  const facts: Facts = { config: readConfig({}), running, relay, account };
  return { found: (await exchangeCheck(undefined).run(facts)) satisfies Finding, asked };
}

const json =
  (status: number, body: object): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(JSON.stringify(body));

test('asks the smallest model that chats for a few tokens', async (t) => {
  const { found, asked } = await examine(t, (_request, response) => {
    response.write(' {"message":{"content":"Hel'); // with what a relay sends while the engine is silent
    response.end('lo"}}\n{"done":true,"eval_count":8,"eval_duration":1000000000}\n');
  });
  assert.equal(found.status, 'ok');
  assert.match(found.found, /^small answers: first token after \d+\.\d\d s, 8 tokens\/s$/);
  assert.deepEqual([asked.length, asked[0]?.model, asked[0]?.options?.num_predict], [1, 'small', 8]);
});

test('tells who was in the way: the policy, the bridge, a limit, the engine', async (t) => {
  const cases: [answer: RequestListener, status: string, found: RegExp, advice: RegExp][] = [
    [json(403, { error: 'Model small is not allowed.' }), 'failed', /^the policy denies it: Model small/, /"Policy"/],
    [json(503, { error: 'Your computer is offline.' }), 'failed', /^Your computer is offline/, /"Bridge"/],
    [json(429, { error: 'Too many.' }), 'failed', /^Too many/, /later/],
    [json(500, {}), 'failed', /^status 500/, /engine/],
    [json(200, { error: 'out of memory' }), 'failed', /^small: the engine says: out of memory/, /engine/],
    [json(200, { done: true }), 'warning', /^small answers with no word/, /--model/],
  ];
  for (const [answer, status, said, advice] of cases) {
    const { found } = await examine(t, answer);
    assert.equal(found.status, status);
    assert.match(found.found, said);
    assert.match(found.advice ?? '', advice);
  }
});

test('asks nothing when there is no model to chat with', async (t) => {
  for (const list of [{ models: null }, { models: [{ name: 'nomic-embed-text' }] }]) {
    const { found, asked } = await examine(t, json(200, {}), list);
    assert.deepEqual([found.status, asked.length], ['skipped', 0]);
    assert.match(found.advice ?? '', /ollama pull/);
  }
});
