import { createHash, randomBytes } from 'node:crypto';
import { API_KEY_PREFIX } from '@cloudtolocalllm/protocol';

const SECRET_BYTES = 32;
/** The prefix and what 32 bytes are in base64url. */
const SECRET = new RegExp(`^${API_KEY_PREFIX}[\\w-]{43}$`);
/** The prefix and 24 of 256 bits: enough to tell one's own keys apart, nothing to guess the rest from. */
const HINT_CHARACTERS = API_KEY_PREFIX.length + 4;

/** A new API key, to be shown once. */
export function newSecret(): string {
  return `${API_KEY_PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** Whether this may be one of ours. */
export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/** What is stored of a secret. A plain hash does: nobody can guess 256 random bits, however fast they try. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

export function hintOf(secret: string): string {
  return secret.slice(0, HINT_CHARACTERS);
}
