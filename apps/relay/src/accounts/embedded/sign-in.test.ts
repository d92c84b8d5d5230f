import assert from 'node:assert/strict';
import { test } from 'node:test';
import { me } from '@cloudtolocalllm/protocol';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { startTestRelay } from '../../test-relay.ts';
import { readForm, TestBrowser } from './test-browser.ts';
import {
  askForTokens,
  authorization,
  openSignIn,
  signIn,
  startSignInRelay,
  submitPassword,
  TEST_PASSWORD,
  type Tokens,
  WEB_CLIENT,
} from './test-sign-in.ts';

test('a browser signs in with code and PKCE, without naming a resource', async (t) => {
  const relay = await startSignInRelay(t);
  const { url, localUserId } = relay;
  const browser = new TestBrowser();
  const { verifier, address } = authorization(url);

  const { response } = await browser.follow(await browser.open(address), `${url}/oidc/`);
  assert.equal(response.status, 200);
  assert.doesNotMatch(response.headers.get('content-security-policy') ?? '', /unsafe/);
  const { page, action, fields } = await readForm(response);
  assert.match(page, /CloudToLocalLLM web app/);
  assert.match(page, /only on the computer that the relay runs on/);
  assert.deepEqual(fields, { name: 'Local user', password: '' });
  assert.doesNotMatch(page, /<script|<style| style=/);
  assert.equal((await browser.open(`${url}/oidc/pages.css`)).headers.get('content-type'), 'text/css; charset=utf-8');

  const signedIn = await browser.open(action, { ...fields, password: TEST_PASSWORD });
  const { location } = await browser.follow(signedIn, `${url}/oidc/`);
  assert.equal(`${location?.origin}${location?.pathname}`, `${url}/auth/callback`);
  assert.equal(location?.searchParams.get('state'), 'the-state');
  const code = location?.searchParams.get('code') ?? '';
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: `${url}/auth/callback` };
  assert.equal((await askForTokens(url, { ...exchange, code_verifier: 'x'.repeat(43) })).status, 400);
  const answer = await askForTokens(url, { ...exchange, code_verifier: verifier });
  const tokens = (await answer.json()) as Tokens;

  assert.equal(tokens.expires_in, 24 * 60 * 60);
  assert.equal(decodeProtectedHeader(tokens.access_token).alg, 'RS256');
  const claims = decodeJwt(tokens.access_token);
  assert.deepEqual([claims.iss, claims.aud, claims.sub], [`${url}/oidc`, 'cloudtolocalllm-api', localUserId]);
  const identity = decodeJwt(tokens.id_token);
  assert.deepEqual([identity.aud, identity.nonce, identity.name], [WEB_CLIENT, 'the-nonce', 'Local user']);

  const who = await relay.call('/api/me', { token: tokens.access_token });
  assert.equal(me.parse(await who.json()).userId, localUserId);
  assert.equal((await relay.call('/api/me', { token: tokens.id_token })).status, 401);
});

test('a second sign-in in the same browser asks nothing, unless the client wants it asked', async (t) => {
  const relay = await startSignInRelay(t);
  const { url } = relay;
  const browser = new TestBrowser();
  await signIn(relay, browser);
  const silent = await browser.follow(await browser.open(authorization(url).address), `${url}/oidc/`);
  assert.ok(silent.location?.searchParams.get('code'));
  for (const prompt of ['login', 'consent']) {
    const asked = await browser.follow(await browser.open(authorization(url, { prompt }).address), `${url}/oidc/`);
    const done = await submitPassword(browser, asked.response);
    assert.ok(done.location?.searchParams.get('code'), prompt);
  }
});

test('refresh tokens rotate, and a stolen one ends the grant', async (t) => {
  const relay = await startSignInRelay(t);
  const { url } = relay;
  const refresh = (token: string) => askForTokens(url, { grant_type: 'refresh_token', refresh_token: token });
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
  const relay = await startSignInRelay(t);
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
  assert.match(await again.response.text(), /<h1>Sign in</);
});

test('a wrong password gets the page again, and no word on what was wrong', async (t) => {
  const relay = await startSignInRelay(t);
  const browser = new TestBrowser();
  const { action, fields } = await readForm(await openSignIn(relay, browser));
  const wrong = { ...fields, password: 'wrong' };
  for (const form of [wrong, { ...fields, name: '"><b>', password: TEST_PASSWORD }]) {
    const answer = await browser.open(action, form);
    assert.equal(answer.status, 401);
    const again = await readForm(answer);
    assert.match(again.page, /Account or password is wrong/);
    assert.doesNotMatch(again.page, /<b>|horse/);
    assert.equal(again.action.href, action.href);
  }
  assert.equal((await browser.open(action, { name: 'Local user' })).status, 400);
  const { events } = await relay.context.audit.list(relay.localUserId, { limit: 10, offset: 0 });
  assert.deepEqual(
    events.map(({ action: what, address }) => [what, address]),
    [
      ['sign_in_failed', '127.0.0.1'],
      ['sign_in_failed', '127.0.0.1'],
    ],
  );

  const { location } = await browser.follow(
    await browser.open(action, { name: ' local USER ', password: TEST_PASSWORD }),
    `${relay.url}/oidc/`,
  );
  assert.ok(location?.searchParams.get('code'));
  const [newest] = (await relay.context.audit.list(relay.localUserId, { limit: 1, offset: 0 })).events;
  assert.deepEqual([newest?.action, newest?.target], ['signed_in', 'CloudToLocalLLM web app']);
});

test('ten wrong passwords close the page for a while, tried one by one or all at the same time', async (t) => {
  const relay = await startSignInRelay(t);
  const browser = new TestBrowser();
  const { action, fields } = await readForm(await openSignIn(relay, browser));
  const answers = await Promise.all(
    Array.from({ length: 14 }, () => browser.open(action, { ...fields, password: 'wrong' })),
  );
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
  assert.deepEqual([count(401), count(429)], [10, 4]);
  const closed = await browser.open(action, { ...fields, password: TEST_PASSWORD });
  assert.equal(closed.status, 429, 'also to the right one');
  const seconds = Number(closed.headers.get('retry-after'));
  assert.ok(seconds > 800 && seconds <= 900, `${seconds} s`);
  assert.match(await closed.text(), /Try again in 15 minutes/);
});

test('a right password starts the count anew', async (t) => {
  const relay = await startSignInRelay(t);
  const browser = new TestBrowser();
  const guess = async (count: number): Promise<Set<number>> => {
    const { action, fields } = await readForm(await openSignIn(relay, browser));
    const wrong = { ...fields, password: 'wrong' };
    const answers = await Promise.all(Array.from({ length: count }, () => browser.open(action, wrong)));
    return new Set(answers.map(({ status }) => status));
  };
  assert.deepEqual(await guess(9), new Set([401]));
  await signIn(relay);
  assert.deepEqual(await guess(2), new Set([401]));
});

test('no other site can send the form, and without a password nobody gets in', async (t) => {
  const relay = await startTestRelay(t);
  const browser = new TestBrowser();
  const { page, action, fields } = await readForm(await openSignIn(relay, browser));
  assert.match(page, /no password yet.*npm run password/);
  assert.equal((await browser.open(action, { ...fields, password: 'anything' })).status, 401);
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: relay.url, 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    const answer = await browser.open(action, { ...fields, password: 'anything' }, headers);
    assert.equal(answer.status, 403, JSON.stringify(headers));
  }
});
