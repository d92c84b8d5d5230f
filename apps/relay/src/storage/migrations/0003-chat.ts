import type { Kysely } from 'kysely';

/** Conversations with branches, options, attachments; bridges in an order; the queue of a bridge; retries that are safe. */
export async function up(database: Kysely<EarlierTables>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('conversations').addColumn('options', 'text').execute();
  for (const name of ['pinned', 'archived'] as const) {
    await schema
      .alterTable('conversations')
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  }
  await schema
    .alterTable('conversations')
    .addColumn('auto_title', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  await schema
    .alterTable('conversations')
    .addColumn('title_source', 'text', (column) => column.notNull().defaultTo('person'))
    .execute();
  for (const name of ['deleted', 'current_message_id', 'imported_from'] as const) {
    await schema.alterTable('conversations').addColumn(name, 'text').execute();
  }
  await schema.createIndex('conversations_deleted').on('conversations').column('deleted').execute();
  await schema
    .createIndex('conversations_imported')
    .unique()
    .on('conversations')
    .columns(['user_id', 'imported_from'])
    .execute();

  for (const name of ['parent_id', 'tool_calls', 'metadata', 'expires', 'wanted_bridge_id'] as const) {
    await schema.alterTable('messages').addColumn(name, 'text').execute();
  }
  await schema
    .alterTable('messages')
    .addColumn('thinking', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await schema
    .alterTable('messages')
    .addColumn('last_seq', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await linkMessages(database);

  await schema
    .createTable('blobs')
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('bytes', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('blobs_key', ['user_id', 'hash'])
    .execute();
  await schema
    .createTable('attachments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('attachments_user').on('attachments').columns(['user_id', 'hash']).execute();
  await schema.createIndex('attachments_created').on('attachments').column('created').execute();
  await schema
    .createTable('message_attachments')
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('message_id', 'text', (column) => column.notNull().references('messages.id').onDelete('cascade'))
    .addColumn('attachment_id', 'text', (column) => column.notNull().references('attachments.id').onDelete('cascade'))
    .addColumn('place', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('message_attachments_key', ['message_id', 'place'])
    .execute();
  await schema
    .createIndex('message_attachments_attachment')
    .on('message_attachments')
    .column('attachment_id')
    .execute();

  for (const name of ['priority', 'named_by_owner'] as const) {
    await schema
      .alterTable('bridges')
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  }

  await schema
    .createTable('bridge_messages')
    .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('bridge_id', 'text', (column) => column.notNull().references('bridges.id').onDelete('cascade'))
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('accepted', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('expires', 'text', (column) => column.notNull())
    .addColumn('ended', 'text')
    .addColumn('content', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('thinking', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('last_seq', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('total_tokens', 'integer')
    .addColumn('error_code', 'text')
    .addColumn('error_message', 'text')
    .execute();
  await schema
    .createIndex('bridge_messages_bridge')
    .on('bridge_messages')
    .columns(['bridge_id', 'status', 'number'])
    .execute();
  await schema.createIndex('bridge_messages_user').on('bridge_messages').column('user_id').execute();
  await schema.createIndex('bridge_messages_status').on('bridge_messages').columns(['status', 'expires']).execute();
  await schema.createIndex('bridge_messages_ended').on('bridge_messages').column('ended').execute();

  await schema
    .createTable('idempotency_keys')
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('resource_id', 'text', (column) => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('body', 'text')
    .addColumn('created', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['user_id', 'hash'])
    .execute();
  await schema.createIndex('idempotency_keys_created').on('idempotency_keys').column('created').execute();
}

interface EarlierTables {
  conversations: { id: string; current_message_id: string | null };
  messages: { id: string; conversation_id: string; position: number; parent_id: string | null };
}

/** What was a list becomes a tree of one branch. */
async function linkMessages(database: Kysely<EarlierTables>): Promise<void> {
  await database
    .updateTable('messages')
    .set((query) => ({
      parent_id: query
        .selectFrom('messages as before')
        .select('before.id')
        .whereRef('before.conversation_id', '=', 'messages.conversation_id')
        .whereRef('before.position', '<', 'messages.position')
        .orderBy('before.position', 'desc')
        .limit(1),
    }))
    .execute();
  await database
    .updateTable('conversations')
    .set((query) => ({
      current_message_id: query
        .selectFrom('messages')
        .select('messages.id')
        .whereRef('messages.conversation_id', '=', 'conversations.id')
        .orderBy('messages.position', 'desc')
        .limit(1),
    }))
    .execute();
}
