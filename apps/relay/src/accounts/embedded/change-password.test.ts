import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { issueLocalTokens } from './local-tokens.ts';
import { replacePassword } from './replace-password.ts';
import { readForm, TestBrowser } from './test-browser.ts';
import {
  askForTokens,
  authorization,
  signIn,
  type SignInRelay,
  startSignInRelay,
  TEST_PASSWORD,
} from './test-sign-in.ts';
import { watchEndedTokens } from '../ended-tokens-watch.ts';

const NEW_PASSWORD = 'a much better one';
const FORM = { name: 'Local user', current: TEST_PASSWORD, next: NEW_PASSWORD, again: NEW_PASSWORD };

function change(
  { url }: SignInRelay,
  form: Record<string, string>,
  headers?: Record<string, string>,
): Promise<Response> {
  return new TestBrowser().open(`${url}/oidc/password`, form, headers);
}

async function startWithSignIns(t: TestContext) {
  const relay = await startSignInRelay(t);
  const browser = new TestBrowser();
  const web = await signIn(relay, browser);
  const { issuer } = relay.context;
  assert.ok(issuer);
  const bridge = await issueLocalTokens(issuer);
  const statusOf = async (token: string) => (await relay.call('/api/me', { token })).status;
  const refresh = (clientId: string, token: string) =>
    askForTokens(relay.url, { client_id: clientId, grant_type: 'refresh_token', refresh_token: token });
  return { relay, browser, web, bridge, statusOf, refresh };
}

test('a new password ends browsers and access tokens, and leaves bridges their way to new ones', async (t) => {
  const { relay, browser, web, bridge, statusOf, refresh } = await startWithSignIns(t);
  const { url } = relay;
  assert.equal(await statusOf(web.access_token), 200);
  const page = await readForm(await browser.open(`${url}/oidc/password`));
  assert.deepEqual(Object.keys(page.fields), ['name', 'current', 'next', 'again']);
  assert.match(page.page, /Your computers stay connected/);
  const done = await browser.open(page.action, FORM);
  assert.equal(done.status, 200);
  assert.match(await done.text(), /Every browser is signed out/);

  for (const token of [web.access_token, bridge.access_token, relay.token]) assert.equal(await statusOf(token), 401);
  assert.equal((await refresh('cloudtolocalllm-web', web.refresh_token)).status, 400);
  const asked = await browser.follow(await browser.open(authorization(url).address), `${url}/oidc/`);
  assert.match(await asked.response.text(), /<h1>Sign in</);
  const renewed = await refresh(bridge.client_id, bridge.refresh_token);
  assert.equal(renewed.status, 200);
  const { access_token: fresh } = (await renewed.json()) as { access_token: string };
  assert.equal(await statusOf(fresh), 200);

  await assert.rejects(signIn(relay, new TestBrowser(), TEST_PASSWORD));
  assert.equal(await statusOf((await signIn(relay, new TestBrowser(), NEW_PASSWORD)).access_token), 200);
  const { events } = await relay.context.audit.list(relay.localUserId, { limit: 10, offset: 0 });
  assert.deepEqual(
    events.map(({ action }) => action),
    ['signed_in', 'sign_in_failed', 'password_changed', 'signed_in'],
  );
});

test('the page wants the current password, two equal long ones, and a form of its own', async (t) => {
  const relay = await startSignInRelay(t);
  const cases: [Record<string, string>, number, RegExp, Record<string, string>?][] = [
    [{ ...FORM, current: 'wrong' }, 401, /current password is wrong/],
    [{ ...FORM, name: 'somebody' }, 401, /current password is wrong/],
    [{ ...FORM, again: `${NEW_PASSWORD}!` }, 400, /not the same/],
    [{ ...FORM, next: 'short', again: 'short' }, 400, /10 characters at least/],
    [{ ...FORM, next: '     ab     ', again: '     ab     ' }, 400, /Spaces/],
    [{ ...FORM, next: 'x'.repeat(201), again: 'x'.repeat(201) }, 400, /200 characters at most/],
    [{ name: 'Local user' }, 400, /Type the current password/],
    [FORM, 403, /another site/, { origin: 'https://evil.example' }],
    [FORM, 403, /another site/, { 'sec-fetch-site': 'cross-site' }],
  ];
  for (const [form, status, message, headers] of cases) {
    const answer = await change(relay, form, headers);
    const page = await answer.text();
    assert.equal(answer.status, status, page);
    assert.match(page, message);
    for (const secret of [TEST_PASSWORD, NEW_PASSWORD])
      assert.ok(!page.includes(secret), 'says nothing that was typed');
  }
  await signIn(relay);
});

test('guessing is slowed down there as at signing in, and together with it', async (t) => {
  const relay = await startSignInRelay(t);
  const answers = await Promise.all(Array.from({ length: 12 }, () => change(relay, { ...FORM, current: 'wrong' })));
  assert.equal(answers.filter(({ status }) => status === 401).length, 10);
  assert.equal((await change(relay, FORM)).status, 429);
  await assert.rejects(signIn(relay));
});

test("a new password of the operator's command ends tokens that the running relay remembers", async (t) => {
  const { relay, web, statusOf } = await startWithSignIns(t);
  const { users, tokens, log, database } = relay.context;
  using watch = watchEndedTokens({ userId: relay.localUserId, users, tokens, log });
  await watch.look();
  assert.equal(await statusOf(web.access_token), 200);
  await replacePassword({ kysely: database.kysely, users }, relay.localUserId, NEW_PASSWORD);
  await watch.look();
  assert.equal(await statusOf(web.access_token), 401);
  assert.equal(await statusOf((await signIn(relay, new TestBrowser(), NEW_PASSWORD)).access_token), 200);
});
