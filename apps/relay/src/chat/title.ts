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
