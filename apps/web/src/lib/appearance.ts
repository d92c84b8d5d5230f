import type { AccountSettings } from '@cloudtolocalllm/sdk';
import type { TextsStore } from './language.ts';
import type { ReadableStore } from './store.ts';

/** Puts theme, text size and language onto the page, whenever they change. `styles.css` has what they mean. */
export function applyAppearance(
  page: Pick<Window, 'document'>,
  settings: ReadableStore<AccountSettings>,
  texts: Pick<TextsStore, 'choose'>,
): void {
  const root = page.document.documentElement;
  const apply = (): void => {
    const { theme, textSize, language } = settings.get();
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    root.dataset['textSize'] = textSize;
    void texts.choose(language);
  };
  settings.subscribe(apply);
  apply();
}
