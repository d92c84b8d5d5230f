import type { AccountSettings, UpdateSettingsRequest } from '@cloudtolocalllm/protocol';
import type { Kysely } from 'kysely';
import type { Tables } from '../storage/tables.ts';
import { readChosen, settingsOf } from './stored-settings.ts';

export type AccountSettingsStore = ReturnType<typeof accountSettingsStore>;

/** What people chose for all their devices. Of each only what is not as by default is stored, so that defaults may change. */
export function accountSettingsStore(kysely: Kysely<Tables>, now: () => number = Date.now) {
  const read = async (database: Kysely<Tables>, userId: string): Promise<Partial<AccountSettings>> => {
    const row = await database
      .selectFrom('user_settings')
      .select('settings')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return readChosen(row?.settings);
  };

  return {
    async get(userId: string): Promise<AccountSettings> {
      return settingsOf(await read(kysely, userId));
    },

    /** Changes what is named; null is the default again. Of two changes at the same time both are made. */
    change(userId: string, changes: UpdateSettingsRequest): Promise<AccountSettings> {
      return kysely.transaction().execute(async (transaction) => {
        const chosen = await read(transaction, userId);
        const notifications = changes.notifications && {
          ...settingsOf(chosen).notifications,
          ...changes.notifications,
        };
        const all = { ...chosen, ...changes, ...(notifications !== undefined && { notifications }) };
        const kept = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
        const row = { settings: JSON.stringify(Object.fromEntries(kept)), changed: new Date(now()).toISOString() };
        await transaction
          .insertInto('user_settings')
          .values({ user_id: userId, ...row })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
          .execute();
        return settingsOf(readChosen(row.settings));
      });
    },
  };
}
