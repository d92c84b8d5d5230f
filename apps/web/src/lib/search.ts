import type { Client, SearchResult } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';

type Search = {
  query: string;
  phase: 'idle' | 'searching' | 'ready' | 'failed';
  results: readonly SearchResult[];
  hasMore: boolean;
  failure?: Failure;
};

export type SearchStore = ReadableStore<Search> & {
  /** Searches for this, as soon as nothing more is typed. */
  write(query: string): void;
  more(): Promise<void>;
};

/** Between two keys of somebody who types. */
const TYPING_MS = 200;
const MAX_CHARACTERS = 200;
const IDLE: Search = { query: '', phase: 'idle', results: [], hasMore: false };

export type SearchOptions = {
  find: Client['search']['find'];
  page: Pick<Window, 'setTimeout' | 'clearTimeout'>;
};

/** Finding words in titles and messages; only what was asked for last is shown. */
export function createSearch({ find, page }: SearchOptions): SearchStore {
  const store = createStore(IDLE);
  let timer: number | undefined;
  let asked = new AbortController();

  async function ask(offset: number): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const { query, results } = store.get();
    store.update((current) => ({ ...current, phase: 'searching' }));
    try {
      const found = await find(query.trim(), { signal, offset });
      if (signal.aborted) return;
      const all = offset === 0 ? found.results : [...results, ...found.results];
      store.set({ query, phase: 'ready', results: all, hasMore: found.hasMore });
    } catch (error) {
      if (signal.aborted) return;
      store.update((current) => ({ ...current, phase: 'failed', failure: describeFailure(error) }));
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    write(text) {
      const query = text.slice(0, MAX_CHARACTERS);
      page.clearTimeout(timer);
      asked.abort();
      if (query.trim() === '') return store.set({ ...IDLE, query });
      store.update((current) => ({ ...current, query, phase: 'searching' }));
      timer = page.setTimeout(() => void ask(0), TYPING_MS);
    },
    more: () => ask(store.get().results.length),
  };
}
