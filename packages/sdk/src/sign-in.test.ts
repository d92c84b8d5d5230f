import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { ApiError } from './api-error.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { SignInError } from './sign-in-error.ts';
import { answerJson, readBody, startTestServer, type TestServer } from './test-server.ts';

const REDIRECT = 'https://relay.example/auth/callback';

/** An issuer that knows one code and rotates refresh tokens; a used one ends the family. */
async function startIssuer(): Promise<
  TestServer & { refreshes: () => number; expectNonce: (nonce: string) => void; challenge: (value: string) => void }
> {
  let nonce = '';
  let challenge = '';
  let generation = 1;
  let refreshes = 0;
  const server = await startTestServer(async (request, response) => {
    const issuer = `http://${request.headers.host}`;
    if (request.url === '/.well-known/openid-configuration') {
      return answerJson(response, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        end_session_endpoint: `${issuer}/end`,
        jwks_uri: `${issuer}/jwks`,
      });
    }
    const form = new URLSearchParams(await readBody(request));
    const verified =
      createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url') === challenge;
    if (form.get('grant_type') === 'refresh_token') {
      refreshes += 1;
      if (form.get('refresh_token') !== `refresh-${generation}`)
        return answerJson(response, { error: 'invalid_grant' }, 400);
      generation += 1;
    } else if (form.get('code') !== 'good' || !verified || form.get('redirect_uri') !== REDIRECT) {
      return answerJson(response, { error: 'invalid_grant' }, 400);
    }
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, sub: 'user', aud: 'web', iat: now, exp: now + 60, nonce };
    answerJson(response, {
      access_token: `access-${generation}`,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: `refresh-${generation}`,
      id_token: `${part({ alg: 'RS256' })}.${part(claims)}.${part('signature')}`,
    });
  });
  return {
    ...server,
    refreshes: () => refreshes,
    expectNonce: (value) => (nonce = value),
    challenge: (value) => (challenge = value),
  };
}

function memoryStorage() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

async function begun() {
  const issuer = await startIssuer();
  const storage = memoryStorage();
  const clock = { now: Date.now() };
  const tab = (): SignIn =>
    createSignIn({
      authConfig: async () => ({
        issuer: issuer.url,
        audience: 'api',
        clientIds: { web: 'web', bridge: 'bridge' },
        embedded: false,
      }),
      redirectUri: REDIRECT,
      storage,
      now: () => clock.now,
    });
  const signIn = tab();
  const address = await signIn.begin('/c/1');
  issuer.expectNonce(address.searchParams.get('nonce') ?? '');
  issuer.challenge(address.searchParams.get('code_challenge') ?? '');
  const back = (code = 'good', state = address.searchParams.get('state') ?? ''): URL =>
    new URL(`${REDIRECT}?code=${code}&state=${state}`);
  return {
    issuer,
    storage,
    clock,
    tab,
    signIn,
    address,
    back,
    [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose](),
  };
}

const failed =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof SignInError && error.code === code;
const ended = (error: unknown): boolean => error instanceof ApiError && error.code === 'signed_out';

describe('createSignIn', () => {
  it('leads through the code flow with state, nonce and PKCE', async () => {
    await using test = await begun();
    const { searchParams } = test.address;
    assert.equal(searchParams.get('audience'), 'api');
    assert.equal(searchParams.get('scope'), 'openid profile offline_access');
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    assert.equal(test.signIn.isSignedIn(), false);
    assert.deepEqual(await test.signIn.finish(test.back()), { returnTo: '/c/1' });
    assert.equal(test.signIn.isSignedIn(), true);
    assert.equal(await test.signIn.accessToken(), 'access-1');
  });

  it('refuses a state that it did not begin, and one that was used', async () => {
    await using test = await begun();
    await assert.rejects(test.signIn.finish(test.back('good', 'foreign')), failed('unknown_state'));
    await test.signIn.finish(test.back());
    await assert.rejects(test.signIn.finish(test.back()), failed('unknown_state'));
  });

  it('refuses an answer with a foreign nonce', async () => {
    await using test = await begun();
    test.issuer.expectNonce('foreign');
    await assert.rejects(test.signIn.finish(test.back()), failed('invalid_response'));
    assert.equal(test.signIn.isSignedIn(), false);
  });

  it('says when the issuer refuses', async () => {
    await using test = await begun();
    await assert.rejects(test.signIn.finish(test.back('bad')), failed('refused'));
  });

  it('says when the person refused at the issuer', async () => {
    await using test = await begun();
    const state = test.address.searchParams.get('state');
    const address = new URL(`${REDIRECT}?error=access_denied&error_description=Not+today&state=${state}`);
    await assert.rejects(test.signIn.finish(address), /Not today/);
  });

  it('renews once for many callers and several tabs', async () => {
    await using test = await begun();
    await test.signIn.finish(test.back());
    test.clock.now += 3_590_000;
    const other = test.tab();
    const tokens = await Promise.all([
      test.signIn.accessToken(),
      test.signIn.accessToken(),
      other.accessToken(),
      other.accessToken(),
    ]);
    assert.deepEqual(new Set(tokens), new Set(['access-2']));
    assert.equal(test.issuer.refreshes(), 1);
  });

  it('renews a token that the relay refused', async () => {
    await using test = await begun();
    await test.signIn.finish(test.back());
    assert.equal(await test.signIn.accessToken('access-1'), 'access-2');
    assert.equal(test.signIn.subject(), 'user');
    assert.equal(await test.signIn.accessToken('access-1'), 'access-2');
    assert.equal(test.issuer.refreshes(), 1);
  });

  it('is signed out when the issuer does not renew, and stays signed in when it is away', async () => {
    await using test = await begun();
    await test.signIn.finish(test.back());
    const tokensKey = test.signIn.tokensKey;
    const tokens = test.storage.values.get(tokensKey) ?? '';
    const away = createSignIn({
      authConfig: () => Promise.reject(new ApiError('away', { status: 0, code: 'network_error' })),
      redirectUri: REDIRECT,
      storage: test.storage,
    });
    await assert.rejects(
      away.accessToken('access-1'),
      (error: unknown) => error instanceof ApiError && error.shouldRetry(),
    );
    assert.equal(away.isSignedIn(), true);

    let told = 0;
    test.signIn.subscribe(() => (told += 1));
    test.storage.values.set(tokensKey, tokens.replace('refresh-1', 'refresh-0'));
    await assert.rejects(test.signIn.accessToken('access-1'), ended);
    assert.equal(test.signIn.isSignedIn(), false);
    assert.equal(told, 1);
  });

  it('stays signed out when that came in the middle of a renewal', async () => {
    await using test = await begun();
    await test.signIn.finish(test.back());
    const renewed = assert.rejects(test.signIn.accessToken('access-1'), ended);
    await test.signIn.signOut();
    await renewed;
    assert.equal(test.issuer.refreshes(), 1);
    assert.equal(test.signIn.isSignedIn(), false);
  });

  it("forgets everything when signing out, and names the issuer's own end", async () => {
    await using test = await begun();
    await test.signIn.finish(test.back());
    const address = await test.signIn.signOut();
    assert.equal(address?.pathname, '/end');
    assert.deepEqual([...(address?.searchParams ?? [])], [['client_id', 'web']]);
    assert.equal(test.storage.values.size, 0);
    await assert.rejects(test.signIn.accessToken(), ended);
  });
});
