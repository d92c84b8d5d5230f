import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiError, auditList, keyList } from '@cloudtolocalllm/protocol';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { hashOf } from './key-secret.ts';
import { MAX_KEYS } from './key-store.ts';
import { makeKey } from './test-keys.ts';

const CLIENT = { clientId: 'desktop', platform: 'linux', version: '3.6.2', capabilities: ['streaming'] };

async function refusal(response: Response) {
  const body = apiError.parse(await response.json());
  assert.equal(body.code, response.status);
  return { status: response.status, ...body };
}

const create = ({ call }: TestRelay, body: object) =>
  call('/api/keys', { method: 'POST', body: { name: 'a key', scopes: ['chat'], ...body } });

test('shows the secret once and keeps none of it', async (t) => {
  const relay = await startTestRelay(t);
  const { key, secret } = await makeKey(relay, { name: '  Editor  ', scopes: ['proxies', 'chat', 'proxies'] });
  assert.equal(key.name, 'Editor');
  assert.deepEqual(key.scopes, ['chat', 'proxies']);
  assert.equal(key.hint, secret.slice(0, 8));
  assert.equal(key.expires, null);
  assert.deepEqual(Object.keys(key).toSorted(), ['created', 'expires', 'hint', 'id', 'lastUsed', 'name', 'scopes']);

  const listed = await (await relay.call('/api/keys')).text();
  assert.deepEqual(keyList.parse(JSON.parse(listed)).keys, [key]);
  assert.ok(!listed.includes(secret.slice(8)) && !listed.includes(hashOf(secret)));

  const { dataDir } = relay.context.config;
  const files = (await readdir(dataDir)).filter((name) => name.startsWith('relay.db'));
  const contents = await Promise.all(files.map((name) => readFile(join(dataDir, name), 'latin1')));
  assert.match(contents.join(''), new RegExp(hashOf(secret)), 'the hash is there');
  assert.doesNotMatch(contents.join(''), new RegExp(secret.slice(8)), 'the secret is not');
});

test('keeps what a key is narrowed to, without duplicates, and its end in UTC', async (t) => {
  const relay = await startTestRelay(t);
  const { id } = await relay.context.bridges.register(relay.context.issuer!.user.id, CLIENT);
  const year = new Date().getUTCFullYear() + 1;
  const { key } = await makeKey(relay, {
    bridges: [id, id],
    models: ['a', ' a ', 'b'],
    expires: `${year}-06-20T18:00:00+02:00`,
  });
  assert.deepEqual(key.bridges, [id]);
  assert.deepEqual(key.models, ['a', 'b']);
  assert.equal(key.expires, `${year}-06-20T16:00:00.000Z`);
});

test('refuses what makes no sense, field by field', async (t) => {
  const relay = await startTestRelay(t);
  const { users, bridges } = relay.context;
  await users.ensure({ id: 'user-other', name: 'Other' });
  const theirs = await bridges.register('user-other', CLIENT);
  const cases: [body: object, field: string][] = [
    [{ name: ' ' }, 'name'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['account'] }, 'scopes.0'],
    [{ scopes: ['admin'] }, 'scopes.0'],
    [{ bridges: [theirs.id] }, 'bridges.0'],
    [{ bridges: [`bridge-${crypto.randomUUID()}`] }, 'bridges.0'],
    [{ bridges: [] }, 'bridges'],
    [{ models: [] }, 'models'],
    [{ models: [' '] }, 'models.0'],
    [{ expires: new Date(Date.now() - 1000).toISOString() }, 'expires'],
    [{ expires: 'tomorrow' }, 'expires'],
  ];
  for (const [body, field] of cases) {
    const { status, error, details } = await refusal(await create(relay, body));
    assert.deepEqual([status, error, Object.keys(details ?? {})], [400, 'validation_failed', [field]]);
  }
  assert.deepEqual(await relay.context.keys.list(relay.context.issuer!.user.id), []);
});

test('a person has a hundred keys and no more, however many are asked for at once', async (t) => {
  const relay = await startTestRelay(t);
  const { keys, issuer } = relay.context;
  for (let count = 1; count < MAX_KEYS; count++) {
    await keys.create(issuer!.user.id, { name: `key ${count}`, scopes: ['chat'] }, '127.0.0.1');
  }
  const answers = await Promise.all([1, 2, 3].map(() => create(relay, {})));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 409, 409],
  );
  const refused = answers.find(({ status }) => status === 409)!; // counted above
  assert.match((await refusal(refused)).message, /revoke one/);
  assert.equal((await keys.list(issuer!.user.id)).length, MAX_KEYS);
});

test("another person's key is not found, and stays", async (t) => {
  const relay = await startTestRelay(t);
  const { key } = await makeKey(relay);
  const token = await relay.tokenFor('user-other');
  for (const id of [key.id, `key-${crypto.randomUUID()}`]) {
    const { status, message } = await refusal(await relay.call(`/api/keys/${id}`, { method: 'DELETE', token }));
    assert.deepEqual([status, message], [404, `You have no API key "${id}"`]);
  }
  assert.deepEqual(await (await relay.call('/api/keys', { token })).json(), { keys: [] });
  assert.equal(keyList.parse(await (await relay.call('/api/keys')).json()).keys.length, 1);
});

test('making and revoking is in the audit log, with where it came from', async (t) => {
  const relay = await startTestRelay(t);
  const { key } = await makeKey(relay, { name: 'Editor', scopes: ['chat', 'inference'] });
  assert.equal((await relay.call(`/api/keys/${key.id}`, { method: 'DELETE' })).status, 200);
  const { events } = auditList.parse(await (await relay.call('/api/audit')).json());
  const told = events.flatMap(({ action, target, address, note }) =>
    target === key.id ? [{ action, address, note }] : [],
  );
  assert.deepEqual(
    new Set(told),
    new Set([
      { action: 'key_revoked', address: '127.0.0.1', note: 'Editor' },
      { action: 'key_created', address: '127.0.0.1', note: 'Editor: chat, inference' },
    ]),
  );
});
