import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startTestRelay, temporaryFolder } from '../test-relay.ts';

const HTML = { headers: { accept: 'text/html,*/*' } };

async function startWithWebApp(t: TestContext) {
  const webDir = await temporaryFolder(t);
  await mkdir(join(webDir, 'assets'));
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>app</title>');
  await writeFile(join(webDir, 'assets', 'main-0a1b2c.js'), 'export {};');
  return startTestRelay(t, { config: { webDir } });
}

test('serves the app for its own addresses and keeps the rest strict', async (t) => {
  const { url } = await startWithWebApp(t);
  for (const path of ['/', '/index.html', '/chat/conv-1', '/auth/callback?code=x']) {
    const response = await fetch(url + path, HTML);
    assert.equal(response.status, 200, path);
    assert.match(await response.text(), /<title>app/);
    assert.equal(response.headers.get('cache-control'), 'no-cache');
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.doesNotMatch(policy, /unsafe/);
    assert(policy.includes(`connect-src 'self' ${url.replace('http', 'ws')};`));
  }
  for (const path of ['/api/x', '/ws/bridge/x', '/v1/x', '/ollama/x', '/proxy/x', '/oidc']) {
    const response = await fetch(url + path, HTML);
    assert(response.status === 404 || response.status === 401, path);
    assert.match(response.headers.get('content-type') ?? '', /json/);
  }
});

test('lets hashed files be cached for good', async (t) => {
  const { url } = await startWithWebApp(t);
  const response = await fetch(`${url}/assets/main-0a1b2c.js`);
  assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal((await fetch(`${url}/assets/main-gone.js`)).status, 404);
});

test('sends a browser from 127.0.0.1 to the address that the relay calls its own', async (t) => {
  const { url } = await startWithWebApp(t);
  const other = url.replace('localhost', '127.0.0.1');
  const response = await fetch(`${other}/chat?x=1`, { ...HTML, redirect: 'manual' });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get('location'), `${url}/chat?x=1`);
  assert.equal((await fetch(`${other}/api/health`, HTML)).status, 200);
});

test('says how to build the app when it is missing', async (t) => {
  const webDir = join(await temporaryFolder(t), 'nowhere');
  const { url } = await startTestRelay(t, { config: { webDir } });
  const response = await fetch(url, HTML);
  assert.equal(response.status, 503);
  assert.match(await response.text(), /npm run build/);
});
