import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { loadCredentials, saveCredentials, type Credentials } from '../credentials.ts';
import type { KeychainError } from './keychain-error.ts';
import { ask, systemKeychain, systemKeychainUntil } from './keychain.ts';
import { TestSecretService } from './test-secret-service.ts';

const VALUE: Credentials = {
  relay: 'https://relay.example',
  clientId: 'client',
  issuer: 'https://issuer.example',
  oidcClientId: 'bridge',
  secrets: 'keychain',
  accessToken: 'the access token',
  accessTokenExpires: 1,
  refreshToken: 'the refresh token',
};

/** It says what is the matter in a person's words; the system's are apart. */
function isPlain({ reason, message, detail }: KeychainError): boolean {
  assert.equal(reason, 'absent');
  assert.match(detail ?? '', /D-?Bus/i);
  assert.doesNotMatch(message, /D-?Bus|X11|error/i);
  assert.match(message, /no keychain here, as without a desktop/);
  return true;
}

if (!TestSecretService.isPossible()) {
  process.stderr.write(
    'NOT RUN: the tests of the Secret Service: install the packages dbus-daemon and gnome-keyring\n',
  );
}

describe('the keychain of a desktop', { skip: !TestSecretService.isPossible() }, () => {
  let session: TestSecretService;
  let directory = '';
  before(async () => {
    session = await TestSecretService.start();
  });
  after(() => session[Symbol.asyncDispose]());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const file = (): Promise<string> => readFile(join(directory, 'credentials.json'), 'utf8');

  it('keeps, replaces and removes secrets, long ones with every kind of letter', async () => {
    assert.equal(await systemKeychain.read('relay.example a'), undefined);
    const secret = `${'x'.repeat(4000)} "ü" 'é' \\ \n 🔑`;
    await systemKeychain.write('relay.example a', 'first');
    await systemKeychain.write('relay.example a', secret);
    assert.equal(await systemKeychain.read('relay.example a'), secret);
    assert.equal(await systemKeychain.read('relay.example b'), undefined);
    await systemKeychain.remove('relay.example a');
    await systemKeychain.remove('relay.example a');
    assert.equal(await systemKeychain.read('relay.example a'), undefined);
  });

  it('has the tokens, of which the file has none', async () => {
    assert.equal((await saveCredentials(directory, VALUE)).trouble, undefined);
    assert.deepEqual(await loadCredentials(directory), VALUE);
    assert.doesNotMatch(await file(), /the access token|the refresh token/);
  });

  it('has them after it was started anew, and none while it is locked, which is said with what to do', async () => {
    await saveCredentials(directory, VALUE);
    await session.lock();
    await assert.rejects(loadCredentials(directory), {
      code: 'keychain',
      message:
        'Cannot read the tokens: the keychain is locked. They are in it: unlock it, or keep them in a file with: cloudtolocalllm login --no-keychain',
    });
    const { credentials, trouble } = await saveCredentials(directory, { ...VALUE, accessToken: 'a new token' });
    assert.equal(credentials.secrets, 'file');
    assert.equal(trouble?.message, 'the keychain is locked');
    assert.ok(trouble.detail, 'what the system said');
    assert.equal((await loadCredentials(directory))?.accessToken, 'a new token');

    await session.unlock();
    await saveCredentials(directory, VALUE);
    await session.unlock();
    assert.equal((await loadCredentials(directory))?.accessToken, 'the access token');
  });

  it('that does not answer is given up', async () => {
    session.hang();
    await assert.rejects(ask({ action: 'read', account: 'x' }, { answerMs: 1500 }), {
      reason: 'silent',
      message: 'the keychain did not answer in time',
    });
    const stop = new AbortController();
    const asked = systemKeychainUntil(stop.signal).read('x');
    stop.abort();
    await assert.rejects(asked, { reason: 'silent' });
    await session.unlock();
  });

  it('may be missing: the tokens go into the file, and it is said', async () => {
    await session.end();
    const { credentials, trouble } = await saveCredentials(directory, VALUE);
    assert.equal(credentials.secrets, 'file');
    assert.equal(trouble?.message, 'there is no keychain here, as without a desktop, over SSH or in a container');
    assert.match(trouble.detail ?? '', /DBus error/);
    assert.match(await file(), /the refresh token/);
    await assert.rejects(ask({ action: 'read', account: 'x' }), isPlain);
  });
});

it('a computer without a session of a desktop has no keychain, never the one of the kernel', async (t) => {
  const { DBUS_SESSION_BUS_ADDRESS: bus, XDG_RUNTIME_DIR: runtime } = process.env;
  t.after(() => {
    if (bus !== undefined) process.env['DBUS_SESSION_BUS_ADDRESS'] = bus;
    if (runtime !== undefined) process.env['XDG_RUNTIME_DIR'] = runtime;
  });
  delete process.env['DBUS_SESSION_BUS_ADDRESS'];
  delete process.env['XDG_RUNTIME_DIR'];
  for (const action of ['read', 'remove'] as const) {
    await assert.rejects(ask({ action, account: 'x' }), isPlain);
  }
  await assert.rejects(ask({ action: 'write', account: 'x', secret: 'y' }), isPlain);
});
