import { useTexts } from '../../lib/use-texts.ts';
import { settings as de } from '../../texts/de/settings.ts';
import { settings as en } from '../../texts/en/settings.ts';
import type { Language, Widened } from '../../texts/texts.ts';

const WORDS: Record<Language, Widened<typeof en>> = { en, de };

/** What the settings page says. It comes with the page, in every language: nobody needs it before. */
export function useWords(): Widened<typeof en> {
  return WORDS[useTexts().language as Language]; // as: each catalogue is one of these
}
