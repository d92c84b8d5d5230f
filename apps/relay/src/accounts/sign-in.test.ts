import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { me } from '@cloudtolocalllm/protocol';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type TestRelay, startTestRelay } from '../test-relay.ts';
import { readForm, TestBrowser } from './test-browser.ts';

const CLIENT = 'cloudtolocalllm-web';
interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
  expires_in: number;
}

function authorization(url: string, changes: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const address = new URL(`${url}/oidc/auth`);
  address.search = new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: `${url}/auth/callback`,
    scope: 'openid profile offline_access',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }).toString();
  return { verifier, address };
}

function askForTokens({ url }: TestRelay, fields: Record<string, string>): Promise<Response> {
  return fetch(`${url}/oidc/token`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, ...fields }) });
}

async function signIn(relay: TestRelay, browser = new TestBrowser()): Promise<Tokens> {
  const { url } = relay;
  const { verifier, address } = authorization(url);
  const { response } = await browser.follow(await browser.open(address), `${url}/oidc/`);
  const { action } = await readForm(response);
  const { location } = await browser.follow(await browser.open(action, {}), `${url}/oidc/`);
  const code = location?.searchParams.get('code') ?? '';
  const answer = await askForTokens(relay, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: `${url}/auth/callback`,
    code_verifier: verifier,
  });
  assert.equal(answer.status, 200);
  return (await answer.json()) as Tokens;
}

test('a browser signs in with code and PKCE, without naming a resource', async (t) => {
  const relay = await startTestRelay(t);
  const { url, context } = relay;
  const browser = new TestBrowser();
  const { verifier, address } = authorization(url);

  const { response } = await browser.follow(await browser.open(address), `${url}/oidc/`);
  assert.equal(response.status, 200);
  assert.doesNotMatch(response.headers.get('content-security-policy') ?? '', /unsafe/);
  const { page, action } = await readForm(response);
  assert.match(page, /Continue as Local user/);
  assert.match(page, /no identity provider configured/);
  assert.doesNotMatch(page, /<script|<style| style=/);
  assert.equal((await browser.open(`${url}/oidc/pages.css`)).headers.get('content-type'), 'text/css; charset=utf-8');

  const { location } = await browser.follow(await browser.open(action, {}), `${url}/oidc/`);
  assert.equal(`${location?.origin}${location?.pathname}`, `${url}/auth/callback`);
  assert.equal(location?.searchParams.get('state'), 'the-state');
  const code = location?.searchParams.get('code') ?? '';
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: `${url}/auth/callback` };
  assert.equal((await askForTokens(relay, { ...exchange, code_verifier: 'x'.repeat(43) })).status, 400);
  const answer = await askForTokens(relay, { ...exchange, code_verifier: verifier });
  const tokens = (await answer.json()) as Tokens;

  assert.equal(tokens.expires_in, 24 * 60 * 60);
  assert.equal(decodeProtectedHeader(tokens.access_token).alg, 'RS256');
  const claims = decodeJwt(tokens.access_token);
  assert.deepEqual(
    [claims.iss, claims.aud, claims.sub],
    [`${url}/oidc`, 'cloudtolocalllm-api', context.issuer.user.id],
  );
  const identity = decodeJwt(tokens.id_token);
  assert.deepEqual([identity.aud, identity.nonce, identity.name], [CLIENT, 'the-nonce', 'Local user']);

  const who = await relay.call('/api/me', { token: tokens.access_token });
  assert.equal(me.parse(await who.json()).userId, context.issuer.user.id);
  assert.equal((await relay.call('/api/me', { token: tokens.id_token })).status, 401);
});

test('a second sign-in in the same browser asks nothing, unless the client wants it asked', async (t) => {
  const relay = await startTestRelay(t);
  const { url } = relay;
  const browser = new TestBrowser();
  await signIn(relay, browser);
  const silent = await browser.follow(await browser.open(authorization(url).address), `${url}/oidc/`);
  assert.ok(silent.location?.searchParams.get('code'));
  for (const prompt of ['login', 'consent']) {
    const asked = await browser.follow(await browser.open(authorization(url, { prompt }).address), `${url}/oidc/`);
    const { action } = await readForm(asked.response);
    const done = await browser.follow(await browser.open(action, {}), `${url}/oidc/`);
    assert.ok(done.location?.searchParams.get('code'), prompt);
  }
});

test('refresh tokens rotate, and a stolen one ends the grant', async (t) => {
  const relay = await startTestRelay(t);
  const refresh = (token: string) => askForTokens(relay, { grant_type: 'refresh_token', refresh_token: token });
  const first = await signIn(relay);
  const second = (await (await refresh(first.refresh_token)).json()) as Tokens;
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await relay.call('/api/me', { token: second.access_token })).status, 200);
  assert.equal((await refresh(first.refresh_token)).status, 400);
  assert.equal((await refresh(second.refresh_token)).status, 400);
});

test('only its own callback gets a code, and never without PKCE', async (t) => {
  const { url } = await startTestRelay(t);
  const browser = new TestBrowser();
  const foreign = await browser.open(authorization(url, { redirect_uri: 'https://evil.example/' }).address);
  assert.equal(foreign.status, 400);
  assert.match(await foreign.text(), /That did not work/);
  const { address } = authorization(url);
  address.searchParams.delete('code_challenge');
  const { location } = await browser.follow(await browser.open(address), `${url}/oidc/`);
  assert.equal(location?.searchParams.get('error'), 'invalid_request');
});

test("a sign-in that is not this browser's is refused kindly", async (t) => {
  const { url } = await startTestRelay(t);
  const { response } = await new TestBrowser().follow(
    await new TestBrowser().open(authorization(url).address),
    'nowhere',
  );
  const address = new URL(response.headers.get('location') ?? '', url);
  for (const form of [undefined, {}]) {
    const answer = await new TestBrowser().open(address, form);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /Start it again/);
  }
});

test('signing out asks, and the next sign-in asks again', async (t) => {
  const relay = await startTestRelay(t);
  const { url } = relay;
  const browser = new TestBrowser();
  const { id_token } = await signIn(relay, browser);
  const address = new URL(`${url}/oidc/logout`);
  address.search = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: `${url}/` }).toString();
  const { action, fields } = await readForm(await browser.open(address));
  const forged = await browser.open(action, { xsrf: 'guess', logout: 'yes' });
  assert.equal(forged.status, 400);
  const out = await browser.open(action, { ...fields, logout: 'yes' });
  assert.equal(out.headers.get('location'), `${url}/`);
  const again = await browser.follow(await browser.open(authorization(url).address), `${url}/oidc/`);
  assert.match(await again.response.text(), /Continue as/);
});
