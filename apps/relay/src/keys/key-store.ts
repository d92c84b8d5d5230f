import { type ApiKey, newId, type Scope } from '@cloudtolocalllm/protocol';
import type { Compilable, Kysely } from 'kysely';
import { auditLog } from '../audit/audit-log.ts';
import type { ApiKeyRow, Tables } from '../storage/tables.ts';
import { hashOf, hintOf, newSecret } from './key-secret.ts';

/** Keys of one person: more than the programs they have, few enough to look through. */
export const MAX_KEYS = 100;

export type KeyStore = ReturnType<typeof keyStore>;

export interface KeyDraft {
  name: string;
  scopes: readonly Scope[];
  expires?: Date | undefined;
  /** Undefined = all. */
  bridges?: readonly string[] | undefined;
  models?: readonly string[] | undefined;
}

/** A key as it is looked up, with the verified address of its owner. */
export type OwnedKey = Pick<ApiKeyRow, 'id' | 'user_id' | 'scopes' | 'bridges' | 'models' | 'expires'> & {
  email: string | null;
};

/** API keys by their owner. Making and revoking one is in the audit log, or it did not happen. */
export function keyStore(kysely: Kysely<Tables>) {
  return {
    /** The key and its secret, which is kept nowhere; undefined when its owner has `MAX_KEYS` already. */
    create(
      userId: string,
      draft: KeyDraft,
      address: string,
      id = newId('key'),
    ): Promise<{ key: ApiKey; secret: string } | undefined> {
      const secret = newSecret();
      const row: ApiKeyRow = {
        id,
        user_id: userId,
        name: draft.name,
        hash: hashOf(secret),
        hint: hintOf(secret),
        scopes: JSON.stringify(draft.scopes),
        bridges: draft.bridges === undefined ? null : JSON.stringify(draft.bridges),
        models: draft.models === undefined ? null : JSON.stringify(draft.models),
        created: new Date().toISOString(),
        expires: draft.expires?.toISOString() ?? null,
        last_used: null,
      };
      return kysely.transaction().execute(async (transaction) => {
        const { count } = await transaction
          .selectFrom('api_keys')
          .select((query) => query.fn.countAll<number>().as('count'))
          .where('user_id', '=', userId)
          .executeTakeFirstOrThrow();
        if (count >= MAX_KEYS) return undefined;
        await transaction.insertInto('api_keys').values(row).execute();
        const note = `${row.name}: ${draft.scopes.join(', ')}`;
        await auditLog(transaction).record(userId, { action: 'key_created', target: row.id, address, note });
        return { key: toApiKey(row), secret };
      });
    },

    /** The oldest first. */
    async list(userId: string): Promise<ApiKey[]> {
      const owned = kysely.selectFrom('api_keys').selectAll().where('user_id', '=', userId);
      return (await owned.orderBy('created').orderBy('id').execute()).map(toApiKey);
    },

    /** False when this user has no such key. */
    revoke(userId: string, keyId: string, address: string): Promise<boolean> {
      return kysely.transaction().execute(async (transaction) => {
        const removed = await transaction
          .deleteFrom('api_keys')
          .where('id', '=', keyId)
          .where('user_id', '=', userId)
          .returning('name')
          .executeTakeFirst();
        if (removed === undefined) return false;
        const entry = { action: 'key_revoked', target: keyId, address, note: removed.name } as const;
        await auditLog(transaction).record(userId, entry);
        return true;
      });
    },

    /** Whose key this is the hash of. */
    findByHash(hash: string): Promise<OwnedKey | undefined> {
      return kysely
        .selectFrom('api_keys')
        .innerJoin('users', 'users.id', 'api_keys.user_id')
        .select(['api_keys.id', 'user_id', 'scopes', 'bridges', 'models', 'expires', 'users.email'])
        .where('hash', '=', hash)
        .executeTakeFirst();
    },

    /** The query that keeps when a key was used last; for a batch. */
    used(keyId: string, at: Date): Compilable {
      return kysely.updateTable('api_keys').set({ last_used: at.toISOString() }).where('id', '=', keyId);
    },
  };
}

function toApiKey(row: ApiKeyRow): ApiKey {
  // as: only create() writes these columns
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: JSON.parse(row.scopes) as Scope[],
    ...(row.bridges !== null && { bridges: JSON.parse(row.bridges) as string[] }),
    ...(row.models !== null && { models: JSON.parse(row.models) as string[] }),
    created: row.created,
    expires: row.expires,
    lastUsed: row.last_used,
  };
}
