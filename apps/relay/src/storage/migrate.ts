import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { up as beginning } from './migrations/0001-beginning.ts';
import { up as access } from './migrations/0002-access.ts';
import { up as chat } from './migrations/0003-chat.ts';
import { up as search } from './migrations/0004-search.ts';
import { up as conversations } from './migrations/0005-conversations.ts';
import { up as proxies } from './migrations/0006-proxies.ts';
import { up as account } from './migrations/0007-account.ts';

/** In the order of their names; one that was released is never changed, only followed by another. */
const MIGRATIONS: Record<string, Migration> = {
  '0001-beginning': { up: beginning },
  '0002-access': { up: access },
  '0003-chat': { up: chat },
  '0004-search': { up: search },
  '0005-conversations': { up: conversations },
  '0006-proxies': { up: proxies },
  '0007-account': { up: account },
};

/**
 * Brings the database to the newest schema, all steps in one transaction.
 * @throws Error when a step fails or when the database was made by a newer version; nothing has changed then.
 */
export async function migrate<T>(database: Kysely<T>): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => MIGRATIONS } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error');
  const step = failed === undefined ? '' : ` at "${failed.migrationName}"`;
  throw new Error(`Cannot migrate the database${step}: its schema is unchanged`, { cause: error });
}
