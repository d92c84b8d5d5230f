import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What an Idempotency-Key is stored as: SHA-256, base64url. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/**
 * Encrypts an answer with AES-256-GCM under a key that is made of the Idempotency-Key itself (HKDF, RFC 5869). Of that
 * one only the hash is stored: who has the database alone can't read the secrets that answers hold.
 */
export function sealAnswer(answer: string, key: string, userId: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, encryptionKey(key, userId), iv);
  const sealed = Buffer.concat([cipher.update(answer, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The answer again. @throws Error when it was sealed with another key, or changed since. */
export function openAnswer(sealed: string, key: string, userId: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const iv = bytes.subarray(0, IV_BYTES);
  const decipher = createDecipheriv(ALGORITHM, encryptionKey(key, userId), iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}

function encryptionKey(key: string, userId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, userId, 'answer of an idempotent request', 32));
}
