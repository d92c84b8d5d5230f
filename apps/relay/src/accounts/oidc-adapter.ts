import type { Kysely } from 'kysely';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OidcPayloadsTable, Tables } from '../storage/tables.ts';

/** Kept a little longer than valid, so that the issuer itself can say "expired" instead of "unknown". */
const EXPIRY_GRACE_SECONDS = 60;

/** Where `oidc-provider` keeps what it issues: one table, one row per session, grant, code or token. */
export function oidcAdapter(kysely: Kysely<Tables>, now: () => number = Date.now): (model: string) => Adapter {
  const seconds = () => Math.floor(now() / 1000);

  return (model) => {
    const findBy = async (column: 'id' | 'uid' | 'user_code', value: string): Promise<AdapterPayload | undefined> => {
      const row = await kysely
        .selectFrom('oidc_payloads')
        .selectAll()
        .where('model', '=', model)
        .where(column, '=', value)
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', seconds() - EXPIRY_GRACE_SECONDS)]))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const payload = JSON.parse(row.payload) as AdapterPayload; // as: only upsert writes it
      return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at };
    };

    return {
      async upsert(id, payload, expiresIn) {
        const row: OidcPayloadsTable = {
          model,
          id,
          payload: JSON.stringify(payload),
          grant_id: payload.grantId ?? null,
          user_code: payload.userCode ?? null,
          uid: payload.uid ?? null,
          expires_at: expiresIn === undefined ? null : seconds() + expiresIn,
          consumed_at: null,
        };
        // A consumed code stays consumed, whatever else of it is saved again.
        const { consumed_at: _, ...changes } = row;
        const insert = kysely.insertInto('oidc_payloads').values(row);
        await insert.onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(changes)).execute();
      },

      find: (id) => findBy('id', id),
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('user_code', userCode),

      async consume(id) {
        await kysely
          .updateTable('oidc_payloads')
          .set({ consumed_at: seconds() })
          .where('model', '=', model)
          .where('id', '=', id)
          .execute();
      },

      async destroy(id) {
        await kysely.deleteFrom('oidc_payloads').where('model', '=', model).where('id', '=', id).execute();
      },

      async revokeByGrantId(grantId) {
        await kysely.deleteFrom('oidc_payloads').where('model', '=', model).where('grant_id', '=', grantId).execute();
      },
    };
  };
}

/** Removes what has expired. */
export async function sweepOidcPayloads(kysely: Kysely<Tables>, now: number = Date.now()): Promise<void> {
  const before = Math.floor(now / 1000) - EXPIRY_GRACE_SECONDS;
  await kysely.deleteFrom('oidc_payloads').where('expires_at', '<=', before).execute();
}
