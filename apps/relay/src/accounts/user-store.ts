import type { Kysely } from 'kysely';
import type { SettingsStore } from '../storage/settings-store.ts';
import type { Tables, UserRow } from '../storage/tables.ts';
import type { AllowList } from './allow-list.ts';
import type { TokenClaims } from './token-claims.ts';

export type UserStore = ReturnType<typeof userStore>;

/** What a token says of its person: a name and a verified address, if any; a null address is not verified. */
export type Newcomer = { id: string } & Pick<TokenClaims, 'name' | 'email' | 'issuedAt'>;

/** `isNewToken`: it was issued later than every token seen before. */
export type Entry =
  | { outcome: 'entered'; isNewToken: boolean }
  | { outcome: 'not allowed' }
  | { outcome: 'token ended' };

/** The people who use this relay. */
export function userStore(kysely: Kysely<Tables>) {
  /** Adds the user unless the id is known; what is known of one stays. */
  async function ensure(user: { id: string; name: string; email?: string | null }): Promise<void> {
    const row = { email: null, ...user, created: new Date().toISOString() };
    await kysely
      .insertInto('users')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  return {
    find(id: string): Promise<UserRow | undefined> {
      return kysely.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    },

    ensure,

    /**
     * Enters the person that a verified token speaks of, and what it says of them. `mayEnter` decides, by the verified
     * address that is known now; a stranger whom it refuses is not entered.
     */
    async enter(newcomer: Newcomer, mayEnter: AllowList): Promise<Entry> {
      const { id, name, issuedAt } = newcomer;
      const known = await kysely.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
      if (known !== undefined && issuedAt < known.tokens_not_before) return { outcome: 'token ended' };
      // What an older token says was true once.
      const said: Partial<Newcomer> = known !== undefined && issuedAt < known.last_token_at ? {} : newcomer;
      const changes = known && changesOf(known, said);
      if (changes !== undefined) await kysely.updateTable('users').set(changes).where('id', '=', id).execute();
      const email = said.email === undefined ? (known?.email ?? null) : said.email;
      if (!mayEnter({ id, email })) return { outcome: 'not allowed' };
      if (known === undefined) await ensure({ id, name: name ?? '', email });
      if (known !== undefined && issuedAt <= known.last_token_at) return { outcome: 'entered', isNewToken: false };
      // Of requests at the same time, one finds it older.
      const update = kysely.updateTable('users').set({ last_token_at: issuedAt }).where('id', '=', id);
      const { numUpdatedRows } = await update.where('last_token_at', '<', issuedAt).executeTakeFirstOrThrow();
      return { outcome: 'entered', isNewToken: numUpdatedRows > 0n };
    },

    /** Forgets the person: the next token of theirs enters them anew. */
    async remove(id: string): Promise<void> {
      await kysely.deleteFrom('users').where('id', '=', id).execute();
    },

    /** Makes the access tokens worthless that were issued before (whole seconds since 1970). */
    async endTokens(id: string, before: number): Promise<void> {
      await kysely.updateTable('users').set({ tokens_not_before: before }).where('id', '=', id).execute();
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

/** What a token says otherwise than the row; undefined when there is nothing. */
function changesOf(
  row: UserRow,
  { name, email }: Partial<Newcomer>,
): Partial<Pick<UserRow, 'name' | 'email'>> | undefined {
  const isRenamed = name !== undefined && name !== row.name;
  const isMoved = email !== undefined && email !== row.email;
  if (!isRenamed && !isMoved) return undefined;
  return { ...(isRenamed && { name }), ...(isMoved && { email }) };
}
