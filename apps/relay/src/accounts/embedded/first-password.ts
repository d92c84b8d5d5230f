import type { Kysely } from 'kysely';
import type { Tables } from '../../storage/tables.ts';
import { makePassword } from './make-password.ts';
import { hashPassword } from './password-hash.ts';
import { passwordStore } from './password-store.ts';

/** Gives an account its first, random password; undefined when it has one. What is returned is kept nowhere. */
export async function addFirstPassword(kysely: Kysely<Tables>, userId: string): Promise<string | undefined> {
  const passwords = passwordStore(kysely);
  if ((await passwords.find(userId)) !== undefined) return undefined;
  const password = makePassword();
  return (await passwords.add(userId, await hashPassword(password))) ? password : undefined;
}
