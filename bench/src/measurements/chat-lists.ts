import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { seededWord, seedMessages } from '../../../apps/relay/src/chat/search/seed-messages.ts';
import { openDatabase } from '../../../apps/relay/src/storage/database.ts';
import { searchText } from '../../../apps/relay/src/storage/search-text.ts';
import type { ClientCalls } from '../client.ts';
import { RelayProcess } from '../relay-process.ts';
import { RemoteProcess } from '../remote-process.ts';
import { type Row, pairRow } from '../row.ts';
import type { Settings } from '../settings.ts';
import { median } from '../statistics.ts';

const MESSAGES_EACH = 10;
const PAGE = 50;
const WARM_UP = 5;
/** Where in the list the pages are: the first, in the middle, the last. */
const PLACES = [0, 0.25, 0.5, 0.75, 0.995];

/** What the database alone answers, without a relay: the same question in SQL. */
const RAW_PAGE = `select c.*, (select count(*) from messages m where m.conversation_id = c.id) as messages
  from conversations c where user_id = ? and deleted is null and archived = 0
  order by updated desc, id desc limit ${PAGE} offset ?`;
const RAW_TOTAL = 'select count(*) as total from conversations where user_id = ? and deleted is null and archived = 0';

const RAW_SEARCH = `select rowid, snippet(search_messages, 1, '[', ']', '…', 32) from search_messages
  where search_messages match ? order by bm25(search_messages, 0, 1), rowid desc limit 20`;

/** What people look for: words from everywhere to rare, several, a phrase that is nowhere, the beginning of a word. */
const QUESTIONS: readonly (readonly number[])[] = [[3], [40], [400], [5_000], [30, 300], [200, 2_000, 60]];

interface Lookups {
  /** Medians in ms. */
  pages: number;
  searches: number;
}

/** Pages of a long list of conversations, and searches in their messages: through the relay, and by SQL in this process. */
export async function chatLists(settings: Settings, dataDir: string): Promise<Row[]> {
  const { conversations, lookups, rounds } = settings;
  await using relay = await RelayProcess.create(dataDir, { tls: false });
  // Makes the tables and its one user.
  await relay.start();
  const token = await relay.accessToken();
  await relay.stop();
  const path = join(dataDir, 'relay.db');
  await seed(path, conversations);
  await relay.start();

  await using client = new RemoteProcess<ClientCalls>(new URL('../client.ts', import.meta.url));
  using database = new DatabaseSync(path, { readOnly: true });
  database.function('search_text', { deterministic: true }, (text) => searchText(String(text)));
  const { id: user } = database.prepare('select id from users').get() as { id: string }; // as: it was seeded
  const through = { origin: relay.origin, prefix: '', headers: { authorization: `Bearer ${token}` } };
  const offsets = PLACES.map((place) => Math.floor(place * conversations));

  const asked = async (paths: readonly string[], count: number): Promise<number> => {
    const waits: number[] = [];
    for (const each of paths) waits.push(...(await client.call('requests', through, each, count, 1)).waits);
    return median(waits);
  };
  const raw = (runs: readonly (() => void)[], count: number): number => {
    const waits = runs.flatMap((run) =>
      Array.from({ length: count }, () => {
        const since = performance.now();
        run();
        return performance.now() - since;
      }),
    );
    return median(waits);
  };
  const words = QUESTIONS.map((ranks) => ranks.map(seededWord));
  const searchPaths = words.map((each) => `/api/chat/search?q=${encodeURIComponent(each.join(' '))}`);
  const search = database.prepare(RAW_SEARCH);
  const owner = Buffer.from(user).toString('hex');
  const rawSearches = words.map(
    (each) => () => void search.all(`owner : "${owner}" AND text : (${each.map((word) => `"${word}"`).join(' AND ')})`),
  );
  const page = database.prepare(RAW_PAGE);
  const total = database.prepare(RAW_TOTAL);
  const rawPages = offsets.map((offset) => () => void [page.all(user, offset), total.get(user)]);
  const pagePaths = offsets.map((offset) => `/api/chat/conversations?limit=${PAGE}&offset=${offset}`);

  const direct: Lookups[] = [];
  const relayed: Lookups[] = [];
  for (const paths of [pagePaths, searchPaths]) await asked(paths, WARM_UP);
  for (const runs of [rawPages, rawSearches]) raw(runs, WARM_UP);
  for (let round = 0; round < rounds; round++) {
    direct.push({ pages: raw(rawPages, lookups), searches: raw(rawSearches, lookups) });
    relayed.push({ pages: await asked(pagePaths, lookups), searches: await asked(searchPaths, lookups) });
  }
  const pair = { direct, through: relayed };
  const pages = pairRow(`a page of ${conversations} conversations, p50`, 'ms', pair, (round) => round.pages);
  const messages = conversations * MESSAGES_EACH;
  const searches = pairRow(`a search in ${messages} messages, p50`, 'ms', pair, (round) => round.searches);
  return [
    { ...pages, goal: { of: 'value', atMost: 10 } },
    { ...searches, goal: { of: 'value', atMost: 50 } },
  ];
}

/** Fills the database of a relay that does not run. */
async function seed(path: string, conversations: number): Promise<void> {
  await using database = await openDatabase({ path });
  const { id: userId } = await database.kysely.selectFrom('users').select('id').executeTakeFirstOrThrow();
  await seedMessages(database, { userId, messages: conversations * MESSAGES_EACH, perConversation: MESSAGES_EACH });
}
