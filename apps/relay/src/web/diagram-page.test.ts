import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestRelay, temporaryFolder } from '../test-relay.ts';

test('keeps the page in which diagrams are drawn without an origin, a network and other people’s frames', async (t) => {
  const webDir = await temporaryFolder(t);
  await mkdir(join(webDir, 'assets'));
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>app</title>');
  await writeFile(join(webDir, 'diagram.html'), '<!doctype html><title>diagram</title>');
  await writeFile(join(webDir, 'assets', 'diagram-0a1b2c.js'), 'export {};');
  const { url } = await startTestRelay(t, { config: { webDir } });

  const { headers } = await fetch(`${url}/diagram.html`);
  assert.equal(
    headers.get('content-security-policy'),
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
      "frame-ancestors 'self'; sandbox allow-scripts",
  );
  assert.equal(headers.get('x-frame-options'), null);
  assert.equal(headers.get('access-control-allow-origin'), null);

  const page = await fetch(url, { headers: { accept: 'text/html' } });
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /frame-src 'self';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(page.headers.get('x-frame-options'), 'DENY');
  assert.equal(page.headers.get('access-control-allow-origin'), null);

  // A page of no origin asks for its scripts as a stranger does.
  const script = await fetch(`${url}/assets/diagram-0a1b2c.js`, { headers: { origin: 'null' } });
  assert.equal(script.headers.get('access-control-allow-origin'), '*');
});
