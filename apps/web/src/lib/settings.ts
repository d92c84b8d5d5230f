import type { AccountSettings, Client, RealtimeEvent } from '@cloudtolocalllm/sdk';
import { describeFailure, inWords, type Failure } from './failure.ts';
import type { TextsNow } from './language.ts';
import { createStore, type ReadableStore } from './store.ts';
import type { Toasts } from './toasts.ts';

export type SettingsStore = ReadableStore<AccountSettings> & {
  /** Whether they are the account's; before that they are what this browser saw last. */
  isLoaded: ReadableStore<boolean>;
  load(): Promise<void>;
  /** Holds at once; taken back, with a word about it, when the relay does not take it: then it returns why. */
  change(changes: Partial<AccountSettings>): Promise<Failure | undefined>;
  hear(event: RealtimeEvent): void;
  reset(): void;
};

export type SettingsOptions = {
  calls: Pick<Client['account'], 'settings' | 'changeSettings'>;
  /** Remembers them, so that the next visit does not begin in another theme. */
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  toasts: Pick<Toasts, 'show'>;
  texts: TextsNow;
};

const KEY = 'cloudtolocalllm.settings';

const DEFAULTS: AccountSettings = {
  theme: 'system',
  textSize: 'normal',
  language: 'system',
  defaultModel: null,
  systemPrompt: '',
  options: {},
  sendKey: 'enter',
  notifications: { answers: false, computers: false },
  guideDone: false,
};

/** What the person chose, on all their devices. */
export function createSettings({ calls, storage, toasts, texts }: SettingsOptions): SettingsStore {
  /** What the account has, as far as this page knows. */
  let kept = remembered(storage);
  /** Changes that the relay has not answered yet: they hold over whatever it tells meanwhile. */
  let changes: readonly Partial<AccountSettings>[] = [];
  const store = createStore(kept);
  const isLoaded = createStore(false);

  function show(): void {
    const settings = Object.assign({}, kept, ...changes) as AccountSettings; // as: each of them is a part of it
    store.set(settings);
    try {
      // Not what was written for models: that is nobody's who opens this browser.
      const { theme, textSize, language, sendKey } = settings;
      storage.setItem(KEY, JSON.stringify({ theme, textSize, language, sendKey }));
    } catch {
      // The next visit begins with the system's theme.
    }
  }
  function take(settings: AccountSettings): void {
    kept = settings;
    show();
  }
  async function load(): Promise<void> {
    try {
      take(await calls.settings());
      isLoaded.set(true);
    } catch {
      // What was seen last holds on; the live socket's next connection asks again.
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    isLoaded,
    load,
    async change(change) {
      const end = (): void => void (changes = changes.filter((other) => other !== change));
      changes = [...changes, change];
      show();
      try {
        const settings = await calls.changeSettings(change);
        end();
        take(settings);
        return undefined;
      } catch (error) {
        end();
        show();
        const words = texts.get();
        const failure = describeFailure(error);
        toasts.show({ text: words.failures.notSaved(inWords(failure, words).title) });
        return failure;
      }
    },
    hear(event) {
      if (event.type === 'settings') take(event.payload.settings);
      if (event.type === 'refetch') void load();
    },
    reset() {
      // How it looks stays: the sign-in page is this browser's too.
      const { theme, textSize, language } = store.get();
      changes = [];
      kept = { ...DEFAULTS, theme, textSize, language };
      store.set(kept);
      isLoaded.set(false);
    },
  };
}

function remembered(storage: SettingsOptions['storage']): AccountSettings {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? '{}');
    return { ...DEFAULTS, ...(kept as Partial<AccountSettings>) }; // as: written above, and the account's replaces it
  } catch {
    return DEFAULTS;
  }
}
