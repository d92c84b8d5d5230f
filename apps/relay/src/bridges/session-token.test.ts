import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { userStore } from '../accounts/user-store.ts';
import { openDatabase } from '../storage/database.ts';
import { settingsStore } from '../storage/settings-store.ts';
import { temporaryFolder } from '../test-relay.ts';
import { bridgeStatus } from './bridge-directory.ts';
import { bridgeStore } from './bridge-store.ts';
import { sessionTokens } from './session-token.ts';

async function setUp(t: TestContext, now?: () => number) {
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  const { kysely } = database;
  const settings = settingsStore(kysely);
  await userStore(kysely).ensure({ id: 'user-1', name: 'One' });
  const client = { clientId: 'c', platform: 'linux', version: '1', capabilities: ['streaming'] };
  const bridge = await bridgeStore(kysely).register('user-1', client);
  return { kysely, settings, bridge, tokens: await sessionTokens({ kysely, settings, now }) };
}

test('a session token is for one bridge and lives 24 hours', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const { bridge, tokens } = await setUp(t, () => now);
  const token = await tokens.issue(bridge);
  assert.deepEqual(await tokens.verify(token), {
    bridgeId: bridge.id,
    userId: 'user-1',
    email: null,
    name: 'linux',
    priority: 0,
    capabilities: ['streaming'],
    expires: new Date('2026-01-02T00:00:00Z'),
  });
  now += 24 * 60 * 60 * 1000;
  await assert.rejects(tokens.verify(token), { code: 'unauthorized' });
});

test('a restarted relay accepts the tokens it issued before', async (t) => {
  const { kysely, settings, bridge, tokens } = await setUp(t);
  const restarted = await sessionTokens({ kysely, settings });
  assert.equal((await restarted.verify(await tokens.issue(bridge))).bridgeId, bridge.id);
});

test('refuses revoked, forged and foreign tokens', async (t) => {
  const { kysely, bridge, tokens } = await setUp(t);
  const token = await tokens.issue(bridge);
  const claims = {
    sub: 'user-1',
    bridge: bridge.id,
    version: 1,
    iss: 'cloudtolocalllm-relay',
    aud: 'cloudtolocalllm-bridge-link',
    exp: 9e9,
  };
  const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32));
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
  for (const bad of ['', 'garbage', forged, unsigned, `${token}x`]) {
    await assert.rejects(tokens.verify(bad), { code: 'unauthorized' });
  }
  await kysely.updateTable('bridges').set({ token_version: 2 }).execute();
  await assert.rejects(tokens.verify(token), { code: 'unauthorized' });
});

test('what a bridge says now counts more than what it said last', async (t) => {
  const { bridge } = await setUp(t);
  const lastSeen = new Date();
  const report = {
    ollamaStatus: 'connected' as const,
    models: ['m'],
    systemLoad: 0.5,
    engine: { kind: 'ollama', version: '1' },
    mayManageModels: true,
  };
  const presence = { get: () => ({ connected: true, lastSeen, report }), update() {}, drop() {} };
  const { platform, version } = bridge;
  assert.deepEqual(bridgeStatus(bridge, presence), {
    bridgeId: bridge.id,
    name: 'linux',
    status: 'connected',
    lastSeen: lastSeen.toISOString(),
    priority: 0,
    client: { platform, version, ...report },
  });
});
