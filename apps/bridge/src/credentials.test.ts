import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  forgetSecrets,
  keychainName,
  loadAccount,
  loadCredentials,
  saveCredentials,
  updateAccount,
  type Credentials,
} from './credentials.ts';
import { TestKeychain } from './keychain/test-keychain.ts';

const VALUE: Credentials = {
  relay: 'https://relay.example',
  clientId: 'client',
  issuer: 'https://issuer.example',
  oidcClientId: 'bridge',
  accessToken: 'secret',
  accessTokenExpires: 1,
};

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('keeps credentials for their owner alone', async (t) => {
  const directory = join(await folder(t), 'new');
  assert.equal(await loadCredentials(directory), undefined);
  await saveCredentials(directory, VALUE);
  assert.deepEqual(await loadCredentials(directory), { ...VALUE, secrets: 'file' });
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  assert.equal((await stat(join(directory, 'credentials.json'))).mode & 0o777, 0o600);
});

test('replaces them whole, also when they are written many times at once', async (t) => {
  const directory = await folder(t);
  await writeFile(join(directory, 'credentials.json'), '{}', { mode: 0o644 });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => saveCredentials(directory, { ...VALUE, accessToken: `token ${index}` })),
  );
  assert.match((await loadCredentials(directory))?.accessToken ?? '', /^token \d+$/);
  assert.equal((await stat(join(directory, 'credentials.json'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(directory), ['credentials.json']);
});

test('says what to do about a damaged file', async (t) => {
  const directory = await folder(t);
  for (const text of ['', '{', 'null', '{"relay":"https://relay.example"}', '\0\0']) {
    await writeFile(join(directory, 'credentials.json'), text);
    await assert.rejects(loadCredentials(directory), { code: 'not_signed_in', message: /cloudtolocalllm login/ });
  }
});

test('reads what versions without a keychain have written, and moves its tokens at the next sign-in', async (t) => {
  const directory = await folder(t);
  const keychain = new TestKeychain();
  await writeFile(join(directory, 'credentials.json'), JSON.stringify({ ...VALUE, bridgeId: 'bridge-1' }));
  assert.equal((await loadCredentials(directory, keychain))?.accessToken, 'secret');
  await saveCredentials(directory, { ...VALUE, secrets: 'keychain' }, keychain);
  assert.doesNotMatch(await readFile(join(directory, 'credentials.json'), 'utf8'), /secret"/);
  assert.deepEqual([...keychain.secrets.keys()], ['relay.example client']);
  assert.equal((await loadCredentials(directory, keychain))?.accessToken, 'secret');
});

test('what is known of the account needs no keychain, and changes without it', async (t) => {
  const directory = await folder(t);
  const keychain = new TestKeychain();
  await saveCredentials(directory, { ...VALUE, secrets: 'keychain' }, keychain);
  keychain.trouble = 'locked';
  await updateAccount(directory, { bridgeId: 'bridge-1' });
  const account = await loadAccount(directory);
  assert.deepEqual([account?.bridgeId, account?.relay, account?.secrets], ['bridge-1', VALUE.relay, 'keychain']);
  assert.ok(!('accessToken' in (account ?? {})));
});

test('says what to do when the keychain is locked, and when it has lost the tokens', async (t) => {
  const directory = await folder(t);
  const keychain = new TestKeychain();
  await saveCredentials(directory, { ...VALUE, secrets: 'keychain' }, keychain);
  for (const trouble of ['locked', 'absent', 'failed', 'silent'] as const) {
    keychain.trouble = trouble;
    await assert.rejects(loadCredentials(directory, keychain), { code: 'keychain', message: /login --no-keychain/ });
  }
  keychain.trouble = undefined;
  keychain.secrets.set(keychainName(VALUE), '{"damaged');
  await assert.rejects(loadCredentials(directory, keychain), { code: 'not_signed_in' });
  keychain.secrets.clear();
  await assert.rejects(loadCredentials(directory, keychain), { code: 'not_signed_in', message: /no longer has/ });
});

test('a sign-out removes the tokens wherever they are, and remembers which computer this is', async (t) => {
  for (const secrets of ['file', 'keychain'] as const) {
    const directory = await folder(t);
    const keychain = new TestKeychain();
    await saveCredentials(directory, { ...VALUE, secrets, refreshToken: 'secret too' }, keychain);
    await forgetSecrets(directory, keychain);
    assert.equal(await loadCredentials(directory, keychain), undefined);
    assert.doesNotMatch(await readFile(join(directory, 'credentials.json'), 'utf8'), /secret"|secret too/);
    assert.equal(keychain.secrets.size, 0);
    assert.equal((await loadAccount(directory))?.clientId, 'client');
  }
});

test('forgets also what was being written when a process was killed', async (t) => {
  const directory = await folder(t);
  await saveCredentials(directory, VALUE);
  await writeFile(join(directory, `credentials.json.${crypto.randomUUID()}`), JSON.stringify(VALUE));
  await forgetSecrets(directory, new TestKeychain());
  assert.deepEqual(await readdir(directory), ['credentials.json']);
  assert.doesNotMatch(await readFile(join(directory, 'credentials.json'), 'utf8'), /"secret"/);
});
