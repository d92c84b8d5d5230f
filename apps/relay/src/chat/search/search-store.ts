import type { SearchResult, SearchResults } from '@cloudtolocalllm/protocol';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../../storage/tables.ts';
import { type SnippetMarks, snippetMarks, snippetPieces } from './search-snippet.ts';
import { searchTerms } from './search-terms.ts';

/**
 * Finds of a kind that are ranked. Words that are in more of one person's texts say little about any of them: then the
 * newest come first, which costs the same however many there are.
 */
const MAX_RANKED = 1_000;
/** Words around the finds of a message; FTS5 takes up to 64. */
const SNIPPET_WORDS = 32;

/** What is searched; the tables of migration 0004-search. */
type Index = 'search_titles' | 'search_messages';
/** The text, as `snippet()` and `bm25()` count columns; the first is the owner, who is in all that are found. */
const TEXT = sql.lit(1);

interface Page {
  limit: number;
  offset: number;
}

/** The search index, always by owner: the owner is a word of every text and part of every question. */
export function searchStore(kysely: Kysely<Tables>) {
  /** The numbers of what was found, best first, and how many there are; undefined: more than are ranked. */
  async function find(index: Index, match: string, page: Page): Promise<{ ids: number[]; count: number | undefined }> {
    const table = sql.table(index);
    const read = async (order: RawBuilder<unknown>, { limit, offset }: Page): Promise<number[]> => {
      const { rows } = await sql<{ id: number }>`
        select ${table}.rowid as id
        from ${table}
        cross join search_entries on search_entries.id = ${table}.rowid
        cross join conversations on conversations.id = search_entries.conversation_id
        where ${table} match ${match} and conversations.deleted is null
        order by ${order} limit ${limit} offset ${offset}`.execute(kysely);
      return rows.map(({ id }) => id);
    };
    const newestFirst = sql`${table}.rowid desc`;
    const newest = await read(newestFirst, { limit: MAX_RANKED + 1, offset: 0 });
    if (newest.length > MAX_RANKED) return { ids: await read(newestFirst, page), count: undefined };
    // Of two that rank the same, the newer is first.
    const ranked = sql`bm25(${table}, 0, 1), ${newestFirst}`;
    const ids = page.offset < newest.length && page.limit > 0 ? await read(ranked, page) : [];
    return { ids, count: newest.length };
  }

  /** What was found, in the order of `ids`. */
  async function show(userId: string, index: Index, match: string, ids: readonly number[]): Promise<SearchResult[]> {
    if (ids.length === 0) return [];
    const marks = snippetMarks();
    const table = sql.table(index);
    // With "+" one pass over what matches; else FTS5 would look up the words anew for each number.
    const { rows } = await sql<FoundRow>`
      select
        ${table}.rowid as id, conversations.id as conversation_id, conversations.title, conversations.archived,
        conversations.updated, messages.id as message_id, messages.role, ${marked(index, marks)} as marked
      from ${table}
      cross join search_entries on search_entries.id = ${table}.rowid
      cross join conversations on conversations.id = search_entries.conversation_id
      left join messages on messages.id = search_entries.message_id
      where ${table} match ${match} and ${table}.rowid between ${Math.min(...ids)} and ${Math.max(...ids)}
        and +${table}.rowid in (select value from json_each(${JSON.stringify(ids)}))
        and conversations.user_id = ${userId}`.execute(kysely);
    const found = new Map(rows.map((row) => [row.id, toResult(row, marks)]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  return {
    /** Titles come before messages. A question without a word finds nothing. */
    async search(userId: string, { q, limit, offset }: Page & { q: string }): Promise<SearchResults> {
      const terms = searchTerms(q);
      if (terms === undefined) return { results: [], hasMore: false };
      const match = `owner : "${Buffer.from(userId).toString('hex')}" AND text : (${terms})`;
      // One more than is wanted tells whether there are more.
      const titles = await find('search_titles', match, { limit: limit + 1, offset });
      const rest = titles.count === undefined ? 0 : limit + 1 - titles.ids.length;
      const after = Math.max(0, offset - (titles.count ?? 0));
      const { ids } = rest > 0 ? await find('search_messages', match, { limit: rest, offset: after }) : { ids: [] };
      const results = [
        ...(await show(userId, 'search_titles', match, titles.ids.slice(0, limit))),
        ...(await show(userId, 'search_messages', match, ids.slice(0, Math.max(0, limit - titles.ids.length)))),
      ];
      return { results, hasMore: titles.ids.length + ids.length > limit };
    },
  };
}

interface FoundRow {
  id: number;
  conversation_id: string;
  title: string;
  archived: 0 | 1;
  updated: string;
  message_id: string | null;
  role: 'user' | 'assistant' | null;
  marked: string;
}

/** Titles whole, of messages the best place. */
function marked(index: Index, { open, close }: SnippetMarks): RawBuilder<string> {
  const table = sql.table(index);
  return index === 'search_titles'
    ? sql`highlight(${table}, ${TEXT}, ${open}, ${close})`
    : sql`snippet(${table}, ${TEXT}, ${open}, ${close}, '…', ${sql.lit(SNIPPET_WORDS)})`;
}

function toResult(row: FoundRow, marks: SnippetMarks): SearchResult {
  return {
    conversationId: row.conversation_id,
    title: row.title,
    archived: row.archived === 1,
    updated: row.updated,
    ...(row.message_id !== null && { messageId: row.message_id }),
    ...(row.role !== null && { role: row.role }),
    snippet: snippetPieces(row.marked, marks),
  };
}
