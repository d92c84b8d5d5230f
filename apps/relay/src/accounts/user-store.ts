import type { Kysely } from 'kysely';
import type { SettingsStore } from '../storage/settings-store.ts';
import type { Tables, UserRow } from '../storage/tables.ts';

export type UserStore = ReturnType<typeof userStore>;

/** The people who use this relay. */
export function userStore(kysely: Kysely<Tables>) {
  return {
    find(id: string): Promise<UserRow | undefined> {
      return kysely.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    },

    /** Adds the user unless the id is known; the name of a known one stays. */
    async ensure(user: { id: string; name: string }): Promise<void> {
      const row = { ...user, email: null, created: new Date().toISOString() };
      await kysely
        .insertInto('users')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}

const LOCAL_USER_NAME = 'Local user';

/** The one person of the embedded issuer, made on first start; the id stays the same for good. */
export async function seedLocalUser(settings: SettingsStore, users: UserStore): Promise<{ id: string; name: string }> {
  const id = await settings.getOrCreate('local_user_id', () => `user-${crypto.randomUUID()}`);
  await users.ensure({ id, name: LOCAL_USER_NAME });
  return { id, name: (await users.find(id))?.name ?? LOCAL_USER_NAME };
}
