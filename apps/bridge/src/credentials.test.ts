import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadCredentials, saveCredentials, type Credentials } from './credentials.ts';

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
