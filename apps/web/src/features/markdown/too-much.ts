/** A block with more is shown as it was written; whoever reads prose has paragraphs. */
const MAX_BLOCK_CHARACTERS = 20_000;
/** Quotes and lists inside each other, at the beginning of one line. */
const MAX_MARKERS = 40;
/** Brackets and marks of emphasis are looked at in pairs: their number counts squared. */
const MAX_MARKS = 2_000;

const LINE_START = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)]))+/gm;
const MARKER = />|[-+*]|\d[.)]/g;
const MARKS = /[*_[\]~<`$|]/g;

/** Whether a block of Markdown would cost more time than it is worth; told without parsing it. */
export function isTooMuch(text: string): boolean {
  if (text.length > MAX_BLOCK_CHARACTERS) return true;
  for (const [start] of text.matchAll(LINE_START)) {
    if (start.length > MAX_MARKERS && (start.match(MARKER)?.length ?? 0) > MAX_MARKERS) return true;
  }
  return (text.match(MARKS)?.length ?? 0) > MAX_MARKS;
}
