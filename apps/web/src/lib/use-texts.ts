import type { Texts } from '../texts/texts.ts';
import { useServices } from './services.ts';
import { useStore } from './use-store.ts';

/** What the app says, in the person's language. */
export function useTexts(): Texts {
  return useStore(useServices().texts);
}
