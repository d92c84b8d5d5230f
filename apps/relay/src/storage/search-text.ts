/** Scripts that write words without spaces between them; of these every character is a word to the index. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
const ENDS_UNSPACED = new RegExp(`${UNSPACED.source}$`, 'u');
/** Zero-width space: it separates words for `unicode61` and shows nowhere. */
const SEPARATOR = '\u200B';

/**
 * A text as the search index reads it: SQLite's function `search_text`. FTS5's `unicode61` takes a whole sentence of
 * Chinese for one word; with every character apart, a phrase of characters finds what is in the middle of one.
 */
export function searchText(text: string): string {
  return text.replace(UNSPACED, `${SEPARATOR}$&${SEPARATOR}`);
}

/** What `searchText` was made of, but for zero-width spaces. */
export function withoutSeparators(text: string): string {
  return text.replaceAll(SEPARATOR, '');
}

/** Whether its last character is a word by itself, so that it is the beginning of no other. */
export function endsUnspaced(text: string): boolean {
  return ENDS_UNSPACED.test(text);
}
