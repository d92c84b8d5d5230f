import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Clears the screen, and writes over what was said before. */
const ESCAPES = '\u001b[2J\u001b]0;title\u0007\r';

/** A relay that is its own issuer, confirms every code at once and calls everybody as the test says. */
async function hostileRelay(t: TestContext, name: string): Promise<string> {
  const server = createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    const answers: Record<string, object> = {
      '/api/auth/config': {
        issuer: origin,
        audience: 'a',
        clientIds: { web: 'w', bridge: 'b' },
        embedded: true,
      },
      '/.well-known/openid-configuration': {
        issuer: origin,
        token_endpoint: `${origin}/token`,
        device_authorization_endpoint: `${origin}/device`,
      },
      '/device': {
        device_code: 'd',
        user_code: `AB${ESCAPES}`,
        verification_uri: `${origin}/${ESCAPES}`,
        expires_in: 60,
        interval: 0.01,
      },
      '/token': { access_token: 'x', token_type: 'bearer', refresh_token: 'y' },
      '/api/me': { userId: 'u', name, scopes: [] },
    };
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: it listens on TCP
}

test('a relay that is signed in to cannot steer the terminal by what it calls things', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'bridge-login-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const relay = await hostileRelay(t, `Ada${ESCAPES}`);
  const child = spawn(process.execPath, [MAIN, 'login', '--relay', relay, '--no-keychain', '--no-browser'], {
    env: { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /confirm the code AB/);
  assert.match(stdout, /Signed in to http:\S+ as Ada /);
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
