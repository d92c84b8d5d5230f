import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { Child } from '../dev/src/child.ts';
import { freePort } from '../dev/src/free-port.ts';
import { Stack } from '../dev/src/stack.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Auth0LikeIssuer, type IssuerKey } from './support/auth0-like-issuer.ts';
import { launchBrowser } from './support/browser.ts';
import { until } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;
const KEYS = '/.well-known/jwks.json';

describe('an issuer somewhere else, such as Auth0', () => {
  let directory: string;
  let issuer: Auth0LikeIssuer;
  let stack: Stack;
  let browser: Browser;
  let bridge: Child | undefined;
  const problems: string[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'c2l-issuer-'));
    const port = (await freePort())!; // some port is free
    issuer = await Auth0LikeIssuer.start(`http://localhost:${port}`);
    const { clients } = issuer.settings;
    const relayEnv = {
      AUTH_ISSUER: issuer.url,
      AUTH_WEB_CLIENT_ID: clients.web,
      AUTH_BRIDGE_CLIENT_ID: clients.bridge,
      RATE_LIMIT_ADDRESS_PER_HOUR: '1000000',
      RATE_LIMIT_USER_PER_HOUR: '1000000',
    };
    stack = await Stack.start({ engine: 'demo', web: true, bridge: false, port, dataDir: directory, relayEnv });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await bridge?.stop();
    await stack?.[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const call = (token: string, path = '/api/me') =>
    fetch(`${stack.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

  async function assertRefused(token: string, name: string): Promise<void> {
    const response = await call(token);
    assert.equal(response.status, 401, name);
    const body = (await response.json()) as Record<string, unknown>;
    assert.equal(body['requestId'], response.headers.get('x-request-id'), name);
    const { requestId: _requestId, ...rest } = body;
    assert.deepEqual(rest, { error: 'unauthorized', message: 'Invalid or expired token', code: 401 }, name);
  }

  function runBridge(name: string, ...args: string[]): Child {
    const env = { ...process.env, CLOUDTOLOCALLLM_HOME: join(directory, 'bridge'), NO_COLOR: '1' };
    return new Child({ args: [BRIDGE_MAIN, ...args], env, logFile: join(directory, 'logs', `${name}.log`) });
  }

  function connectBridge(name: string): void {
    bridge = runBridge(name, 'up', '--engine-url', stack.engine.url.origin);
  }

  async function logIn(page: Page, username: string): Promise<void> {
    await page.getByLabel('Username').fill(username);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  it('tells clients where to sign in', async () => {
    const response = await fetch(`${stack.url}/api/auth/config`);
    const { version, protocolVersion, ...config } = (await response.json()) as Record<string, unknown>;
    assert.ok(version && protocolVersion);
    assert.deepEqual(config, {
      issuer: issuer.url,
      audience: 'cloudtolocalllm-api',
      clientIds: issuer.settings.clients,
      embedded: false,
    });
    assert.equal((await fetch(`${stack.url}/oidc/.well-known/openid-configuration`)).status, 404);
  });

  it('refuses every bad token in the format of the specification, without a question to the issuer', async () => {
    await issuer.requests();
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const good = await issuer.token();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicJwk } = issuer.settings.jwks[0]!; // its one key
    const publicKey = (await importJWK(publicJwk, 'RS256', { extractable: true })) as CryptoKey; // as: no symmetric one
    const secret = Buffer.from(await exportSPKI(publicKey));
    const stranger: IssuerKey = { kid: issuer.key.kid, privateKey: (await generateKeyPair('RS256')).privateKey };
    const now = Math.floor(Date.now() / 1000);
    const hs256 = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: issuer.key.kid });
    const bad: Record<string, string> = {
      garbage: 'garbage',
      dots: '..',
      'no signature': `${header}.${payload}.`,
      'alg none': `${encode({ alg: 'none' })}.${payload}.`,
      'alg none with a signature': `${encode({ alg: 'none', kid: issuer.key.kid })}.${payload}.${signature}`,
      'HS256 with the public key': await hs256.sign(secret),
      'another payload': `${header}.${encode({ ...claims, sub: 'auth0|other' })}.${signature}`,
      'another key': await issuer.token({}, stranger),
      expired: await issuer.token({ exp: now - 60 }),
      'not valid yet': await issuer.token({ nbf: now + 60 }),
      'another audience': await issuer.token({ aud: [`${issuer.url}userinfo`] }),
      'another issuer': await issuer.token({ iss: 'https://other.eu.auth0.com/' }),
      'the issuer without its slash': await issuer.token({ iss: issuer.url.replace(/\/$/, '') }),
      'no subject': await issuer.token({ sub: undefined }),
      'an endless subject': await issuer.token({ sub: 'x'.repeat(256) }),
      oversized: await issuer.token({ padding: 'x'.repeat(9000) }),
    };
    for (const [name, token] of Object.entries(bad)) await assertRefused(token, name);
    assert.deepEqual(await issuer.requests(), []);
    assert.equal((await call(good)).status, 200);
    assert.equal((await fetch(`${stack.url}/api/me`)).status, 401);
  });

  it('answers 403 to a token without the needed scope', async () => {
    const token = await issuer.token({ permissions: ['bridges:read'] });
    assert.equal((await call(token, '/api/bridge')).status, 200);
    const refused = await call(token, '/api/chat/conversations');
    assert.equal(refused.status, 403);
    assert.equal(((await refused.json()) as { error: string }).error, 'forbidden');
  });

  it('connects a bridge whose person confirms its code at the issuer', async () => {
    const login = runBridge('login', 'login', '--relay', stack.url);
    const log = join(directory, 'logs', 'login.log');
    let address: string | undefined;
    await until('the bridge shows a code', 20_000, async () => {
      address = /http:\/\/localhost:\d+\/activate\?user_code=[\w-]+/.exec(await readFile(log, 'utf8'))?.[0];
      return address !== undefined;
    });
    const page = await (await browser.newContext()).newPage();
    await page.goto(address ?? '');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await logIn(page, 'ann');
    await page.getByText('you are all set').waitFor();
    await login.exited;
    assert.match(await readFile(log, 'utf8'), /^Signed in to http/m);
    connectBridge('up');
    await bridge?.until('the bridge is online', async () => /^online /m.exec(bridge?.tail ?? '')?.[0]);
  });

  let ann: string;
  let page: Page;
  it('lets a person in by the browser, and shows an answer of their own computer', async () => {
    page = await (await browser.newContext()).newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(stack.url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await logIn(page, 'ann');
    const box = page.getByRole('textbox', { name: 'Message' });
    await box.waitFor();
    assert.equal(new URL(page.url()).origin, stack.url);
    assert.doesNotMatch(page.url(), /code=|token/);
    await page.getByText('tiny-demo').first().waitFor();
    await box.fill('What are you?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(SENTENCE).waitFor();
    await page.reload();
    await page.getByText(SENTENCE).waitFor();
    assert.deepEqual(problems, []);

    const request = page.waitForRequest((sent) => sent.url().endsWith('/api/me') || sent.url().includes('/api/bridge'));
    await page.reload();
    ann = (await (await request).headerValue('authorization'))?.replace('Bearer ', '') ?? '';
    const me = (await (await call(ann)).json()) as { userId: string; name: string };
    assert.deepEqual([me.userId, me.name], ['auth0|ann', 'ann']);
  });

  it('notes each issued token once', async () => {
    const { events } = (await (await call(ann, '/api/audit')).json()) as {
      events: { action: string; target?: string }[];
    };
    const accepted = events.filter(({ action }) => action === 'token_accepted').map(({ target }) => target);
    // The newest first.
    assert.deepEqual(accepted, ['spa-client', 'native-client']);
  });

  it('shows a second person nothing of the first', async () => {
    const bob = await issuer.token({ sub: 'auth0|bob' });
    const get = async (path: string, token: string) => (await call(token, path)).json() as Promise<unknown>;
    const { conversations } = (await get('/api/chat/conversations', ann)) as { conversations: { id: string }[] };
    const { bridges } = (await get('/api/bridge', ann)) as { bridges: { bridgeId: string }[] };
    assert.deepEqual([conversations.length, bridges.length], [1, 1]);
    assert.deepEqual(await get('/api/bridge', bob), { bridges: [] });
    assert.equal(((await get('/api/chat/conversations', bob)) as { total: number }).total, 0);
    for (const path of [
      `/api/bridge/${bridges[0]?.bridgeId}/status`,
      `/api/chat/conversations/${conversations[0]?.id}`,
    ]) {
      assert.equal((await call(bob, path)).status, 404, path);
    }
  });

  it('accepts a new key at once; the tokens of the old one have ended, and bridge and browser get new ones', async () => {
    const old = await issuer.token();
    assert.equal((await call(old)).status, 200);
    await issuer.rotate();
    assert.equal((await call(await issuer.token())).status, 200);
    await assertRefused(old, 'a token of the old key');
    await bridge?.stop();
    connectBridge('up-again');
    await bridge?.until('the bridge is online again', async () => /^online /m.exec(bridge?.tail ?? '')?.[0]);
    assert.equal((await call(ann)).status, 401);
    await page.reload();
    await page.getByText(SENTENCE).waitFor();
  });

  it('500 forged tokens of unknown keys cost the issuer one request', async () => {
    // The key before has just been asked for; a relay that has just begun has asked because of no token yet.
    await stack.relay.stop();
    await stack.startRelay();
    const good = await issuer.token();
    await issuer.requests();
    const forged = await Promise.all(
      Array.from({ length: 500 }, () => issuer.token({}, { ...issuer.key, kid: crypto.randomUUID() })),
    );
    const statuses = await Promise.all(forged.map(async (token) => (await call(token)).status));
    assert.deepEqual([...new Set(statuses)], [401]);
    assert.deepEqual(await issuer.requests(), [KEYS]);
    assert.equal((await call(good)).status, 200);
  });

  it('goes on without the issuer, also when the relay is started again meanwhile', async () => {
    const token = await issuer.token({ sub: 'auth0|ann' });
    await issuer.kill();
    assert.equal((await call(token)).status, 200);
    await stack.relay.stop();
    await stack.startRelay();
    assert.equal((await call(token)).status, 200);
    await assertRefused(await issuer.token({}, { ...issuer.key, kid: 'unknown' }), 'an unknown key');
    assert.match(await readFile(join(directory, 'logs', 'relay.log'), 'utf8'), /Cannot fetch the keys of the identity/);
  });
});
