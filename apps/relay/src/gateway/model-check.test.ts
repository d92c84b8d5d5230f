import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rightsOfKey, type User } from '../accounts/rights.ts';
import { checkBody, checkTarget } from './model-check.ts';

const KEY = { id: 'key-1', expires: Infinity, bridges: undefined, models: ['mine', 'me/mine:2b'] };
const USER: User = { id: 'ada', rights: rightsOfKey(['inference']), key: KEY };
const CHAT = { path: '/v1/chat/completions' };
const SHOW = { path: '/api/show' };
const FORBIDDEN = { code: 'forbidden' };

test('lets the bodies through that use a model of the key', () => {
  for (const body of [
    '{"model":"mine"}',
    '{"model":"mine:latest","stream":false,"options":{"model":"other"}}',
    '{"name":"mine","model":"mine"}',
    ' {"mod\\u0065l" : "mine"} \n',
    '{"messages":[{"name":"other","content":"model"}],"model":"mine"}',
  ]) {
    assert.doesNotThrow(() => checkBody(USER, CHAT, Buffer.from(body)), body);
  }
  assert.doesNotThrow(() => checkBody(USER, SHOW, Buffer.from('{"name":"me/mine:2b"}')));
});

test('refuses every body that uses another model, or that somebody might read so', () => {
  const bodies: (string | Buffer)[] = [
    '{"model":"other"}',
    '{"model":"mine:1b"}',
    '{"model":"MINE"}',
    '{"model":" mine"}',
    '{"model":"mine","model":"other"}',
    '{"model":"other","model":null}', // Go leaves the first one standing
    '{"model":"mine","Model":"other"}',
    '{"model":"mine","Model":"mine"}',
    '{"Model":"other","model":"mine"}',
    '{"model":"mine","mod\\u0065L":"other"}',
    '{"model":"mine","name":"other"}',
    '{"name":"mine","model":"other"}',
    '{"model":"","name":"mine"}',
    '{"name":"mine","NAME":"other"}',
    '{"__proto__":{"model":"mine"}}',
    '{"constructor":{},"prompt":"mine"}',
    '{"model":["mine"]}',
    '{"model":{"name":"mine"}}',
    '{"model":null}',
    '{"options":{"model":"mine"}}',
    '[{"model":"mine"}]',
    '"mine"',
    'null',
    '',
    '{}',
    'not json',
    '{"model":"mine"} {"model":"other"}',
    '{"model":"mine"}{"model":"other"}',
    '{"model":"mine",}',
    '{"model":"mine" /* or */ }',
    '\u{feff}{"model":"mine"}',
    Buffer.from([...Buffer.from('{"model":"mine","x":"'), 0xff, ...Buffer.from('"}')]),
    Buffer.from('{"model":"mine"}', 'utf16le'),
    Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
    '{"model":"other","model":"mine"}',
    '{"mod\\u0065l":"other","model":"mine"}',
    '{"name":"other","messages":[{"name":"a"}],"name":"mine"}',
    '['.repeat(100_000),
    // Engines that read "model" alone find none, and take the one they have.
    '{"name":"mine"}',
    '{"MODEL":"mine"}',
  ];
  for (const body of bodies) {
    assert.throws(() => checkBody(USER, CHAT, Buffer.from(body)), FORBIDDEN, body.toString());
  }
});

test('says which model it is about, and which there are', () => {
  assert.throws(() => checkBody(USER, CHAT, Buffer.from('{"model":"other"}')), {
    message: 'This API key may not use the model "other", only: mine, me/mine:2b.',
  });
  assert.throws(() => checkBody(USER, CHAT, Buffer.from('{}')), {
    message: /send a JSON object whose "model" is one of: mine, /,
  });
});

test('asks for the body where it names the model, and knows the targets that need none', () => {
  const cases: [method: string, path: string, needsBody: boolean][] = [
    ['POST', '/api/chat', true],
    ['POST', '/api/show?x=/', true],
    ['POST', '/v1/chat/completions', true],
    ['GET', '/', false],
    ['GET', '/api/tags?a', false],
    ['HEAD', '/api/version', false],
    ['GET', '/v1/models', false],
    ['GET', '/v1/models/mine', false],
    ['GET', '/v1/models/me%2Fmine%3A2b', false],
    ['DELETE', '/v1/models/me/mine:2b', false],
  ];
  for (const [method, path, needsBody] of cases) {
    assert.equal(checkTarget(USER, { method, path }), needsBody, `${method} ${path}`);
  }
});

test('refuses targets of other models, and those whose model nobody knows', () => {
  for (const [method, path] of [
    ['GET', '/v1/models/other'],
    ['GET', '/v1/models/mine%'],
    ['GET', '/v1/models/mine/..'],
    ['GET', '/v1/models/'],
    ['DELETE', '/v1/models/other'],
    ['POST', '/v1/models/mine'],
    ['POST', '/api/copy'],
    ['POST', '/api/create'],
    ['POST', '/api/pull'],
    ['DELETE', '/api/delete'],
    ['POST', '/api/chat/'],
    ['POST', '/API/chat'],
    ['POST', '//api/chat'],
    ['POST', '/api/chat%20'],
    ['POST', '/api/chat#/api/tags'],
    ['POST', '/api/tags'],
    ['GET', '/api/chat'],
    ['PUT', '/api/chat'],
    ['OPTIONS', '/api/chat'],
    ['GET', '/metrics'],
  ] as const) {
    assert.throws(() => checkTarget(USER, { method, path }), FORBIDDEN, `${method} ${path}`);
  }
});
