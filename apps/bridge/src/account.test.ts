import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { Account } from './account.ts';
import { forgetSecrets, loadCredentials, saveCredentials, type Credentials } from './credentials.ts';
import { TestKeychain } from './keychain/test-keychain.ts';
import { RelayApiError } from './relay-api.ts';

/** An issuer that renews tokens as the test says, and a signed-in computer whose access token has ended. */
async function start(t: TestContext, renew?: (response: ServerResponse, count: number) => void) {
  let renewals = 0;
  /** The refresh tokens that it was given. */
  const sent: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }));
      return;
    }
    renewals++;
    sent.push(new URLSearchParams(await text(request)).get('refresh_token') ?? '');
    if (renew) return renew(response, renewals);
    const tokens = {
      access_token: `token ${renewals}`,
      refresh_token: `refresh ${renewals}`,
      token_type: 'bearer',
      expires_in: 3600,
    };
    response.end(JSON.stringify(tokens));
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const directory = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  t.after(async () => {
    close();
    await rm(directory, { recursive: true, force: true });
  });
  const value: Credentials = {
    relay: 'https://relay.example',
    clientId: 'client',
    issuer,
    oidcClientId: 'bridge',
    accessToken: 'old',
    accessTokenExpires: Date.now() + 30_000, // less than the margin
    refreshToken: 'refresh 0',
  };
  await saveCredentials(directory, value);
  return { account: new Account(directory, value), directory, value, close, renewals: () => renewals, sent };
}

test('renews an ending token once for all who ask, and keeps it', async (t) => {
  const { account, directory, renewals } = await start(t);
  assert.deepEqual(
    await Promise.all([account.accessToken(), account.accessToken(), account.accessToken()]),
    Array(3).fill('token 1'),
  );
  assert.equal(await account.accessToken(), 'token 1');
  assert.equal(renewals(), 1);
  const stored = await loadCredentials(directory);
  assert.deepEqual([stored?.accessToken, stored?.refreshToken], ['token 1', 'refresh 1']);
  account.expire();
  assert.equal(await account.accessToken(), 'token 2');
});

test('takes the tokens that another process has renewed meanwhile', async (t) => {
  const { account, directory, value, renewals } = await start(t);
  const other = {
    ...value,
    accessToken: 'theirs',
    accessTokenExpires: Date.now() + 3_600_000,
    refreshToken: 'refresh 9',
  };
  await saveCredentials(directory, other);
  assert.equal(await account.accessToken(), 'theirs');
  assert.equal(renewals(), 0);
  // The relay refuses even that one: now it is renewed.
  account.expire();
  assert.equal(await account.accessToken(), 'token 1');
});

test('ends when the computer was signed in to another relay meanwhile', async (t) => {
  const { account, directory, value } = await start(t);
  await saveCredentials(directory, { ...value, relay: 'https://other.example' });
  await assert.rejects(account.accessToken(), { code: 'not_signed_in', message: /https:\/\/other\.example meanwhile/ });
  assert.equal((await loadCredentials(directory))?.relay, 'https://other.example');
});

test('says that the person was signed out when the refresh token is refused', async (t) => {
  const { account } = await start(t, (response) => response.writeHead(400).end('{"error":"invalid_grant"}'));
  await assert.rejects(account.accessToken(), { code: 'not_signed_in', message: /signed out/ });
  const none = await start(t);
  const withoutOne = new Account(none.directory, { ...none.value, refreshToken: undefined });
  await assert.rejects(withoutOne.accessToken(), { code: 'not_signed_in' });
});

test('an issuer that is away or out of order is no sign-out: it is asked again', async (t) => {
  let broken: ((response: ServerResponse) => void) | undefined = (response) => response.writeHead(502).end('<html>');
  const fixture = await start(t, (response) => {
    if (broken) return broken(response);
    response.end('{"access_token":"at last","token_type":"bearer"}');
  });
  const retriable = (error: unknown) => error instanceof RelayApiError && error.shouldRetry();
  await assert.rejects(fixture.account.accessToken(), retriable);
  broken = (response) => response.writeHead(500).end('{"error":"server_error"}');
  await assert.rejects(fixture.account.accessToken(), retriable);
  broken = undefined;
  assert.equal(await fixture.account.accessToken(), 'at last');
  fixture.account.expire();
  fixture.close();
  await assert.rejects(fixture.account.accessToken(), retriable);
});

test('keeps changes in the order in which they were made', async (t) => {
  const { account, directory } = await start(t);
  await Promise.all(Array.from({ length: 20 }, (_, index) => account.keep({ bridgeId: `bridge ${index}` })));
  assert.equal((await loadCredentials(directory))?.bridgeId, 'bridge 19');
});

