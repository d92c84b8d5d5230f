import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** OWASP's Password Storage Cheat Sheet: 32 MB and some 0.2 s for each guess. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Cost = Record<'N' | 'r' | 'p', number>;

/** Hashes a password with a salt of its own: `scrypt$N$r$p$salt$hash`, so that the cost can grow later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return format(COST, salt, await derive(password, salt, COST));
}

/** @throws Error when the stored text is no hash of ours. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = ''] = stored.split('$');
  const expected = Buffer.from(hash, 'base64url');
  if (scheme !== 'scrypt' || expected.length !== HASH_BYTES) throw new Error('Cannot read a stored password hash');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), cost), expected);
}

/** A hash that no password has: verifying against it takes as long as against a real one. */
export function decoyHash(): string {
  return format(COST, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
}

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  // The same letters may be typed as different code points. What was copied often has a space or line end too many.
  const normalized = password.trim().normalize('NFKC');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(normalized, salt, HASH_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, hash) => {
    if (error === null) resolve(hash);
    else reject(error);
  });
  return promise;
}

function format({ N, r, p }: Cost, salt: Buffer, hash: Buffer): string {
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}
