import { type Kysely, sql } from 'kysely';

/** Whether the message `row` is in the index: with words, and no longer being made. */
const isIndexed = (row: 'new' | 'old' | 'messages') =>
  sql.raw(`(${row}.content <> '' and ${row}.status not in ('queued', 'loading', 'streaming'))`);

/**
 * Full text of titles and messages (docs/decisions/0020-search-index.md). `search_entries` gives each a number that
 * stays, `search_titles` and `search_messages` are the indexes, and triggers keep them true. An answer that grows many times a second is indexed
 * once, when it has ended. `search_text` is a function of ours: storage/search-text.ts.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  const run = (query: ReturnType<typeof sql>) => query.execute(database);
  await run(sql`
    create table search_entries (
      id integer primary key,
      user_id text not null,
      conversation_id text not null,
      message_id text
    )`);
  await run(
    sql`create unique index search_entries_message on search_entries (message_id) where message_id is not null`,
  );
  await run(sql`create unique index search_entries_title on search_entries (conversation_id) where message_id is null`);
  // Two indexes: titles are few, and would be looked for among all messages.
  await run(sql`
    create view search_title_content as
    select search_entries.id, hex(search_entries.user_id) as owner, search_text(conversations.title) as text
    from search_entries join conversations on conversations.id = search_entries.conversation_id
    where search_entries.message_id is null`);
  await run(sql`
    create view search_message_content as
    select search_entries.id, hex(search_entries.user_id) as owner, search_text(messages.content) as text
    from search_entries join messages on messages.id = search_entries.message_id`);
  for (const [index, content] of [
    ['search_titles', 'search_title_content'],
    ['search_messages', 'search_message_content'],
  ] as const) {
    await run(sql`
      create virtual table ${sql.ref(index)} using fts5(
        owner, text, content = ${sql.ref(content)}, content_rowid = "id",
        tokenize = "unicode61 remove_diacritics 2", prefix = "2 3"
      )`);
  }

  // The order of their numbers is the order in which they were indexed: the newest can be read first.
  await run(sql`
    insert into search_entries (user_id, conversation_id)
    select user_id, id from conversations order by updated, id`);
  await run(sql`
    insert into search_entries (user_id, conversation_id, message_id)
    select user_id, conversation_id, id from messages where ${isIndexed('messages')} order by created, position`);
  await run(sql`insert into search_titles (search_titles) values ('rebuild')`);
  await run(sql`insert into search_messages (search_messages) values ('rebuild')`);

  await titleTriggers(run);
  await messageTriggers(run);
}

type Run = (query: ReturnType<typeof sql>) => Promise<unknown>;

const addTitle = sql`
  insert into search_titles (rowid, owner, text)
  select id, hex(user_id), search_text(new.title)
  from search_entries where conversation_id = new.id and message_id is null`;
const removeTitle = sql`
  insert into search_titles (search_titles, rowid, owner, text)
  select 'delete', id, hex(user_id), search_text(old.title)
  from search_entries where conversation_id = old.id and message_id is null`;

async function titleTriggers(run: Run): Promise<void> {
  await run(sql`
    create trigger search_title_inserted after insert on conversations begin
      insert into search_entries (user_id, conversation_id) values (new.user_id, new.id);
      ${addTitle};
    end`);
  await run(sql`
    create trigger search_title_updated after update of title on conversations when old.title <> new.title begin
      ${removeTitle};
      ${addTitle};
    end`);
  await run(sql`
    create trigger search_title_deleted after delete on conversations begin
      ${removeTitle};
      delete from search_entries where conversation_id = old.id and message_id is null;
    end`);
}

const addMessage = sql`
  insert into search_entries (user_id, conversation_id, message_id)
  values (new.user_id, new.conversation_id, new.id);
  insert into search_messages (rowid, owner, text)
  select id, hex(user_id), search_text(new.content)
  from search_entries where message_id = new.id`;
/** An index of external content is told the very words that it shall forget. */
const removeMessage = sql`
  insert into search_messages (search_messages, rowid, owner, text)
  select 'delete', id, hex(user_id), search_text(old.content)
  from search_entries where message_id = old.id;
  delete from search_entries where message_id = old.id`;

async function messageTriggers(run: Run): Promise<void> {
  const hasChanged = sql`(old.content <> new.content or ${isIndexed('old')} <> ${isIndexed('new')})`;
  await run(sql`
    create trigger search_message_inserted after insert on messages when ${isIndexed('new')} begin
      ${addMessage};
    end`);
  // Two for an update: what was indexed goes, then what is to be comes; of a growing answer neither is true.
  await run(sql`
    create trigger search_message_changed before update of content, status on messages
    when ${isIndexed('old')} and ${hasChanged} begin
      ${removeMessage};
    end`);
  await run(sql`
    create trigger search_message_updated after update of content, status on messages
    when ${isIndexed('new')} and ${hasChanged} begin
      ${addMessage};
    end`);
  await run(sql`
    create trigger search_message_deleted after delete on messages when ${isIndexed('old')} begin
      ${removeMessage};
    end`);
}
