import type { Kysely } from 'kysely';

/** Settings, users, bridges, the issuer's payloads, conversations and their messages. */
export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('settings')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();

  await schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .execute();

  await schema
    .createTable('bridges')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('capabilities', 'text', (column) => column.notNull())
    .addColumn('models', 'text', (column) => column.notNull())
    .addColumn('ollama_status', 'text', (column) => column.notNull())
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('last_seen', 'text')
    .addColumn('token_version', 'integer', (column) => column.notNull())
    .addUniqueConstraint('bridges_user_client', ['user_id', 'client_id'])
    .execute();

  await schema
    .createTable('oidc_payloads')
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('user_code', 'text')
    .addColumn('uid', 'text')
    .addColumn('expires_at', 'integer')
    .addColumn('consumed_at', 'integer')
    .addPrimaryKeyConstraint('oidc_payloads_key', ['model', 'id'])
    .execute();
  for (const column of ['grant_id', 'user_code', 'uid', 'expires_at']) {
    await schema.createIndex(`oidc_payloads_${column}`).on('oidc_payloads').column(column).execute();
  }

  await schema
    .createTable('conversations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('system_prompt', 'text')
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('updated', 'text', (column) => column.notNull())
    .addColumn('bridge_id', 'text', (column) => column.references('bridges.id').onDelete('set null'))
    .execute();
  await schema.createIndex('conversations_updated').on('conversations').columns(['user_id', 'updated', 'id']).execute();
  await schema.createIndex('conversations_created').on('conversations').columns(['user_id', 'created', 'id']).execute();
  // Without it, deleting a bridge reads every conversation to set its column null.
  await schema.createIndex('conversations_bridge').on('conversations').column('bridge_id').execute();

  await schema
    .createTable('messages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('conversation_id', 'text', (column) =>
      column.notNull().references('conversations.id').onDelete('cascade'),
    )
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('model', 'text')
    .addColumn('created', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('total_tokens', 'integer')
    .addColumn('error_code', 'text')
    .addColumn('error_message', 'text')
    .addUniqueConstraint('messages_position', ['conversation_id', 'position'])
    .execute();
  await schema.createIndex('messages_user').on('messages').column('user_id').execute();
  // Few messages stream at a time; at boot the interrupted ones are found by it.
  await schema.createIndex('messages_status').on('messages').column('status').execute();
}
