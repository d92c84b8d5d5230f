import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { me } from '@cloudtolocalllm/protocol';
import { temporaryFolder } from './test-relay.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const run = promisify(execFile);

async function startRelay(
  t: TestContext,
  dataDir: string,
): Promise<{ relay: ChildProcess; url: string; errors: Promise<string>; lines: string[] }> {
  const relay = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, SHUTDOWN_GRACE_SECONDS: '5' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => relay.kill('SIGKILL'));
  const errors = text(relay.stderr);
  const lines: string[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface(relay.stdout).on('line', (line) => {
    lines.push(line);
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'Relay is ready' && url !== undefined) ready.resolve(url);
  });
  relay.once('exit', () => void errors.then((said) => ready.reject(new Error(`Relay ended: ${said}`))));
  return { relay, url: await ready.promise, errors, lines };
}

async function printToken(dataDir: string, ...options: string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [MAIN, 'token', ...options], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir },
  });
  assert.equal(stderr, '');
  return stdout.trim();
}

test('starts, prints only its log, gives its operator a token and stops on SIGTERM', async (t) => {
  const dataDir = await temporaryFolder(t);
  const { relay, url, errors, lines } = await startRelay(t, dataDir);
  const token = await printToken(dataDir);
  const response = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  const { userId } = me.parse(await response.json());

  relay.kill('SIGTERM');
  const [code] = (await once(relay, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.equal(await errors, '');
  assert(lines.some((line) => line.includes('Relay has stopped')));

  // The relay doesn't run any more: the token is for where it was.
  const tokens = JSON.parse(await printToken(dataDir, '--json')) as Record<string, unknown>;
  assert.deepEqual(Object.keys(tokens), ['access_token', 'refresh_token', 'expires_in', 'client_id', 'user_id']);
  assert.equal(tokens.user_id, userId);
  assert.equal(tokens.client_id, 'cloudtolocalllm-bridge');
});

test('says plainly why it cannot start', async (t) => {
  const dataDir = await temporaryFolder(t);
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: 'abc' };
  await assert.rejects(run(process.execPath, [MAIN], { env }), { code: 1, stderr: /PORT must be a port number\n$/ });
  await assert.rejects(run(process.execPath, [MAIN, 'nonsense'], { env: { ...env, PORT: '0' } }), {
    code: 1,
    stderr: /Unknown command/,
  });
});

test('a refresh token of the operator is good for new access tokens', async (t) => {
  const dataDir = await temporaryFolder(t);
  const { relay, url } = await startRelay(t, dataDir);
  const { refresh_token, client_id } = JSON.parse(await printToken(dataDir, '--json')) as Record<string, string>;
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refresh_token ?? '',
    client_id: client_id ?? '',
  });
  const answer = await fetch(`${url}/oidc/token`, { method: 'POST', body });
  const { access_token } = (await answer.json()) as { access_token: string };
  const response = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal(response.status, 200);
  relay.kill('SIGINT');
  await once(relay, 'exit');
});
