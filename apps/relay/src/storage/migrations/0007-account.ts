import type { Kysely } from 'kysely';

/** What people chose for all their devices, and the browsers that they want to hear from us. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('user_settings')
    .addColumn('user_id', 'text', (column) => column.primaryKey().references('users.id').onDelete('cascade'))
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('changed', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('push_subscriptions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('endpoint', 'text', (column) => column.notNull())
    .addColumn('p256dh', 'text', (column) => column.notNull())
    .addColumn('auth', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addUniqueConstraint('push_subscriptions_endpoint', ['user_id', 'endpoint'])
    .execute();
  // Whose browser it was before.
  await schema.createIndex('push_subscriptions_owner').on('push_subscriptions').column('endpoint').execute();
}
