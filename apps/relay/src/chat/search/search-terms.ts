import { endsUnspaced, searchText } from '../../storage/search-text.ts';

/** Words of a question that are looked for; more would only make it slower. */
const MAX_TERMS = 16;
/** Beginnings of words that short would be beginnings of everything. The index knows those of two and three letters. */
const MIN_PREFIX = 2;

/** What the index takes for a part of a word: letters, digits and private characters (SQLite's fts5 documentation, 4.3.1). */
const WORD = /[\p{L}\p{N}\p{Co}]/u;
// NUL would end the expression for SQLite.
const CONTROL = /\p{Cc}/gu;

/**
 * The question in FTS5's language: all words, phrases in quotes as they are, of the last word its beginning is enough.
 * Each term is a string of FTS5's, so nothing that a person types is syntax. Undefined: there is no word in it.
 */
export function searchTerms(question: string): string | undefined {
  const terms = new Set<string>();
  // Every second part was between quotes; the last may lack its end, as while it is being typed.
  const parts = question.replace(CONTROL, ' ').normalize('NFC').split('"');
  parts.forEach((part, index) => {
    const isPhrase = index % 2 === 1;
    const words = (isPhrase ? [part] : part.split(/\s+/)).filter((word) => WORD.test(word));
    words.forEach((word, place) => {
      const isLast = !isPhrase && index === parts.length - 1 && place === words.length - 1;
      terms.add(`"${searchText(word)}"${isLast && isBeginning(word) ? '*' : ''}`);
    });
  });
  return terms.size === 0 ? undefined : [...terms].slice(0, MAX_TERMS).join(' AND ');
}

/** Whether it may be the beginning of a longer word. */
function isBeginning(word: string): boolean {
  const last = word.split(/[^\p{L}\p{N}\p{M}\p{Co}]+/u).at(-1) ?? '';
  return last.length >= MIN_PREFIX && !endsUnspaced(word);
}
