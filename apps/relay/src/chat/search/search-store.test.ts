import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cases } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import type { SearchResults } from '@cloudtolocalllm/protocol';
import { newId } from '@cloudtolocalllm/protocol';
import { type Kysely, sql } from 'kysely';
import { openDatabase, type RelayDatabase } from '../../storage/database.ts';
import { up } from '../../storage/migrations/0004-search.ts';
import { temporaryFolder } from '../../test-relay.ts';
import { searchStore } from './search-store.ts';
import { seededWord, seedMessages } from './seed-messages.ts';

type Said = { content: string; role?: 'user' | 'assistant'; status?: 'loading' | 'complete'; thinking?: string };

async function fixture(t: TestContext) {
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  const { kysely } = database;
  for (const id of ['ada', 'auth0|bob']) {
    await kysely.insertInto('users').values({ id, name: id, created: '2026-01-01T00:00:00.000Z' }).execute();
  }
  const store = searchStore(kysely);
  let minute = 0;
  return {
    database,
    async add(title: string, said: readonly Said[] = [], user_id = 'ada') {
      const id = newId('conv');
      const created = new Date(Date.UTC(2026, 0, 1, 0, minute++)).toISOString();
      const row = { id, user_id, title, model: 'm', system_prompt: null, created, updated: created, bridge_id: null };
      await kysely.insertInto('conversations').values(row).execute();
      const messages = said.map(({ content, role = 'user', status = 'complete', thinking = '' }, position) => {
        const nothing = { model: null, total_tokens: null, error_code: null, error_message: null };
        return {
          id: newId('msg'),
          conversation_id: id,
          user_id,
          role,
          content,
          status,
          thinking,
          created,
          position,
          ...nothing,
        };
      });
      for (const message of messages) await kysely.insertInto('messages').values(message).execute();
      return { id, messages: messages.map((message) => message.id) };
    },
    search: (q: string, { user = 'ada', limit = 20, offset = 0 } = {}) => store.search(user, { q, limit, offset }),
  };
}

/** What was found, as `title` or the snippet with its finds in brackets. */
function shown({ results }: SearchResults): string[] {
  return results.map(({ snippet }) => snippet.map(({ text, match }) => (match ? `[${text}]` : text)).join(''));
}

/** SQLite's own check: the index holds what the tables hold. @throws DatabaseError when not. */
async function checkIndex({ kysely }: RelayDatabase): Promise<void> {
  await sql`insert into search_titles (search_titles, rank) values ('integrity-check', 1)`.execute(kysely);
  await sql`insert into search_messages (search_messages, rank) values ('integrity-check', 1)`.execute(kysely);
}

test('finds what has all the words, titles before messages, and shows where', async (t) => {
  const { add, search, database } = await fixture(t);
  const one = await add('Trip to Rome', [{ content: 'Which trains go to Rome in the morning?' }]);
  const two = await add('Trains', [{ content: 'Rome was not built in a day.', role: 'assistant' }]);
  const { results, hasMore } = await search('rome');
  assert.equal(hasMore, false);
  assert.deepEqual(shown({ results, hasMore }), [
    'Trip to [Rome]',
    'Rome was not built in a day.'.replace('Rome', '[Rome]'),
    'Which trains go to [Rome] in the morning?',
  ]);
  assert.deepEqual(
    results.map(({ conversationId, title, messageId, role, archived }) => [
      conversationId,
      title,
      messageId,
      role,
      archived,
    ]),
    [
      [one.id, 'Trip to Rome', undefined, undefined, false],
      [two.id, 'Trains', two.messages[0], 'assistant', false],
      [one.id, 'Trip to Rome', one.messages[0], 'user', false],
    ],
  );
  assert.deepEqual(shown(await search('rome trains')), ['Which [trains] go to [Rome] in the morning?']);
  assert.deepEqual(shown(await search('"to rome" morn')), ['Which trains go [to Rome] in the [morning]?']);
  assert.deepEqual(shown(await search('"rome to"')), []);
  await checkIndex(database);
});

