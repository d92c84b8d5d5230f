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
    if (!line.startsWith('{')) return;
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'Relay is ready' && url !== undefined) ready.resolve(url);
  });
  relay.once('exit', () => void errors.then((said) => ready.reject(new Error(`Relay ended: ${said}`))));
  return { relay, url: await ready.promise, errors, lines };
}

/** What one of the relay's commands prints. */
async function print(dataDir: string, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir },
  });
  assert.equal(stderr, '');
  return stdout.trim();
}

test('starts, prints only its log, gives its operator a token and stops on SIGTERM', async (t) => {
  const dataDir = await temporaryFolder(t);
  const { relay, url, errors, lines } = await startRelay(t, dataDir);
  const token = await print(dataDir, 'token');
  const response = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  const { userId } = me.parse(await response.json());

  relay.kill('SIGTERM');
  const [code] = (await once(relay, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.equal(await errors, '');
  assert(lines.some((line) => line.includes('Relay has stopped')));

  // The relay doesn't run any more: the token is for where it was.
  const tokens = JSON.parse(await print(dataDir, 'token', '--json')) as Record<string, unknown>;
  assert.deepEqual(Object.keys(tokens), ['access_token', 'refresh_token', 'expires_in', 'client_id', 'user_id']);
  assert.equal(tokens.user_id, userId);
  assert.equal(tokens.client_id, 'cloudtolocalllm-bridge');
});

const PASSWORD = /[a-z2-9]{4}(-[a-z2-9]{4}){3}/g;

test('shows the first password once and never in its log, whoever makes it', async (t) => {
  const dataDir = await temporaryFolder(t);
  for (const start of ['first', 'second']) {
    const { relay, lines } = await startRelay(t, dataDir);
    relay.kill('SIGTERM');
    await once(relay, 'exit');
    const plain = lines.filter((line) => !line.startsWith('{')).join('\n');
    assert.equal(plain.match(PASSWORD)?.length ?? 0, start === 'first' ? 1 : 0, plain);
    for (const line of lines.filter((each) => each.startsWith('{'))) assert.doesNotMatch(line, PASSWORD);
  }
  assert.equal(await print(dataDir, 'password', '--first'), '');
  assert.deepEqual(JSON.parse(await print(dataDir, 'password', '--first', '--json')), { account: 'Local user' });

  const other = await temporaryFolder(t);
  const { account, password } = JSON.parse(await print(other, 'password', '--first', '--json')) as Record<
    string,
    string
  >;
  assert.equal(account, 'Local user');
  assert.match(password ?? '', PASSWORD);
  const { relay, lines } = await startRelay(t, other);
  relay.kill('SIGTERM');
  await once(relay, 'exit');
  assert.doesNotMatch(lines.join('\n'), PASSWORD);
});

test("its operator's new password ends old tokens, also while it runs", async (t) => {
  const dataDir = await temporaryFolder(t);
  const { relay, url } = await startRelay(t, dataDir);
  const token = await print(dataDir, 'token');
  assert.match(await print(dataDir, 'password'), /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  const ask = (bearer: string) => fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${bearer}` } });
  assert.equal((await ask(token)).status, 401);
  assert.equal((await ask(await print(dataDir, 'token'))).status, 200);
  relay.kill('SIGINT');
  await once(relay, 'exit');
});

test('makes no password where another issuer signs people in', async (t) => {
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: await temporaryFolder(t),
    AUTH_ISSUER: 'https://issuer.example/',
    AUTH_AUDIENCE: 'an-audience',
    AUTH_WEB_CLIENT_ID: 'web',
    AUTH_BRIDGE_CLIENT_ID: 'bridge',
  };
  const { stdout } = await run(process.execPath, [MAIN, 'password', '--first', '--json'], { env });
  assert.equal(stdout, '{}\n');
  await assert.rejects(run(process.execPath, [MAIN, 'password'], { env }), {
    code: 1,
    stderr: /Cannot make a password/,
  });
});

test('says plainly why it cannot start', async (t) => {
  const dataDir = await temporaryFolder(t);
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: 'abc' };
  await assert.rejects(run(process.execPath, [MAIN], { env }), { code: 1, stderr: /PORT must be a port number\n$/ });
  const inTheClear = { ...env, PORT: '0', PUBLIC_URL: 'http://chat.example', EMBEDDED_SIGN_IN_EVERYWHERE: 'true' };
  await assert.rejects(run(process.execPath, [MAIN], { env: inTheClear }), { code: 1, stderr: /in the clear\n$/ });
  await assert.rejects(run(process.execPath, [MAIN, 'nonsense'], { env: { ...env, PORT: '0' } }), {
    code: 1,
    stderr: /Unknown command/,
  });
});

test('a refresh token of the operator is good for new access tokens', async (t) => {
  const dataDir = await temporaryFolder(t);
  const { relay, url } = await startRelay(t, dataDir);
  const { refresh_token, client_id } = JSON.parse(await print(dataDir, 'token', '--json')) as Record<string, string>;
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
