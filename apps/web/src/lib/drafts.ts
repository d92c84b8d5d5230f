import { createStore, type ReadableStore } from './store.ts';

type Texts = Readonly<Record<string, string>>;

/** What was written and not sent, by thread. */
export type Drafts = ReadableStore<Texts> & {
  write(threadId: string, text: string): void;
  /** What was written in one thread is another's. */
  move(from: string, to: string): void;
  /** What could not be sent, before what was written meanwhile. */
  putBack(threadId: string, text: string): void;
  /** What was put back is sent after all. */
  takeBack(threadId: string, text: string): void;
  clear(): void;
};

const KEY = 'cloudtolocalllm.drafts';
/** The oldest go first: a browser gives a site 5 MB for everything. */
const MAX_DRAFTS = 50;
const MAX_CHARACTERS = 500_000;
/** Between two texts in one draft. */
const GAP = '\n\n';

/**
 * Drafts that survive a reload, a closed tab and a crash, and are the same in all tabs. Storage may be full or
 * forbidden: then they live as long as the page.
 */
export function createDrafts(page: Pick<Window, 'localStorage' | 'addEventListener'>): Drafts {
  const store = createStore<Texts>(read(page));
  page.addEventListener('storage', ({ key }) => {
    if (key === KEY || key === null) store.set(read(page));
  });
  function write(threadId: string, text: string): void {
    const put = (all: Texts): Texts => {
      const { [threadId]: _before, ...others } = all;
      return text === '' ? others : { ...others, [threadId]: text };
    };
    store.update(put);
    try {
      // Another tab may have written for another thread meanwhile.
      page.localStorage.setItem(KEY, JSON.stringify(bounded(put(read(page)))));
    } catch {
      // They live as long as the page.
    }
  }
  return {
    get: store.get,
    subscribe: store.subscribe,
    write,
    move(from, to) {
      const text = store.get()[from];
      if (text === undefined) return;
      write(from, '');
      write(to, text);
    },
    putBack(threadId, text) {
      const draft = store.get()[threadId] ?? '';
      write(threadId, draft.trim() === '' ? text : text + GAP + draft);
    },
    takeBack(threadId, text) {
      const draft = store.get()[threadId] ?? '';
      if (draft === text) write(threadId, '');
      else if (draft.startsWith(text + GAP)) write(threadId, draft.slice(text.length + GAP.length));
    },
    clear() {
      store.set({});
      page.localStorage.removeItem(KEY);
    },
  };
}

/** A draft with a text to begin with: in place of another such text, below what a person has written. */
export function draftWith(draft: string, starter: string, starters: readonly { text: string }[]): string {
  const isUntouched = draft.trim() === '' || starters.some(({ text }) => text === draft);
  return isUntouched ? starter : draft.trimEnd() + GAP + starter;
}

/** The newest ones, within the limits; the one written last is kept whole. */
function bounded(drafts: Texts): Texts {
  const kept: [string, string][] = [];
  let characters = 0;
  for (const [id, text] of Object.entries(drafts).toReversed()) {
    characters += text.length;
    if (kept.length === MAX_DRAFTS || (characters > MAX_CHARACTERS && kept.length > 0)) break;
    kept.unshift([id, text]);
  }
  return Object.fromEntries(kept);
}

function read({ localStorage }: Pick<Window, 'localStorage'>): Texts {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(Object.entries(stored).filter(([, text]) => typeof text === 'string'));
  } catch {
    return {};
  }
}
