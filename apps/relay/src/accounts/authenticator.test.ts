import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiError, authConfig, health, me } from '@cloudtolocalllm/protocol';
import { type AuthConfiguration, readConfig } from '../config.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { TestIssuer } from './test-issuer.ts';

async function startRelay(t: TestContext, auth: Partial<AuthConfiguration> = {}, at?: TestIssuer) {
  const issuer = at ?? (await TestIssuer.start(t));
  const standard = readConfig({}).auth;
  const config = { auth: { ...standard, issuer: { url: issuer.url, jwksUrl: undefined }, ...auth } };
  return { issuer, relay: await startTestRelay(t, { config }) };
}

const who = async (relay: TestRelay, token: string) => relay.call('/api/me', { token });
const events = async ({ context }: TestRelay, userId: string) =>
  (await context.audit.list(userId, { limit: 10, offset: 0 })).events;

test('enters a person with the first token, and what later tokens say otherwise', async (t) => {
  const { issuer, relay } = await startRelay(t);
  const token = await issuer.token({ name: 'Ann', email: 'ann@example.com', email_verified: true, iat: 1000 });
  assert.deepEqual(me.parse(await (await who(relay, token)).json()), {
    userId: 'auth0|1',
    name: 'Ann',
    scopes: ['chat', 'inference', 'bridges:read', 'proxies', 'account'],
  });
  const { users } = relay.context;
  assert.equal((await users.find('auth0|1'))?.email, 'ann@example.com');

  await who(relay, await issuer.token({ name: 'Ann Lee', email: 'ann@other.example', iat: 2000 }));
  await who(relay, await issuer.token({ name: 'Nobody', email: 'old@example.com', email_verified: true, iat: 1500 }));
  await who(relay, await issuer.token({ iat: 2500 }));
  const row = await users.find('auth0|1');
  assert.deepEqual([row?.name, row?.email, row?.last_token_at], ['Ann Lee', null, 2500]);
});

test('notes each issued token once, however many requests come with it at a time', async (t) => {
  const { issuer, relay } = await startRelay(t);
  const token = await issuer.token({ iat: 1000 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => who(relay, token)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  relay.context.tokens.forget('auth0|1');
  await who(relay, token);
  await who(relay, await issuer.token({ iat: 900 }));
  const [event, ...others] = await events(relay, 'auth0|1');
  assert.deepEqual(others, []);
  assert.deepEqual([event?.action, event?.target, event?.address], ['token_accepted', 'web', '127.0.0.1']);
  await who(relay, await issuer.token({ iat: 1001 }));
  assert.equal((await events(relay, 'auth0|1')).length, 2);
});

test('the same first token in two forms enters one person without an error', async (t) => {
  const { issuer, relay } = await startRelay(t);
  const tokens = await Promise.all(
    Array.from({ length: 10 }, (_, index) => issuer.token({ iat: 1000, jti: `${index}` })),
  );
  const answers = await Promise.all(tokens.map((token) => who(relay, token)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal((await events(relay, 'auth0|1')).length, 1);
});

test('lets in only whom AUTH_ALLOW names, and enters nobody else', async (t) => {
  const { issuer, relay } = await startRelay(t, { allow: ['auth0|1', '*@home.example'] });
  const status = async (claims: Record<string, unknown>) => (await who(relay, await issuer.token(claims))).status;
  assert.equal(await status({ sub: 'auth0|1' }), 200);
  assert.equal(await status({ sub: 'auth0|2', email: 'Bob@Home.example', email_verified: true, iat: 1000 }), 200);
  assert.equal(await status({ sub: 'auth0|2', iat: 1001 }), 200, 'the address is known by now');
  assert.equal(await status({ sub: 'auth0|2', email: 'bob@away.example', email_verified: true, iat: 1002 }), 403);
  assert.equal(await status({ sub: 'auth0|2', iat: 1003 }), 403);
  assert.equal(await status({ sub: 'auth0|3', email: 'eve@home.example', email_verified: false }), 403);
  assert.equal(await relay.context.users.find('auth0|3'), undefined);
  const refused = await who(relay, await issuer.token({ sub: 'auth0|4' }));
  const { error, message } = apiError.parse(await refused.json());
  assert.equal(error, 'forbidden');
  assert.match(message, /AUTH_ALLOW/);
});

test('ended tokens are worthless, later ones are not', async (t) => {
  const { issuer, relay } = await startRelay(t);
  const token = await issuer.token({ iat: 1000 });
  assert.equal((await who(relay, token)).status, 200);
  await relay.context.users.endTokens('auth0|1', 1001);
  relay.context.tokens.forget('auth0|1');
  assert.equal((await who(relay, token)).status, 401);
  assert.equal((await who(relay, await issuer.token({ iat: 1001 }))).status, 200);
});

test('takes permissions for scopes, and ADMIN_SUBJECTS for administrators', async (t) => {
  const { issuer, relay } = await startRelay(t, { adminSubjects: ['auth0|admin'] });
  const scopes = async (claims: Record<string, unknown>) =>
    me.parse(await (await who(relay, await issuer.token(claims))).json()).scopes;
  assert.deepEqual(await scopes({ permissions: ['chat', 'bridges:read'] }), ['chat', 'bridges:read']);
  assert.deepEqual(await scopes({ permissions: [], scope: 'openid chat', jti: '1' }), ['chat']);
  assert.ok((await scopes({ sub: 'auth0|admin' })).includes('admin'));
  assert.ok((await scopes({ permissions: ['admin'], jti: '2' })).includes('admin'));
});

test('a person whose scopes do not reach gets 403', async (t) => {
  const { issuer, relay } = await startRelay(t);
  const token = await issuer.token({ scope: 'openid bridges:read' });
  assert.equal((await relay.call('/api/bridge', { token })).status, 200);
  const refused = await relay.call('/api/chat/conversations', { token });
  assert.deepEqual([refused.status, apiError.parse(await refused.json()).error], [403, 'forbidden']);
});

test('says where to sign in, lets the web app call there, and has no issuer of its own', async (t) => {
  const clientIds = { web: 'spa', bridge: 'native' };
  const { issuer, relay } = await startRelay(t, { clientIds, audience: 'my-api' });
  const { version, protocolVersion, ...config } = authConfig.parse(
    await (await fetch(`${relay.url}/api/auth/config`)).json(),
  );
  assert.ok(version && protocolVersion);
  assert.deepEqual(config, { issuer: issuer.url, audience: 'my-api', clientIds, embedded: false });
  const discovery = await fetch(`${relay.url}/oidc/.well-known/openid-configuration`);
  assert.equal(discovery.status, 404);
  const [, connect = ''] = /connect-src ([^;]*)/.exec(discovery.headers.get('content-security-policy') ?? '') ?? [];
  assert.ok(connect.split(' ').includes(new URL(issuer.url).origin), connect);
  assert.equal(await relay.context.settings.get('local_user_id'), undefined);
});

test('answers 503 with Retry-After while the issuer has never answered, and says so in its health', async (t) => {
  const at = await TestIssuer.start(t);
  await at.down();
  const { relay } = await startRelay(t, {}, at);
  const refused = await who(relay, await at.token());
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
  assert.equal(apiError.parse(await refused.json()).error, 'sign_in_unavailable');
  const state = await fetch(`${relay.url}/api/health`);
  assert.equal(state.status, 503);
  assert.equal(health.parse(await state.json()).services.auth, 'unhealthy');
});