test('words are found in any case, without their accents and in the middle of a Chinese sentence', async (t) => {
  const { add, search } = await fixture(t);
  await add('Größe und Café');
  await add('AI', [
    { content: '机器学习是人工智能的一个分支。' },
    { content: 'แปลภาษาไทย' },
    { content: '東京に行きたい' },
  ]);
  assert.deepEqual(shown(await search('CAFE')), ['Größe und [Café]']);
  assert.deepEqual(shown(await search('grosse')), []);
  assert.deepEqual(shown(await search('große')), ['[Größe] und Café']);
  assert.deepEqual(shown(await search('智能')), ['机器学习是人工[智能]的一个分支。']);
  assert.deepEqual(shown(await search('学器')), []);
  assert.deepEqual(shown(await search('ภาษา')), ['แปล[ภาษา]ไทย']);
  assert.deepEqual(shown(await search('京に')), ['東[京に]行きたい']);
});

test('finds nothing of other people, of deleted conversations and of what the model reasoned', async (t) => {
  const { add, search, database } = await fixture(t);
  await add('secret plans', [{ content: 'secret' }], 'auth0|bob');
  const { id } = await add('my secret', [{ content: 'secret', thinking: 'hidden', role: 'assistant' }]);
  assert.equal((await search('secret')).results.length, 2);
  assert.equal((await search('secret', { user: 'auth0|bob' })).results.length, 2);
  assert.equal((await search('secret', { user: 'auth0' })).results.length, 0);
  assert.equal((await search('hidden')).results.length, 0);
  const change = database.kysely.updateTable('conversations').where('id', '=', id);
  await change.set({ deleted: '2026-01-02T00:00:00.000Z' }).execute();
  assert.equal((await search('secret')).results.length, 0);
  await change.set({ deleted: null }).execute();
  assert.equal((await search('secret')).results.length, 2);
});

test('an answer is found when it has ended, not while it grows, and again when it was continued', async (t) => {
  const { add, search, database } = await fixture(t);
  const { messages } = await add('Talk', [{ content: '', role: 'assistant', status: 'loading' }]);
  const answer = database.kysely.updateTable('messages').where('id', '=', messages[0]!);
  const entries = async () =>
    (await sql<{ id: number }>`select id from search_entries where message_id is not null`.execute(database.kysely))
      .rows;
  await answer.set({ content: sql`content || 'grow'`, status: 'streaming' }).execute();
  await answer.set({ content: sql`content || 'ing up'`, status: 'streaming' }).execute();
  assert.deepEqual(await entries(), []);
  await answer.set({ status: 'stopped' }).execute();
  assert.deepEqual(shown(await search('growing')), ['[growing] up']);
  await answer.set({ status: 'streaming' }).execute();
  assert.deepEqual(await entries(), []);
  await answer.set({ content: 'growing up slowly', status: 'complete' }).execute();
  assert.deepEqual(shown(await search('slowly')), ['growing up [slowly]']);
  await answer.set({ content: 'quickly', total_tokens: 3 }).execute();
  assert.deepEqual(shown(await search('slowly')), []);
  assert.deepEqual(shown(await search('quickly')), ['[quickly]']);
  await checkIndex(database);
});

test('forgets what is renamed and removed', async (t) => {
  const { add, search, database } = await fixture(t);
  const { id } = await add('First name', [{ content: 'words' }]);
  await database.kysely.updateTable('conversations').set({ title: 'Second' }).where('id', '=', id).execute();
  assert.deepEqual(shown(await search('first')), []);
  assert.deepEqual(shown(await search('second')), ['[Second]']);
  await database.kysely.deleteFrom('conversations').where('id', '=', id).execute();
  assert.deepEqual(shown(await search('words')), []);
  await add('Bob', [{ content: 'words' }], 'auth0|bob');
  await database.kysely.deleteFrom('users').where('id', '=', 'auth0|bob').execute();
  const { rows } = await sql`select * from search_entries`.execute(database.kysely);
  assert.deepEqual(rows, []);
  await checkIndex(database);
});

