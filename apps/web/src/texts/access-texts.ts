import type { access } from './en/access.ts';
import type { Widened } from './texts.ts';

/** What the pages of access say; apart from the others, since it comes with those pages and not before. */
export type AccessTexts = Widened<typeof access>;
