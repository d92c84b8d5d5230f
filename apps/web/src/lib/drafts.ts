import { createStore, type ReadableStore } from './store.ts';

/** What was written and not sent, by thread. */
export type Drafts = ReadableStore<Readonly<Record<string, string>>> & {
  write(threadId: string, text: string): void;
  clear(): void;
};

const KEY = 'cloudtolocalllm.drafts';

/** Drafts that survive a reload of the tab. Storage may be full or forbidden: then they live as long as the page. */
export function createDrafts(storage: Storage): Drafts {
  const store = createStore<Readonly<Record<string, string>>>(read(storage));
  const change = (next: Readonly<Record<string, string>>): void => {
    store.set(next);
    try {
      storage.setItem(KEY, JSON.stringify(next));
    } catch {
      // They live as long as the page.
    }
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    write(threadId, text) {
      const { [threadId]: _before, ...others } = store.get();
      change(text === '' ? others : { ...others, [threadId]: text });
    },
    clear: () => change({}),
  };
}

function read(storage: Storage): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(Object.entries(stored).filter(([, text]) => typeof text === 'string'));
  } catch {
    return {};
  }
}
