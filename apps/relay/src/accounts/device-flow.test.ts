import assert from 'node:assert/strict';
import { test } from 'node:test';
import { me } from '@cloudtolocalllm/protocol';
import * as client from 'openid-client';
import { startTestRelay } from '../test-relay.ts';
import { readForm, TestBrowser } from './test-browser.ts';

async function discover(url: string): Promise<client.Configuration> {
  return client.discovery(new URL(`${url}/oidc`), 'cloudtolocalllm-bridge', undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
}

test('a bridge signs in with a code that a person confirms in a browser', async (t) => {
  const relay = await startTestRelay(t);
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
  const asked = await browser.follow(await browser.open(confirm.action, confirm.fields), `${url}/oidc/`);
  const signIn = await readForm(asked.response);
  assert.match(signIn.page, /Continue as Local user/);
  const done = await browser.follow(await browser.open(signIn.action, {}), `${url}/oidc/`);
  assert.match(await done.response.text(), /is signed in/);

  const tokens = await polling;
  const response = await relay.call('/api/me', { token: tokens.access_token });
  assert.equal(me.parse(await response.json()).userId, relay.context.issuer.user.id);
  const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
  assert.equal((await relay.call('/api/me', { token: refreshed.access_token })).status, 200);
  assert.equal(refreshed.expires_in, 24 * 60 * 60);

  // Used codes are used up.
  const again = await readForm(await browser.open(device.verification_uri));
  const refused = await browser.open(again.action, { ...again.fields, user_code: device.user_code });
  assert.match(await refused.text(), /used already|no such code/);
});

test('asks also a signed-in browser, and takes no for an answer', async (t) => {
  const { url } = await startTestRelay(t);
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
      const signIn = await readForm(response);
      await browser.follow(await browser.open(signIn.action, {}), `${url}/oidc/`);
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
