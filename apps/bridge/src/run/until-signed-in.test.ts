import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { saveCredentials, type Credentials } from '../credentials.ts';
import { TestKeychain } from '../keychain/test-keychain.ts';
import { untilSignedIn } from './until-signed-in.ts';

const VALUE: Credentials = {
  relay: 'https://relay.example',
  clientId: 'client',
  issuer: 'https://issuer.example',
  oidcClientId: 'bridge',
  secrets: 'keychain',
  accessToken: 'secret',
  accessTokenExpires: 1,
};

async function start(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const keychain = new TestKeychain();
  const stop = new AbortController();
  return { directory, keychain, stop, options: { directory, keychain, signal: stop.signal, againMs: [0] } };
}

test('waits for a keychain that is locked until its person has logged in', async (t) => {
  const { directory, keychain, options } = await start(t);
  await saveCredentials(directory, VALUE, keychain);
  keychain.trouble = 'locked';
  const told: string[] = [];
  const found = await untilSignedIn({
    ...options,
    trouble(text) {
      told.push(text);
      if (told.length === 3) keychain.trouble = undefined;
    },
  });
  assert.deepEqual([found?.accessToken, told.length], ['secret', 3]);
  assert.match(told[0] ?? '', /locked.*login --no-keychain/);
});

test('goes on by itself when the person signs in without the keychain meanwhile', async (t) => {
  const { directory, keychain, options } = await start(t);
  await saveCredentials(directory, VALUE, keychain);
  keychain.trouble = 'absent';
  const signIn = saveCredentials.bind(undefined, directory, { ...VALUE, secrets: 'file', accessToken: 'in the file' });
  let signedIn: Promise<unknown> | undefined;
  const found = await untilSignedIn({ ...options, trouble: () => void (signedIn ??= signIn()) });
  assert.equal(found?.accessToken, 'in the file');
});

test('ends at the signal, and at once when nobody has signed in', async (t) => {
  const { directory, keychain, stop, options } = await start(t);
  await assert.rejects(untilSignedIn({ ...options, trouble: () => {} }), { code: 'not_signed_in' });
  await saveCredentials(directory, VALUE, keychain);
  keychain.trouble = 'locked';
  const waiting = untilSignedIn({ ...options, againMs: [3_600_000], trouble: () => stop.abort() });
  assert.equal(await waiting, undefined);
});
