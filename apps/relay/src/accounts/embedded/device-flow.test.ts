import assert from 'node:assert/strict';
import { test } from 'node:test';
import { me } from '@cloudtolocalllm/protocol';
import * as client from 'openid-client';
import { startTestRelay } from '../../test-relay.ts';
import { readForm, TestBrowser } from './test-browser.ts';
import { startSignInRelay, submitPassword } from './test-sign-in.ts';

async function discover(url: string): Promise<client.Configuration> {
  return client.discovery(new URL(`${url}/oidc`), 'cloudtolocalllm-bridge', undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
}

test('a bridge signs in with a code that a person confirms in a browser', async (t) => {
  const relay = await startSignInRelay(t);
  const { url } = relay;
  const configuration = await discover(url);
  const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid offline_access' });
  assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  const polling = client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 1 });

  const browser = new TestBrowser();
  const start = await readForm(await browser.open(device.verification_uri_complete ?? ''));
  assert.equal(start.fields.user_code, device.user_code);
  assert.doesNotMatch(start.page, /<script/);
  const confirm = await readForm(await browser.open(start.action, start.fields));
  assert.match(confirm.page, /CloudToLocalLLM bridge/);
  assert(confirm.page.includes(device.user_code));
  assert.match(confirm.page, /Asked from<\/dt>\s*<dd>127\.0\.0\.1</);
  const asked = await browser.follow(await browser.open(confirm.action, confirm.fields), `${url}/oidc/`);
  const done = await submitPassword(browser, asked.response);
  assert.match(await done.response.text(), /is signed in/);

  const tokens = await polling;
  const response = await relay.call('/api/me', { token: tokens.access_token });
  assert.equal(me.parse(await response.json()).userId, relay.localUserId);
  const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
  assert.equal((await relay.call('/api/me', { token: refreshed.access_token })).status, 200);
  assert.equal(refreshed.expires_in, 24 * 60 * 60);

  const { events } = await relay.context.audit.list(relay.localUserId, { limit: 10, offset: 0 });
  const approval = events.find(({ action }) => action === 'bridge_approved');
  assert.deepEqual(
    [approval?.target, approval?.address, approval?.note],
    ['CloudToLocalLLM bridge', '127.0.0.1', 'asked from 127.0.0.1'],
  );

  // Used codes are used up.
  const again = await readForm(await browser.open(device.verification_uri));
  const refused = await browser.open(again.action, { ...again.fields, user_code: device.user_code });
  assert.match(await refused.text(), /used already|no such code/);
});

test('asks also a signed-in browser, and takes no for an answer', async (t) => {
  const relay = await startSignInRelay(t);
  const { url } = relay;
  const configuration = await discover(url);
  const browser = new TestBrowser();
  for (const answer of ['yes', 'no']) {
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    const start = await readForm(await browser.open(device.verification_uri));
    const code = device.user_code.toLowerCase().replace('-', ' ');
    const confirm = await readForm(await browser.open(start.action, { ...start.fields, user_code: code }));
    assert.equal(confirm.fields.confirm, 'yes');
    if (answer === 'yes') {
      const { response } = await browser.follow(await browser.open(confirm.action, confirm.fields), `${url}/oidc/`);
      await submitPassword(browser, response);
      continue;
    }
    const aborted = await browser.open(confirm.action, { ...confirm.fields, abort: 'yes' });
    assert.match(await aborted.text(), /Nothing was connected/);
    await assert.rejects(client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.1 }), {
      error: 'access_denied',
    });
  }
});

test('says what is wrong with a code, and escapes it', async (t) => {
  const { url } = await startTestRelay(t);
  const browser = new TestBrowser();
  const evil = await browser.open(`${url}/oidc/device?user_code=${encodeURIComponent('"><script>alert(1)</script>')}`);
  const start = await readForm(evil);
  assert.doesNotMatch(start.page, /<script/);
  const wrong = await browser.open(start.action, { ...start.fields, user_code: 'AAAA-AAAA' });
  assert.match(await wrong.text(), /no such code/);
  const forged = await browser.open(start.action, { user_code: 'AAAA-AAAA', xsrf: 'guess' });
  assert.equal(forged.status, 400);
});

test('names the program that asks as it calls itself, cut and escaped', async (t) => {
  const { url } = await startTestRelay(t);
  const body = new URLSearchParams({ client_id: 'cloudtolocalllm-bridge', scope: 'openid' });
  for (const [agent, shown] of [
    ['cloudtolocalllm-bridge/0.1.0 (linux; studio-pc)', 'cloudtolocalllm-bridge/0.1.0 (linux; studio-pc)'],
    [`<script>${'x'.repeat(500)}`, `&lt;script&gt;${'x'.repeat(112)}…`],
  ] as const) {
    const headers = { 'user-agent': agent };
    const answer = await fetch(`${url}/oidc/device/auth`, { method: 'POST', body, headers });
    const { verification_uri_complete: address } = (await answer.json()) as Record<string, string>;
    const browser = new TestBrowser();
    const start = await readForm(await browser.open(address ?? ''));
    const confirm = await readForm(await browser.open(start.action, start.fields));
    assert.ok(confirm.page.includes(`<dd>${shown}</dd>`), confirm.page);
  }
});

test('a code ends after ten minutes, for the person and for the bridge', async (t) => {
  const relay = await startSignInRelay(t);
  const { kysely } = relay.context.database;
  const configuration = await discover(relay.url);
  const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
  assert.equal(device.expires_in, 600);
  const codes = kysely.selectFrom('oidc_payloads').select('payload').where('model', '=', 'DeviceCode');
  const { payload } = await codes.executeTakeFirstOrThrow();
  const kept = JSON.parse(payload) as { exp: number };
  assert.ok(Math.abs(kept.exp - Date.now() / 1000 - 600) < 10);

  const aged = JSON.stringify({ ...kept, exp: kept.exp - 601 });
  await kysely.updateTable('oidc_payloads').set({ payload: aged }).where('model', '=', 'DeviceCode').execute();
  const browser = new TestBrowser();
  const start = await readForm(await browser.open(device.verification_uri_complete ?? ''));
  assert.match(await (await browser.open(start.action, start.fields)).text(), /code is too old/);
  await assert.rejects(client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.1 }), {
    error: 'expired_token',
  });
});

test('lets nobody try one code after the other, however the address is spelled', async (t) => {
  const { url } = await startTestRelay(t);
  const configuration = await discover(url);
  const browser = new TestBrowser();
  const start = await readForm(await browser.open(`${url}/oidc/device`));
  const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
  const right = { ...start.fields, user_code: device.user_code };
  for (let look = 0; look < 12; look++) assert.equal((await browser.open(start.action, right)).status, 200);

  const addresses = ['/oidc/device', '/oidc/device/', '/oidc/DEVICE', '/oidc/%64evice'];
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      browser.open(`${url}${addresses[index % addresses.length]}`, { ...start.fields, user_code: 'BBBB-BBBB' }),
    ),
  );
  const looked = answers.filter(({ status }) => status !== 429 && status !== 404);
  assert.ok(looked.length <= 10, `${looked.length} codes were looked up`);
  const closed = await browser.open(start.action, right);
  assert.equal(closed.status, 429, 'also to the right one');
  assert.ok(Number(closed.headers.get('retry-after')) > 500);
  assert.match(await closed.text(), /too many wrong codes. Try again in 10 minutes/);
});
