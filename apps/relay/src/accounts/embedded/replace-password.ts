import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Tables } from '../../storage/tables.ts';
import { endBrowserSessions } from './end-browser-sessions.ts';
import { hashPassword } from './password-hash.ts';
import { passwordStore } from './password-store.ts';
import type { UserStore } from '../user-store.ts';

export interface ReplacePasswordParts {
  kysely: Kysely<Tables>;
  users: Pick<UserStore, 'endTokens'>;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/**
 * Sets a new password and ends what the old one had opened: browser sessions, the web app's refresh tokens, all access
 * tokens. Bridges get new access tokens with their refresh tokens. Takes up to a second.
 */
export async function replacePassword(
  { kysely, users, now = Date.now }: ReplacePasswordParts,
  userId: string,
  password: string,
): Promise<void> {
  await passwordStore(kysely, now).replace(userId, await hashPassword(password));
  // Tokens say in whole seconds when they were issued: those of this very second end as well, and the next one is
  // awaited, so that a token that is issued after this is good.
  const next = Math.floor(now() / 1000) + 1;
  await users.endTokens(userId, next);
  await sleep(next * 1000 - now());
  // Last: a sign-in with the old password may have been on its way.
  await endBrowserSessions(kysely, userId);
}
