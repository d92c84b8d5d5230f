const MAX_TITLE_CHARACTERS = 60;

/** A conversation's title from its first message: the first words, cut at a word where there is one. */
export function titleFrom(content: string): string {
  const text = content.trim().replace(/\s+/g, ' ');
  // Code points, so that no emoji is cut in two.
  const characters = Array.from(text.slice(0, 4 * MAX_TITLE_CHARACTERS));
  if (characters.length <= MAX_TITLE_CHARACTERS) return text;
  const cut = characters.slice(0, MAX_TITLE_CHARACTERS).join('');
  const atWord = characters[MAX_TITLE_CHARACTERS] === ' ' ? cut : cut.slice(0, cut.lastIndexOf(' '));
  return (cut.includes(' ') ? atWord : cut).trim();
}

const MAX_TITLE_WORDS = 6;
/** More than that is a sentence about the title, or no title at all. */
const MAX_ANSWERED_WORDS = 15;

/** The title that a model answered with; undefined when there is none in it. */
export function titleFromAnswer(answer: string): string | undefined {
  const said = answer.replace(/<think(?:ing)?>[^]*?(?:<\/think(?:ing)?>|$)/gi, '');
  const line =
    said
      .split('\n')
      .map(withoutMarkup)
      .find((text) => /[\p{L}\p{N}]/u.test(text)) ?? '';
  const words = line.split(' ');
  if (line === '' || words.length > MAX_ANSWERED_WORDS) return undefined;
  return titleFrom(words.slice(0, MAX_TITLE_WORDS).join(' ')).replace(/[\s,;:.–—-]+$/, '') || undefined;
}

/** One line without control characters, Markdown, the word "Title:" and quotation marks around it. */
function withoutMarkup(line: string): string {
  const plain = line
    .replace(/\p{C}+/gu, ' ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[\s>]*(?:#+|[-*+•]|\d+[.)])\s+/, '')
    .replace(/[*_`~]{2,}|[*`]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^title\s*[:–—-]\s*/i, '');
  return plain.replace(/^["'“”„«»‘’「『]+|["'“”„«»‘’」』]+[.!]?$/g, '').trim();
}
