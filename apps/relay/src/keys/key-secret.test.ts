import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf, hintOf, isSecret, newSecret } from './key-secret.ts';

test('a secret is the prefix and 32 random bytes, of which the hint shows three', () => {
  const secret = newSecret();
  assert.match(secret, /^c2l_[A-Za-z0-9_-]{43}$/);
  assert.equal(Buffer.from(secret.slice(4), 'base64url').length, 32);
  assert.notEqual(newSecret(), secret);
  assert.equal(hintOf(secret), secret.slice(0, 8));
});

test('what is stored is SHA-256 of it', () => {
  assert.equal(
    hashOf('abc'),
    Buffer.from('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'hex').toString('base64url'),
  );
});

test('knows what can be no key of ours without asking anybody', () => {
  assert.ok(isSecret(newSecret()));
  for (const text of [
    '',
    'c2l_',
    newSecret().slice(1),
    newSecret().slice(0, -1),
    `${newSecret()}x`,
    `${newSecret()}\n`,
  ]) {
    assert.ok(!isSecret(text), JSON.stringify(text));
  }
});
