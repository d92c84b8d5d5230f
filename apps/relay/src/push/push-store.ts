import { MAX_PUSH_SUBSCRIPTIONS, type PushSubscription } from '@cloudtolocalllm/protocol';
import type { Kysely } from 'kysely';
import type { PushSubscriptionRow, Tables } from '../storage/tables.ts';

/** After so many failures in a row it is given up: a push service that is away comes back before. */
const MAX_FAILURES = 20;

export type PushStore = ReturnType<typeof pushStore>;

export type NewPushSubscription = Pick<
  PushSubscriptionRow,
  'id' | 'endpoint' | 'p256dh' | 'auth' | 'name' | 'user_agent'
>;

/** Browsers that get notices, by their owner. */
export function pushStore(kysely: Kysely<Tables>, now: () => number = Date.now) {
  const owned = (userId: string) => kysely.selectFrom('push_subscriptions').where('user_id', '=', userId);
  return {
    /**
     * Adds a browser, or brings it up to date when it is there already. One that was another person's until now, with the
     * same keys, is theirs no more: somebody else has signed in there. Undefined when this user has as many as may be.
     */
    add(userId: string, { id, ...changes }: NewPushSubscription): Promise<PushSubscriptionRow | undefined> {
      const { endpoint, p256dh, auth } = changes;
      return kysely.transaction().execute(async (transaction) => {
        const known = await transaction
          .updateTable('push_subscriptions')
          .set({ ...changes, failures: 0 })
          .where('user_id', '=', userId)
          .where('endpoint', '=', endpoint)
          .returningAll()
          .executeTakeFirst();
        if (known !== undefined) return known;
        const { count } = await transaction
          .selectFrom('push_subscriptions')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('user_id', '=', userId)
          .executeTakeFirstOrThrow();
        if (count >= MAX_PUSH_SUBSCRIPTIONS) return undefined;
        await transaction
          .deleteFrom('push_subscriptions')
          .where('endpoint', '=', endpoint)
          .where('p256dh', '=', p256dh)
          .where('auth', '=', auth)
          .execute();
        return transaction
          .insertInto('push_subscriptions')
          .values({ id, user_id: userId, created: new Date(now()).toISOString(), ...changes })
          .returningAll()
          .executeTakeFirstOrThrow();
      });
    },

    /** The oldest first. */
    list(userId: string): Promise<PushSubscriptionRow[]> {
      return owned(userId).selectAll().orderBy('created').orderBy('id').execute();
    },

    /** False when this user has no such subscription. */
    async remove(userId: string, id: string): Promise<boolean> {
      const query = kysely.deleteFrom('push_subscriptions').where('user_id', '=', userId).where('id', '=', id);
      return (await query.executeTakeFirstOrThrow()).numDeletedRows > 0n;
    },

    /** It was reached. */
    async reached({ user_id, id }: PushSubscriptionRow): Promise<void> {
      await kysely
        .updateTable('push_subscriptions')
        .set({ failures: 0 })
        .where('user_id', '=', user_id)
        .where('id', '=', id)
        .where('failures', '>', 0)
        .execute();
    },

    /** It was not reached; after many times in a row it is removed. */
    async failed({ user_id, id }: PushSubscriptionRow): Promise<void> {
      await kysely
        .updateTable('push_subscriptions')
        .set(({ eb, ref }) => ({ failures: eb(ref('failures'), '+', 1) }))
        .where('user_id', '=', user_id)
        .where('id', '=', id)
        .execute();
      await kysely
        .deleteFrom('push_subscriptions')
        .where('user_id', '=', user_id)
        .where('id', '=', id)
        .where('failures', '>=', MAX_FAILURES)
        .execute();
    },
  };
}

/** Without what it takes to send to it. */
export function toPushSubscription(row: PushSubscriptionRow): PushSubscription {
  return {
    id: row.id,
    created: row.created,
    ...(row.name !== null && { name: row.name }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
    endpointOrigin: URL.parse(row.endpoint)?.origin ?? '',
  };
}
