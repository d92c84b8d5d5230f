import type { en } from './en.ts';

/** A text is a string, or a function of what stands in it; every language has the same ones. */
export type Widened<T> = T extends string
  ? string
  : T extends (...values: infer Values) => string
    ? (...values: Values) => string
    : T extends readonly string[]
      ? readonly string[]
      : { [Key in keyof T]: Widened<T[Key]> };

/** The catalogue of one language. What is missing in another language does not compile. */
export type Texts = Widened<typeof en>;

/** The languages there are, each by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;
