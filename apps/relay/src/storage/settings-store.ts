import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

export type SettingsStore = ReturnType<typeof settingsStore>;

/** Small values that the relay makes for itself: keys, secrets, ids. */
export function settingsStore(kysely: Kysely<Tables>) {
  const get = async (key: string): Promise<string | undefined> => {
    const row = await kysely.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();
    return row?.value;
  };
  return {
    get,

    async set(key: string, value: string): Promise<void> {
      const row = { key, value };
      const insert = kysely.insertInto('settings').values(row);
      await insert.onConflict((conflict) => conflict.column('key').doUpdateSet({ value })).execute();
    },

    /** The value, made by `make` if there is none; of two processes that make one, both get the first. */
    async getOrCreate(key: string, make: () => string | Promise<string>): Promise<string> {
      const known = await get(key);
      if (known !== undefined) return known;
      const row = { key, value: await make() };
      await kysely
        .insertInto('settings')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await get(key)) ?? row.value;
    },
  };
}