test('renews once for all processes: the others wait, and take what is new', async (t) => {
  const fixture = await start(t);
  const accounts = Array.from({ length: 5 }, () => new Account(fixture.directory, fixture.value));
  const tokens = await Promise.all(accounts.map((account) => account.accessToken()));
  assert.deepEqual([new Set(tokens).size, fixture.renewals()], [1, 1]);
});

test('what one process keeps leaves the tokens alone that another has renewed', async (t) => {
  const { account, directory, value } = await start(t);
  await saveCredentials(directory, { ...value, accessToken: 'theirs', refreshToken: 'refresh 9' });
  await account.keep({ bridgeId: 'bridge-1' });
  const stored = await loadCredentials(directory);
  assert.deepEqual([stored?.accessToken, stored?.refreshToken, stored?.bridgeId], ['theirs', 'refresh 9', 'bridge-1']);
});

test('a sign-out stays one: nothing is kept or renewed after it', async (t) => {
  const { account, directory, renewals } = await start(t);
  await forgetSecrets(directory);
  await account.keep({ bridgeId: 'bridge-1' });
  await assert.rejects(account.accessToken(), { code: 'not_signed_in' });
  assert.deepEqual([await loadCredentials(directory), renewals()], [undefined, 0]);
});

describe('tokens in a keychain', () => {
  async function startWithKeychain(t: TestContext) {
    const fixture = await start(t);
    const keychain = new TestKeychain();
    const value = { ...fixture.value, secrets: 'keychain' as const };
    await saveCredentials(fixture.directory, value, keychain);
    const notices: string[] = [];
    const open = () => new Account(fixture.directory, value, { keychain, notice: (text) => notices.push(text) });
    return { ...fixture, keychain, notices, open };
  }

  test('are renewed there, once for all processes', async (t) => {
    const { directory, keychain, open, renewals } = await startWithKeychain(t);
    const tokens = await Promise.all([open(), open(), open()].map((account) => account.accessToken()));
    assert.deepEqual([tokens, renewals()], [Array(3).fill('token 1'), 1]);
    assert.equal((await loadCredentials(directory, keychain))?.refreshToken, 'refresh 1');
    assert.doesNotMatch(await readFile(join(directory, 'credentials.json'), 'utf8'), /refresh 1|token 1/);
  });

  test('are renewed also while it is locked, go into the file, and it is said', async (t) => {
    const { directory, keychain, notices, open } = await startWithKeychain(t);
    keychain.trouble = 'locked';
    assert.equal(await open().accessToken(), 'token 1');
    assert.match(notices.join(), /kept in a file from now on: the keychain is locked/);
    assert.equal((await loadCredentials(directory, keychain))?.refreshToken, 'refresh 1');
  });

  test('are not taken from there when newer ones could not be kept', async (t) => {
    const { directory, keychain, open, renewals, sent } = await startWithKeychain(t);
    const account = open();
    const write = keychain.write.bind(keychain);
    keychain.write = () => Promise.reject(new Error('no space left on the device'));
    const retriable = (error: unknown) => error instanceof RelayApiError && error.shouldRetry();
    await assert.rejects(account.accessToken(), retriable);
    assert.equal(await account.accessToken(), 'token 1');
    keychain.write = write;
    account.expire();
    assert.equal(await account.accessToken(), 'token 2');
    assert.deepEqual([(await loadCredentials(directory, keychain))?.refreshToken, renewals()], ['refresh 2', 2]);
    assert.deepEqual(sent, ['refresh 0', 'refresh 1']);
  });

  test('are not used twice when another process has renewed them and it is locked now', async (t) => {
    const { keychain, open, renewals } = await startWithKeychain(t);
    const [late, other] = [open(), open()];
    assert.equal(await other.accessToken(), 'token 1');
    keychain.trouble = 'locked';
    await assert.rejects(late.accessToken(), (error) => error instanceof RelayApiError && error.shouldRetry());
    assert.equal(renewals(), 1);
    keychain.trouble = undefined;
    assert.equal(await late.accessToken(), 'token 1');
  });
});

test('keeps its tokens when the clock of this computer is wrong by days', async (t) => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const days of [-2, 2]) {
    const { account, value } = await start(t, (response) => {
      const issued = Math.floor(Date.now() / 1000) + days * 24 * 3600;
      const claims = { iss: value.issuer, aud: 'bridge', sub: 'someone', iat: issued, exp: issued + 3600 };
      response.end(
        JSON.stringify({
          access_token: 'new',
          token_type: 'bearer',
          expires_in: 3600,
          id_token: `${part({ alg: 'RS256' })}.${part(claims)}.${'a'.repeat(342)}`,
        }),
      );
    });
    assert.equal(await account.accessToken(), 'new');
  }
});
