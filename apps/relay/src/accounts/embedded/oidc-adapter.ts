import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OidcPayloadsTable, Tables } from '../../storage/tables.ts';

/** Kept a little longer than valid, so that the issuer itself can say "expired" instead of "unknown". */
const EXPIRY_GRACE_SECONDS = 60;

/**
 * Models whose id is the secret itself, and which are looked up by nothing else: they are kept under its hash. (256
 * random bits need no slow hash.) Sessions and device codes are also found by other columns, which must give the id back.
 */
const SECRET_IDS = new Set(['RefreshToken', 'AuthorizationCode', 'AccessToken']);

/** Where `oidc-provider` keeps what it issues: one table, one row per session, grant, code or token. */
export function oidcAdapter(kysely: Kysely<Tables>, now: () => number = Date.now): (model: string) => Adapter {
  const seconds = () => Math.floor(now() / 1000);

  return (model) => {
    const secret = SECRET_IDS.has(model);
    const keyOf = (id: string): string => (secret ? createHash('sha256').update(id).digest('base64url') : id);

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
          id: keyOf(id),
          // Its copy of the id is put back by whoever finds it with the id in hand.
          payload: JSON.stringify(secret ? { ...payload, jti: undefined } : payload),
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

      async find(id) {
        const payload = await findBy('id', keyOf(id));
        return secret && payload ? { ...payload, jti: id } : payload;
      },
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('user_code', userCode),

      async consume(id) {
        await kysely
          .updateTable('oidc_payloads')
          .set({ consumed_at: seconds() })
          .where('model', '=', model)
          .where('id', '=', keyOf(id))
          .execute();
      },

      async destroy(id) {
        await kysely.deleteFrom('oidc_payloads').where('model', '=', model).where('id', '=', keyOf(id)).execute();
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
