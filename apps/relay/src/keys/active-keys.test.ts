import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { allowList } from '../accounts/allow-list.ts';
import { openDatabase } from '../storage/database.ts';
import { temporaryFolder } from '../test-relay.ts';
import { ActiveKeys } from './active-keys.ts';
import { newSecret } from './key-secret.ts';
import { type KeyDraft, type KeyStore, keyStore } from './key-store.ts';
import { KeyUsage } from './key-usage.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const REFUSED = { code: 'unauthorized', message: 'Invalid or expired API key' };

async function fixture(t: TestContext, { allow = [] as string[] } = {}) {
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  const clock = { now: START };
  const errors: unknown[] = [];
  const stored = keyStore(database.kysely);
  const calls = { lookups: 0 };
  const keys: KeyStore = {
    ...stored,
    findByHash(hash) {
      calls.lookups++;
      return stored.findByHash(hash);
    },
  };
  const now = () => clock.now;
  const usage = new KeyUsage({ database, keys, log: { error: (...args: unknown[]) => errors.push(args) }, now });
  t.after(() => usage[Symbol.asyncDispose]());
  const active = new ActiveKeys({ keys, usage, mayEnter: allowList(allow), now });
  const users = database.kysely.insertInto('users');
  await users
    .values({ id: 'ada', name: 'Ada', email: 'ada@example.com', created: new Date(START).toISOString() })
    .execute();
  const make = async (draft: Partial<KeyDraft> = {}) => {
    const made = await keys.create('ada', { name: 'a key', scopes: ['inference'], ...draft }, '127.0.0.1');
    assert.ok(made);
    return { ...made, id: made.key.id };
  };
  return { database, clock, errors, keys, usage, active, calls, make };
}

/** A response that is being sent to a client that waits for it. */
async function runningResponse(t: TestContext): Promise<{ response: ServerResponse; broken: Promise<unknown> }> {
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const answer = fetch(`http://127.0.0.1:${port}`).then(async (reply) => reply.text());
  const broken = answer.then(
    () => assert.fail('the answer was whole'),
    (error: unknown) => error,
  );
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  response.write('begun');
  return { response, broken };
}

async function destroyed(response: ServerResponse): Promise<void> {
  const closed = once(response, 'close');
  response.destroy();
  await closed;
}

test('a key is its owner with its scopes and what it is narrowed to', async (t) => {
  const { active, make } = await fixture(t);
  const wide = await make({ scopes: ['chat', 'inference'] });
  assert.deepEqual(await active.authenticate(wide.secret), {
    id: 'ada',
    rights: new Set(['chat', 'inference']),
    key: { id: wide.id, expires: Infinity, bridges: undefined, models: undefined },
  });
  const narrow = await make({ bridges: ['bridge-1'], models: ['m'] });
  const { key } = await active.authenticate(narrow.secret);
  assert.deepEqual(key, { id: narrow.id, expires: Infinity, bridges: new Set(['bridge-1']), models: ['m'] });
});

test('refuses unknown and impossible keys, the latter without a look at the database', async (t) => {
  const { active, calls } = await fixture(t);
  for (const secret of ['c2l_', 'c2l_short', `c2l_${'x'.repeat(8000)}`, `${newSecret()}=`]) {
    await assert.rejects(active.authenticate(secret), REFUSED);
  }
  assert.equal(calls.lookups, 0);
  await assert.rejects(active.authenticate(newSecret()), REFUSED);
  assert.equal(calls.lookups, 1);
});

test('looks a key up once in half a minute, and not at all when it has expired', async (t) => {
  const { active, clock, calls, make } = await fixture(t);
  const { secret } = await make({ expires: new Date(START + 40_000) });
  await active.authenticate(secret);
  clock.now += 29_999;
  await active.authenticate(secret);
  assert.equal(calls.lookups, 1);
  clock.now += 1;
  await active.authenticate(secret);
  assert.equal(calls.lookups, 2);
  clock.now = START + 39_999;
  await active.authenticate(secret);
  clock.now = START + 40_000;
  await assert.rejects(active.authenticate(secret), REFUSED);
});

test('AUTH_ALLOW holds for the owners of keys too', async (t) => {
  const { active, make } = await fixture(t, { allow: ['*@example.org'] });
  const { secret } = await make();
  await assert.rejects(active.authenticate(secret), { code: 'forbidden' });
  const welcome = await fixture(t, { allow: ['*@example.com'] });
  assert.equal((await welcome.active.authenticate((await welcome.make()).secret)).id, 'ada');
});

test('a key that is revoked while it is being looked up opens nothing', async (t) => {
  const { active, keys, make } = await fixture(t);
  const { id, secret } = await make();
  const looking = active.authenticate(secret);
  const revoking = keys.revoke('ada', id, '127.0.0.1');
  active.revoke(id);
  await assert.rejects(looking, REFUSED);
  assert.ok(await revoking);
  await assert.rejects(active.authenticate(secret), REFUSED);
});

test('revoking breaks off what is being answered with that key, and nothing else', { timeout: 20_000 }, async (t) => {
  const { active, make } = await fixture(t);
  const [revoked, other] = [await make(), await make()];
  const first = await runningResponse(t);
  const second = await runningResponse(t);
  const done = await runningResponse(t);
  active.hold(revoked.id, first.response);
  active.hold(other.id, second.response);
  active.hold(other.id, done.response);
  assert.equal(active.runningWith(other.id), 2);
  await destroyed(done.response);
  await done.broken;
  assert.equal(active.runningWith(other.id), 1);

  active.revoke(revoked.id);
  await first.broken;
  assert.equal(active.runningWith(revoked.id), 0);
  assert.equal(second.response.destroyed, false);
  assert.throws(() => active.hold(revoked.id, second.response), REFUSED);
  await destroyed(second.response);
  await second.broken;
  assert.equal(active.runningWith(other.id), 0);
  // What is over already is not held.
  active.hold(other.id, second.response);
  assert.equal(active.runningWith(other.id), 0);
});

test('writes the last use at most once a minute, after the request', async (t) => {
  const { active, keys, usage, clock, make } = await fixture(t);
  const { secret } = await make();
  const lastUsed = async () => (await keys.list('ada'))[0]?.lastUsed;
  await active.authenticate(secret);
  assert.equal(await lastUsed(), null);
  await usage.flush();
  assert.equal(await lastUsed(), '2026-01-01T00:00:00.000Z');
  clock.now += 59_999;
  await active.authenticate(secret);
  await usage.flush();
  assert.equal(await lastUsed(), '2026-01-01T00:00:00.000Z');
  clock.now += 1;
  await active.authenticate(secret);
  await usage[Symbol.asyncDispose]();
  assert.equal(await lastUsed(), '2026-01-01T00:01:00.000Z');
});

test('a last use that cannot be written is logged and holds nobody up', async (t) => {
  const { active, database, errors, usage, make } = await fixture(t);
  const { secret } = await make();
  await active.authenticate(secret);
  await database[Symbol.asyncDispose]();
  await usage.flush();
  assert.equal(errors.length, 1);
  assert.equal((await active.authenticate(secret)).id, 'ada');
});
