import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { addFirstPassword } from './accounts/embedded/first-password.ts';
import { makePassword } from './accounts/embedded/make-password.ts';
import { replacePassword } from './accounts/embedded/replace-password.ts';
import { seedLocalUser, type UserStore, userStore } from './accounts/user-store.ts';
import { auditLog } from './audit/audit-log.ts';
import { type Config, ConfigError } from './config.ts';
import { DATABASE_FILE } from './context.ts';
import { openDatabase } from './storage/database.ts';
import { settingsStore } from './storage/settings-store.ts';
import type { Tables } from './storage/tables.ts';

export interface PrintPasswordOptions {
  /** Only if the account has none yet; prints nothing otherwise. */
  first: boolean;
  /** `{account, password}` in one line; without a password when none was made. */
  json: boolean;
}

/**
 * Sets a new random password for the local account and prints it, once and nowhere else. Whoever may open the relay's
 * data folder is its operator; the relay may be running.
 * @throws ConfigError when a configured issuer signs people in: there is no local account then.
 */
export async function printPassword(config: Config, { first, json }: PrintPasswordOptions): Promise<void> {
  if (config.auth.issuer !== undefined) {
    if (!first) throw new ConfigError('Cannot make a password: people sign in at AUTH_ISSUER, not here');
    if (json) process.stdout.write('{}\n');
    return;
  }
  await using database = await openDatabase({ path: join(config.dataDir, DATABASE_FILE) });
  const { kysely } = database;
  const users = userStore(kysely);
  const user = await seedLocalUser(settingsStore(kysely), users);
  const password = first ? await addFirstPassword(kysely, user.id) : await makeAnother(kysely, users, user.id);
  if (json) process.stdout.write(`${JSON.stringify({ account: user.name, password })}\n`);
  else if (password !== undefined) process.stdout.write(`${password}\n`);
}

async function makeAnother(kysely: Kysely<Tables>, users: UserStore, userId: string): Promise<string> {
  const password = makePassword();
  await replacePassword({ kysely, users }, userId, password);
  await auditLog(kysely).record(userId, { action: 'password_changed', note: "by the relay's operator" });
  return password;
}
