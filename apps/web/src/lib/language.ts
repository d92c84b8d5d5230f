import { en } from '../texts/en.ts';
import { LANGUAGES, type Language, type Texts } from '../texts/texts.ts';
import { createStore, type ReadableStore } from './store.ts';

/** The catalogue in use; another language's comes with its first use. */
export type TextsStore = ReadableStore<Texts> & {
  /** What was chosen; `system` is the browser's first language that there is a catalogue of, else English. */
  choose(language: Language | 'system'): Promise<void>;
};

/** What the app says just now, for what is outside React. */
export type TextsNow = Pick<ReadableStore<Texts>, 'get'>;

const LOADERS: Record<Language, () => Promise<Texts>> = {
  en: async () => en,
  de: async () => (await import('../texts/de.ts')).de,
};

export function createTexts(page: Pick<Window, 'document' | 'navigator'>): TextsStore {
  const store = createStore<Texts>(en);
  let wanted: Language = 'en';
  return {
    get: store.get,
    subscribe: store.subscribe,
    async choose(language) {
      wanted = language === 'system' ? systemLanguage(page.navigator.languages) : language;
      const mine = wanted;
      const texts = await LOADERS[mine]();
      // Another one was chosen while this one came.
      if (wanted !== mine) return;
      page.document.documentElement.lang = mine;
      store.set(texts);
    },
  };
}

function systemLanguage(languages: readonly string[]): Language {
  const known = languages.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find((tag) => tag in LANGUAGES);
  return (known as Language | undefined) ?? 'en'; // as: it is one of the keys
}