test('pages through titles and then messages, each once', async (t) => {
  const { add, search } = await fixture(t);
  for (let index = 0; index < 5; index++)
    await add(`page ${index}`, [{ content: `page of ${index}` }, { content: 'page' }]);
  const seen: string[] = [];
  for (let offset = 0; ; offset += 4) {
    const { results, hasMore } = await search('page', { limit: 4, offset });
    seen.push(...results.map(({ conversationId, messageId }) => messageId ?? conversationId));
    assert.equal(hasMore, offset + results.length < 15);
    if (!hasMore) break;
  }
  assert.equal(new Set(seen).size, 15);
  assert(seen.slice(0, 5).every((id) => id.startsWith('conv-')));
});

test('of a word that is in more messages than are ranked, the newest come first', async (t) => {
  const { database, search } = await fixture(t);
  await seedMessages(database, { userId: 'ada', messages: 1500, perConversation: 50 });
  const word = seededWord(0);
  const first = await search(`"${word}"`, { limit: 100, offset: 30 });
  const messages = first.results.filter(({ messageId }) => messageId !== undefined);
  assert(first.hasMore);
  assert(messages.length > 50);
  const times = messages.map(({ updated }) => updated);
  assert.deepEqual(times, times.toSorted().toReversed());
});

test('nothing that is typed breaks the search', async (t) => {
  const { add, search } = await fixture(t);
  await add('Title', [{ content: 'a b c "quoted" AND NEAR(x)' }]);
  const odd = [
    '"',
    '""',
    '" OR "',
    'a" OR "b',
    'owner:61',
    'NEAR(a b)',
    '^a',
    'a*b',
    '{text}:a',
    '\u0000',
    "'; --",
    '\uD83D',
    '🙂🙂',
    'ａ',
    '\u200B',
    'x'.repeat(200),
  ];
  for (const q of odd) await search(q);
  for (const q of ['?', '🙂', '"..."']) assert.deepEqual(await search(q), { results: [], hasMore: false });
  const signs = '" * ^ ( ) : { } - + AND OR NOT NEAR \' \\ , . a е 机 ก \u0301 \uE000 \u200B'.split(' ');
  await cases(300, async (random) => {
    const q = Array.from({ length: 8 }, () => random.pick(signs) + (random.chance(0.3) ? ' ' : '')).join('');
    await search(q);
  });
});

test('text that looks like a mark is only text', async (t) => {
  const { add, search } = await fixture(t);
  await add('Marks', [{ content: '\uE000 \uE001 mark \uE002 \uE003' }]);
  assert.deepEqual(shown(await search('mark')).slice(-1), ['\uE000 \uE001 [mark] \uE002 \uE003']);
});

test('the index is built from what is there when it is made', async (t) => {
  const { database, add, search } = await fixture(t);
  const { kysely } = database;
  await add('Old title', [
    { content: 'An old question' },
    { content: 'An old answer', role: 'assistant' },
    { content: 'An old beginning', role: 'assistant', status: 'loading' },
  ]);
  const before = await search('old');
  assert.equal(before.results.length, 3);
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_schema where type = 'trigger' and name like 'search%'`.execute(kysely);
  for (const { name } of rows) await sql`drop trigger ${sql.ref(name)}`.execute(kysely);
  for (const name of ['search_titles', 'search_messages', 'search_entries'])
    await sql`drop table ${sql.ref(name)}`.execute(kysely);
  for (const name of ['search_title_content', 'search_message_content'])
    await sql`drop view ${sql.ref(name)}`.execute(kysely);
  // as: migrations know no tables
  await kysely.transaction().execute((transaction) => up(transaction as unknown as Kysely<unknown>));
  assert.deepEqual(await search('old'), before);
  await add('New title, old words');
  assert.equal((await search('old')).results.length, 4);
  await checkIndex(database);
});
