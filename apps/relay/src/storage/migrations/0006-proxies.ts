import type { Kysely } from 'kysely';

/** Ephemeral streaming proxies. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('proxies')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('bridge_id', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('name', 'text')
    .addColumn('token_hash', 'text', (column) => column.notNull())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('driver', 'text', (column) => column.notNull())
    .addColumn('enforcement', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('expires', 'text', (column) => column.notNull())
    .addColumn('ended', 'text')
    .addColumn('reason', 'text')
    .addColumn('detail', 'text')
    .addColumn('metrics', 'text', (column) => column.notNull())
    .addColumn('resources', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('proxies_list').on('proxies').columns(['user_id', 'status', 'created', 'id']).execute();
  await schema.createIndex('proxies_ended').on('proxies').columns(['status', 'ended']).execute();
}
