import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Api } from '../apps/relay/src/api.ts';
import { readConfig } from '../apps/relay/src/config.ts';
import { operationsOf } from '../apps/relay/src/docs/document.ts';
import { startTestRelay } from '../apps/relay/src/test-relay.ts';
import { ContractDocument } from './support/contract-document.ts';
import { type JsonObject, missingFields } from './support/contract-examples.ts';

/** Routes that are not in the document, and why. */
const HIDDEN = [
  { routes: /^GET \/download\/:name$/, because: 'a file, whose address GET /api/downloads tells' },
  { routes: /^GET \/\*$/, because: "the web app's files" },
  { routes: /^GET \/api\/docs(\/.*)?$/, because: 'the documentation itself' },
  { routes: /^\w+ \/oidc\//, because: "the embedded issuer's pages and OpenID Connect's own endpoints" },
  { routes: /^\w+ \/(ollama|v1)$/, because: 'the same as /ollama/ and /v1/' },
  { routes: /^\w+ \/proxy\/:proxyId$/, because: 'the same with a slash behind it' },
  {
    routes: /^(PUT|PATCH|OPTIONS|TRACE|QUERY|CONNECT) \/(ollama|v1|proxy\/:proxyId)\/\*$/,
    because: 'no engine has such routes; they pass all the same',
  },
  { routes: /^HEAD (?!\/(ollama|v1|proxy)\/)/, because: 'fastify answers it for every GET' },
  { routes: /^OPTIONS \/?\*$/, because: "browsers' questions before they ask across origins" },
];

/** A relay with every route there can be, and what was registered on it. */
async function relayAndRoutes(t: TestContext) {
  const routes: string[] = [];
  const begun = (message: unknown): void => {
    const { fastify } = message as { fastify: Api }; // as: what fastify tells on this channel
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const name of [method].flat()) routes.push(`${name} ${url}`);
    });
  };
  subscribe('fastify.initialization', begun);
  const relay = await startTestRelay(t, { config: { metrics: { listener: undefined, public: true } } });
  unsubscribe('fastify.initialization', begun);
  return { relay, routes, contract: await ContractDocument.of(relay.url) };
}

test('the OpenAPI document is valid OpenAPI 3.1 of the address that people use', async (t) => {
  const { relay, contract } = await relayAndRoutes(t);
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...contract.document });
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, '3.1');
  assert.deepEqual(contract.document.servers, [{ url: relay.url }]);
});

test('every route is in the OpenAPI document, or hidden for a reason that still holds', async (t) => {
  const { routes, contract } = await relayAndRoutes(t);
  assert.ok(routes.length > 30);
  const missing = routes.filter((route) => {
    const [method = '', path = ''] = route.split(' ');
    const documented = path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');
    return !contract.has(method, documented) && !HIDDEN.some((hidden) => hidden.routes.test(route));
  });
  assert.deepEqual(missing, [], 'Neither documented nor hidden');
  for (const hidden of HIDDEN) {
    // Cross-origin routes are there by configuration alone.
    if (hidden.because.startsWith('browsers')) continue;
    assert.ok(
      routes.some((route) => hidden.routes.test(route)),
      `No such route: ${hidden.because}`,
    );
  }
});

