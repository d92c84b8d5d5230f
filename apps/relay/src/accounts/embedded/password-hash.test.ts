import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePassword } from './make-password.ts';
import { decoyHash, hashPassword, verifyPassword } from './password-hash.ts';

test('knows the right password again, and no other', async () => {
  const hash = await hashPassword('Grüße aus 東京');
  assert.match(hash, /^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
  assert.equal(await verifyPassword('Grüße aus 東京', hash), true);
  assert.equal(
    await verifyPassword('Gru\u0308ße aus 東京\n', hash),
    true,
    'other code points, a line end from copying',
  );
  for (const other of ['grüße aus 東京', 'Grüße aus 東', '', 'x'.repeat(5000)]) {
    assert.equal(await verifyPassword(other, hash), false, other);
  }
});

test('gives the same password another hash each time, and a decoy to nobody', async () => {
  assert.notEqual(await hashPassword('the same'), await hashPassword('the same'));
  assert.equal(await verifyPassword('', decoyHash()), false);
  await assert.rejects(verifyPassword('x', 'plain text'), /Cannot read a stored password hash/);
});

test('makes passwords that are easy to type and hard to guess', () => {
  const made = Array.from({ length: 1000 }, makePassword);
  for (const password of made) assert.match(password, /^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/);
  assert.equal(new Set(made).size, made.length);
  const letters = new Set(made.join('').replaceAll('-', ''));
  assert.ok(Math.log2(letters.size) * 16 >= 70, `${letters.size} different characters`);
});
