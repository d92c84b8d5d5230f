import type { Kysely } from 'kysely';

/** The embedded issuer's password, API keys, the audit log, and what is known of people from their tokens. */
export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('users').addColumn('email', 'text').execute();
  await schema
    .alterTable('users')
    .addColumn('tokens_not_before', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('users')
    .addColumn('last_token_at', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();

  await schema
    .createTable('passwords')
    .addColumn('user_id', 'text', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('changed', 'text', (column) => column.notNull())
    .execute();

  await schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('bridges', 'text')
    .addColumn('models', 'text')
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('expires', 'text')
    .addColumn('last_used', 'text')
    .execute();
  await schema.createIndex('api_keys_user').on('api_keys').columns(['user_id', 'created', 'id']).execute();

  await schema
    .createTable('audit_events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .addColumn('address', 'text')
    .addColumn('note', 'text')
    .execute();
  await schema.createIndex('audit_events_user').on('audit_events').columns(['user_id', 'created', 'id']).execute();
  await schema.createIndex('audit_events_created').on('audit_events').column('created').execute();
}
