import type { Kysely } from 'kysely';
import type { IdempotencyKeyRow, Tables } from '../storage/tables.ts';

/** So long the answer to a key is kept. */
export const KEPT_MS = 24 * 60 * 60 * 1000;
/** The newest keys of each person that are kept: no one of them fills the disk. */
const MAX_KEYS = 20_000;

export type IdempotencyStore = ReturnType<typeof idempotencyStore>;

type Claim = Pick<IdempotencyKeyRow, 'user_id' | 'hash' | 'request' | 'resource_id'>;

/** The keys of creating requests, each with what it created and, once there is one, its answer. */
export function idempotencyStore(kysely: Kysely<Tables>, now: () => number = Date.now, maxKeys = MAX_KEYS) {
  const oldest = (): string => new Date(now() - KEPT_MS).toISOString();

  return {
    /** Undefined: the key was free and is this request's now. Otherwise whose it is. */
    async claim(claim: Claim): Promise<IdempotencyKeyRow | undefined> {
      const { user_id, hash } = claim;
      const row = { ...claim, status: null, body: null, created: new Date(now()).toISOString() };
      const inserted = await kysely
        .insertInto('idempotency_keys')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['user_id', 'hash']).doUpdateSet(row).where('idempotency_keys.created', '<', oldest()),
        )
        .returning('hash')
        .executeTakeFirst();
      if (inserted !== undefined) return undefined;
      return kysely
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('user_id', '=', user_id)
        .where('hash', '=', hash)
        .executeTakeFirstOrThrow();
    },

    /** Keeps the answer for the next request with this key. */
    async answered(userId: string, hash: string, status: number, body: string): Promise<void> {
      await kysely
        .updateTable('idempotency_keys')
        .set({ status, body })
        .where('user_id', '=', userId)
        .where('hash', '=', hash)
        .execute();
    },

    /** Removes what is older than a day, and of each person what is beyond the newest keys. */
    async sweep(): Promise<void> {
      await kysely.deleteFrom('idempotency_keys').where('created', '<', oldest()).execute();
      const crowded = await kysely
        .selectFrom('idempotency_keys')
        .select('user_id')
        .groupBy('user_id')
        .having((query) => query.fn.countAll(), '>', maxKeys)
        .execute();
      for (const { user_id } of crowded) {
        const owned = kysely.selectFrom('idempotency_keys').where('user_id', '=', user_id);
        const kept = owned.select('hash').orderBy('created', 'desc').orderBy('hash').limit(maxKeys);
        await kysely
          .deleteFrom('idempotency_keys')
          .where('user_id', '=', user_id)
          .where('hash', 'not in', kept)
          .execute();
      }
    },
  };
}
