import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { SearchResult } from '@cloudtolocalllm/sdk';
import { settled } from './chat-fixture.ts';
import { createSearch } from './search.ts';

const result = (title: string): SearchResult => ({
  conversationId: `conv-${title}`,
  title,
  archived: false,
  updated: '2026-01-01T00:00:00.000Z',
  snippet: [{ text: title, match: true }],
});

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: { q: string; offset?: number; answer: (titles: string[], hasMore?: boolean) => Promise<void> }[] = [];
  const page = {
    setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
    clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
  } as unknown as Pick<Window, 'setTimeout' | 'clearTimeout'>; // as: Node's timers are objects
  const search = createSearch({
    page,
    find: (q, options) =>
      new Promise((resolve) => {
        const answer = (titles: string[], hasMore = false): Promise<void> => {
          resolve({ results: titles.map(result), hasMore });
          return settled();
        };
        asked.push({ q, offset: options?.offset, answer });
      }),
  });
  return { search, asked, titles: () => search.get().results.map(({ title }) => title) };
}

test('asks once when nothing more is typed', (t) => {
  const { search, asked } = setUp(t);
  for (const query of ['m', 'mo', 'moon ']) search.write(query);
  t.mock.timers.tick(1_000);
  assert.deepEqual(
    asked.map(({ q }) => q),
    ['moon'],
  );
});

test('shows only what was asked for last', async (t) => {
  const { search, asked, titles } = setUp(t);
  search.write('moon');
  t.mock.timers.tick(1_000);
  search.write('sun');
  t.mock.timers.tick(1_000);
  await asked[1]?.answer(['Sun']);
  await asked[0]?.answer(['Moon']);
  assert.deepEqual(titles(), ['Sun']);
  search.write('');
  assert.deepEqual([search.get().phase, titles()], ['idle', []]);
});

test('goes on after what it has', async (t) => {
  const { search, asked, titles } = setUp(t);
  search.write('moon');
  t.mock.timers.tick(1_000);
  await asked[0]?.answer(['a', 'b'], true);
  void search.more();
  assert.equal(asked[1]?.offset, 2);
  await asked[1]?.answer(['c']);
  assert.deepEqual(titles(), ['a', 'b', 'c']);
});
