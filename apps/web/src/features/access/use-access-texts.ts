import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import type { AccessTexts } from '../../texts/access-texts.ts';
import { access as de } from '../../texts/de/access.ts';
import { access as en } from '../../texts/en/access.ts';
import type { Language } from '../../texts/texts.ts';

const CATALOGUES: Record<Language, AccessTexts> = { en, de };

/** What these pages say, in the person's language, and which one that is. */
export function useAccessTexts(): { texts: AccessTexts; language: string } {
  const { language } = useStore(useServices().texts);
  // as: catalogues of the app are those of its languages
  return { texts: CATALOGUES[language as Language], language };
}
