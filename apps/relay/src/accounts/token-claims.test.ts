import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JWTPayload } from 'jose';
import { tokenClaims } from './token-claims.ts';

const read = (claims: JWTPayload) => tokenClaims({ sub: 'auth0|1', ...claims });

test('takes scopes and permissions in every form that issuers have for them', () => {
  assert.deepEqual(read({ scope: 'openid  chat' }).scopes, ['openid', 'chat']);
  assert.deepEqual(read({ scope: 'openid', permissions: ['chat', 'admin', 7] }).scopes, ['openid', 'chat', 'admin']);
  assert.deepEqual(read({ scp: ['chat'] }).scopes, ['chat']);
  assert.deepEqual(read({ scope: 7, permissions: {} }).scopes, []);
});

test('takes an address only if it is verified, and notices one that is not', () => {
  assert.equal(read({ email: 'a@b.example', email_verified: true }).email, 'a@b.example');
  assert.equal(read({ email: 'a@b.example', email_verified: false }).email, null);
  assert.equal(read({ email: 'a@b.example' }).email, null);
  assert.equal(read({ email: 'a b@c.example', email_verified: true }).email, null);
  assert.equal(read({}).email, undefined);
});

test('names a person by the best that there is, on one line', () => {
  assert.equal(read({ name: ' Ann\nLee ', preferred_username: 'ann' }).name, 'Ann Lee');
  assert.equal(read({ name: ' ', preferred_username: 'ann', email: 'a@b.example' }).name, 'ann');
  assert.equal(read({ email: 'a@b.example' }).name, 'a@b.example');
  assert.equal(read({ name: 'x'.repeat(300) }).name?.length, 200);
  assert.equal(read({}).name, undefined);
});

test('names the program and the time, if they are told', () => {
  const { client, issuedAt } = read({ azp: 'web', client_id: 'other', iat: 12.7 });
  assert.deepEqual([client, issuedAt], ['web', 12]);
  assert.equal(read({ client_id: 'other' }).client, 'other');
  assert.equal(read({ iat: Number.POSITIVE_INFINITY }).issuedAt, 0);
});