test('every operation says what it does, who may call it and how it fails', async (t) => {
  const { contract } = await relayAndRoutes(t);
  const ids = new Set<string>();
  const { tags = [] } = contract.document;
  for (const { path, method, operation } of operationsOf(contract.document)) {
    const what = `${method} ${path}`;
    const { operationId, summary, tags: own = [], responses } = operation;
    assert.ok(operationId && summary, what);
    assert.ok(!ids.has(operationId), `${operationId} is there twice`);
    ids.add(operationId);
    assert.deepEqual(own.length, 1, what);
    assert.ok(
      tags.some(({ name }) => name === own[0]),
      `${what}: the tag ${own[0]} is not described`,
    );
    assert.ok(responses[500], what);
    // Public routes need no token, all others answer 401 without.
    assert.equal(responses[401] === undefined, operation.security?.length === 0, what);
    const names = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    assert.deepEqual(names.toSorted(), [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted(), what);
    for (const [status, response] of Object.entries(responses)) {
      const { content = {} } = contract.resolve(response);
      if (Number(status) < 400 || operationId === 'getHealth') continue;
      const name = path.endsWith('/{path}') ? 'EngineError' : 'Error'; // what leads to engines fails in their words
      assert.deepEqual(
        content['application/json']?.schema,
        { $ref: `#/components/schemas/${name}` },
        `${what} ${status}`,
      );
    }
  }
  assert.ok(ids.size > 15);
});

test('every body and every good answer has an example, and all examples are as their schemas say', async (t) => {
  const { contract } = await relayAndRoutes(t);
  let count = 0;
  const check = (schema: Record<string, unknown>, example: unknown, what: string): void => {
    assert.notEqual(example, undefined, `${what} has no example`);
    contract.assertValid(schema, example, `The example of ${what}`);
    count++;
  };
  for (const { path, method, operation } of operationsOf(contract.document)) {
    for (const { schema, example } of Object.values(operation.requestBody?.content ?? {})) {
      check(schema, example, `${method} ${path}`);
    }
    for (const { name, schema = {}, example } of operation.parameters ?? []) {
      if (example !== undefined) check(schema, example, `${name} of ${method} ${path}`);
    }
    for (const [status, response] of Object.entries(operation.responses)) {
      for (const [type, media] of Object.entries(contract.resolve(response).content ?? {})) {
        const what = `${method} ${path}: ${status} ${type}`;
        if (status === '503' && operation.operationId === 'getHealth') continue; // as the good one
        check(media.schema, media.example, what);
        const items = media['x-item-schema'];
        if (items === undefined) continue;
        const lines = String(media.example).trim().split('\n');
        assert.ok(lines.length > 1, what);
        for (const line of lines) check(items, JSON.parse(line), what);
      }
    }
  }
  for (const [name, schema] of Object.entries(contract.document.components.schemas)) {
    for (const example of Array.isArray(schema['examples']) ? schema['examples'] : []) check(schema, example, name);
  }
  for (const [path, socket] of Object.entries(contract.document['x-websockets'] ?? {})) {
    for (const [type, { schema, example }] of Object.entries({ ...socket.send, ...socket.receive })) {
      check(schema, example, `${path}: ${type}`);
    }
  }
  assert.ok(count > 150);
});

test('the contract finds what is missing, what is of another type and what nobody documented', async (t) => {
  const { relay, contract } = await relayAndRoutes(t);
  const schema = { $ref: '#/components/schemas/Health' };
  const health = (await (await fetch(`${relay.url}/api/health`)).json()) as JsonObject; // as: it is an object
  contract.assertValid(schema, health, 'health');
  const { metrics: _, ...incomplete } = health;
  for (const wrong of [incomplete, { ...health, status: 'fine' }, { ...health, version: '1.0.0' }]) {
    assert.throws(() => contract.assertValid(schema, wrong, 'health'), /is not as documented/);
  }
  assert.deepEqual(missingFields({ a: [{ b: 1 }], c: null }, { a: [{ b: '1' }, {}], c: 'x' }), [
    'answer.a[0].b is string, documented as number',
    'answer.a[1].b is missing',
    'answer.c is string, documented as null',
  ]);
  assert.deepEqual(missingFields({ a: ['x'] }, { a: [] }), ['answer.a is empty: nothing to compare']);
  assert.deepEqual(missingFields({ a: ['x'] }, { a: ['y'], more: 1 }), []);
});

test('refusals are as documented', async (t) => {
  const { limits } = readConfig({});
  const relay = await startTestRelay(t, { config: { limits: { ...limits, userPerHour: 5 } } });
  const contract = await ContractDocument.of(relay.url);
  const path = '/api/chat/conversations';
  const post = async (body: string, type: string) => {
    const headers = { authorization: `Bearer ${relay.token}`, 'content-type': type };
    return fetch(`${relay.url}${path}`, { method: 'POST', headers, body });
  };
  const narrowed = await relay.tokenFor('someone', { scope: 'bridges:read' });
  const refusals: [string, string, Promise<Response>, number][] = [
    ['GET', path, fetch(`${relay.url}${path}`), 401],
    ['GET', path, relay.call(path, { token: narrowed }), 403],
    ['POST', path, post('{', 'application/json'), 400],
    ['POST', path, post('{}', 'text/plain'), 415],
    ['POST', path, post(JSON.stringify({ title: 'x'.repeat(3 * 1024 * 1024) }), 'application/json'), 413],
  ];
  for (const [method, route, asked, status] of refusals) {
    const response = await asked;
    assert.equal(response.status, status);
    await contract.answer(method, route, response);
  }
  let last = await relay.call(path);
  while (last.ok) last = await relay.call(path);
  assert.equal(last.status, 429);
  assert.ok(Number(last.headers.get('retry-after')) > 0);
  await contract.answer('GET', path, last);
});

test('YAML, which costs the relay much, is not served', async (t) => {
  const relay = await startTestRelay(t);
  const response = await fetch(`${relay.url}/api/docs/yaml`);
  assert.equal(response.status, 404);
  assert.match(await response.text(), /openapi\.json/);
});
