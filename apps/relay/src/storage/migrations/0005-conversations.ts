import { type Kysely, sql } from 'kysely';

/**
 * Pages and counts of the list of conversations come from an index alone, also of the pinned ones. The branch below a
 * message is found by its parent.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  for (const column of ['updated', 'created'] as const) {
    await schema.dropIndex(`conversations_${column}`).execute();
    await schema
      .createIndex(`conversations_${column}`)
      .on('conversations')
      .columns(['user_id', 'archived', 'deleted', column, 'id', 'pinned'])
      .execute();
  }
  await schema
    .createIndex('messages_parent')
    .on('messages')
    .columns(['conversation_id', 'parent_id', 'position'])
    .execute();
  // Deleting and sending at the same moment: the question is refused instead of being lost with the conversation.
  await sql`
    create trigger messages_of_deleted before insert on messages
    when (select deleted from conversations where id = new.conversation_id) is not null begin
      select raise(abort, 'the conversation is deleted');
    end`.execute(database);
}
