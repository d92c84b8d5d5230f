import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, type JWTVerifyGetKey, SignJWT } from 'jose';
import { RelayError } from '../errors.ts';
import { type TokenVerifier, tokenVerifier, type TrustedIssuer } from './token-verifier.ts';

const ISSUER = 'https://issuer.example/';
const AUDIENCE = 'cloudtolocalllm-api';
type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
let now = Date.parse('2026-01-01T00:00:00Z');
let asked = 0;
let privateKey: KeyPair['privateKey'];
let publicKey: KeyPair['publicKey'];
let verifier: TokenVerifier;
let issuer: TrustedIssuer & { revision: number };

before(async () => {
  ({ privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true }));
  const keySet = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] });
  const keys: JWTVerifyGetKey = (header, token) => {
    asked++;
    return keySet(header, token);
  };
  issuer = { url: ISSUER, keys, revision: 0, keyCount: async () => 1 };
  verifier = tokenVerifier({ issuer, audience: AUDIENCE, now: () => now });
});

function draft(claims: Record<string, unknown> = {}, header = { alg: 'RS256', kid: 'one' }): SignJWT {
  const issued = Math.floor(now / 1000);
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user-1',
    iat: issued,
    exp: issued + 600,
    scope: 'openid chat',
    ...claims,
  };
  return new SignJWT(all).setProtectedHeader(header);
}

const unauthorized = (error: unknown) =>
  error instanceof RelayError && error.code === 'unauthorized' && error.message === 'Invalid or expired token';

test('a good token says whose it is, and is verified once', async () => {
  const token = await draft().sign(privateKey);
  asked = 0;
  const verified = await verifier.verify(token);
  assert.deepEqual(verified, {
    userId: 'user-1',
    scopes: ['openid', 'chat'],
    issuedAt: now / 1000,
    name: undefined,
    email: undefined,
    client: undefined,
    expires: new Date(now + 600_000),
  });
  assert.equal(await verifier.verify(token), verified);
  assert.equal(asked, 1);
});

test('a remembered token still expires', async () => {
  const token = await draft().sign(privateKey);
  await verifier.verify(token);
  now += 606_000;
  await assert.rejects(verifier.verify(token), unauthorized);
});

test('looks at a token again after ten minutes, when told to, and when keys have gone', async () => {
  const token = await draft({ exp: now / 1000 + 3600 }).sign(privateKey);
  const checked = async () => {
    asked = 0;
    await verifier.verify(token);
    return asked === 1;
  };
  assert.equal(await checked(), true);
  now += 599_000;
  assert.equal(await checked(), false);
  now += 1_000;
  assert.equal(await checked(), true);
  verifier.forget('user-2');
  assert.equal(await checked(), false);
  verifier.forget('user-1');
  assert.equal(await checked(), true);
  issuer.revision++;
  assert.equal(await checked(), true);
});

test('requests at the same time get the same', async () => {
  const token = await draft().sign(privateKey);
  const [one, other] = await Promise.all([verifier.verify(token), verifier.verify(token)]);
  assert.equal(one, other);
});

test('bears five seconds between the clocks', async () => {
  const seconds = now / 1000;
  await verifier.verify(await draft({ exp: seconds - 4 }).sign(privateKey));
  await verifier.verify(await draft({ nbf: seconds + 5 }).sign(privateKey));
  await assert.rejects(verifier.verify(await draft({ exp: seconds - 5 }).sign(privateKey)), unauthorized);
  await assert.rejects(verifier.verify(await draft({ nbf: seconds + 6 }).sign(privateKey)), unauthorized);
});

test('accepts an audience among several, as Auth0 sends them', async () => {
  const token = await draft({ aud: [AUDIENCE, `${ISSUER}userinfo`] }).sign(privateKey);
  assert.equal((await verifier.verify(token)).userId, 'user-1');
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const BAD: Record<string, () => string | Promise<string>> = {
  garbage: () => 'garbage',
  'three dots': () => '..',
  'another issuer': () => draft({ iss: 'https://evil.example/' }).sign(privateKey),
  'another audience': () => draft({ aud: 'cloudtolocalllm-web' }).sign(privateKey),
  'no audience': () => draft({ aud: undefined }).sign(privateKey),
  'no subject': () => draft({ sub: undefined }).sign(privateKey),
  'an empty subject': () => draft({ sub: '' }).sign(privateKey),
  'a subject that is too long': () => draft({ sub: 'x'.repeat(256) }).sign(privateKey),
  'a subject that is no text': () => draft({ sub: 'half \ud800' }).sign(privateKey),
  'no expiry': () => draft({ exp: undefined }).sign(privateKey),
  expired: () => draft({ exp: Math.floor(now / 1000) - 60 }).sign(privateKey),
  'not valid yet': () => draft({ nbf: Math.floor(now / 1000) + 60 }).sign(privateKey),
  'alg none': async () => {
    const [, payload] = (await draft().sign(privateKey)).split('.');
    return `${encode({ alg: 'none' })}.${payload}.`;
  },
  'HS256 with the public key as secret': async () => {
    const secret = Buffer.from(await exportSPKI(publicKey));
    return draft({}, { alg: 'HS256', kid: 'one' }).sign(secret);
  },
  'another key of the same name': async () => draft().sign((await generateKeyPair('RS256')).privateKey),
  'an unknown key': () => draft({}, { alg: 'RS256', kid: 'two' }).sign(privateKey),
  'a changed payload': async () => {
    const [header, , signature] = (await draft().sign(privateKey)).split('.');
    return `${header}.${encode({ iss: ISSUER, aud: AUDIENCE, sub: 'admin', exp: 9e9 })}.${signature}`;
  },
  oversized: () => draft({ padding: 'x'.repeat(8192) }).sign(privateKey),
};
for (const [name, make] of Object.entries(BAD)) {
  test(`refuses a token: ${name}`, async () => {
    await assert.rejects(verifier.verify(await make()), unauthorized);
  });
}
