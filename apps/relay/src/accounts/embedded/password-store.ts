import type { Kysely } from 'kysely';
import type { Tables } from '../../storage/tables.ts';

/** Hashes of the embedded issuer's passwords. */
export function passwordStore(kysely: Kysely<Tables>, now: () => number = Date.now) {
  const insert = (userId: string, hash: string) =>
    kysely.insertInto('passwords').values({ user_id: userId, hash, changed: new Date(now()).toISOString() });

  return {
    async find(userId: string): Promise<string | undefined> {
      const row = await kysely.selectFrom('passwords').select('hash').where('user_id', '=', userId).executeTakeFirst();
      return row?.hash;
    },

    /** False when there was one already, which stays: of two processes that start at the same time, one adds it. */
    async add(userId: string, hash: string): Promise<boolean> {
      const result = await insert(userId, hash)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },

    async replace(userId: string, hash: string): Promise<void> {
      const changes = { hash, changed: new Date(now()).toISOString() };
      await insert(userId, hash)
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(changes))
        .execute();
    },
  };
}
