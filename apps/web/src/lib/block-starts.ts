/** What a line begins (CommonMark 0.31, GFM), told from that line alone. Indents are in columns. */

const TAB_COLUMNS = 4;
/** From here on an indented line is code, not the beginning of anything. */
export const CODE_INDENT = 4;

const FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;
const MARKER = /^([-+*]|(\d{1,9})[.)])([ \t]*)(.*)$/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const FOOTNOTE = /^\[\^([^\]\s]{1,100})\]:/;
const OTHER = /^(?:#{1,6}(?:\s|$)|>)/;

/** HTML that goes on over blank lines, and how each kind ends (CommonMark 4.6, 1 to 5). */
const HTML: readonly (readonly [RegExp, RegExp])[] = [
  [/^<(?:script|pre|style|textarea)(?:\s|>|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![a-z]/i, />/],
];

export type Fence = { marker: string; language: string };

export function indentOf(line: string): number {
  let columns = 0;
  for (const character of line) {
    if (character === ' ') columns += 1;
    else if (character === '\t') columns += TAB_COLUMNS - (columns % TAB_COLUMNS);
    else break;
  }
  return columns;
}

export function fenceOf(trimmed: string): Fence | undefined {
  const [, marker, language = ''] = FENCE.exec(trimmed) ?? [];
  return marker === undefined ? undefined : { marker, language };
}

export function endsFence(trimmed: string, { marker }: Fence): boolean {
  return trimmed.startsWith(marker) && trimmed === trimmed.charAt(0).repeat(trimmed.length);
}

export type ListItem = {
  /** From which indent on lines belong to the item. */
  offset: number;
  isEmpty: boolean;
  /** It can begin in the middle of a paragraph. */
  interrupts: boolean;
};

export function listItemOf(line: string, indent: number): ListItem | undefined {
  const trimmed = line.trim();
  const [, marker, number, space = '', rest = ''] = MARKER.exec(trimmed) ?? [];
  if (marker === undefined || RULE.test(trimmed) || (space === '' && rest !== '')) return undefined;
  const isEmpty = rest === '';
  const begin = indent + marker.length;
  const gap = isEmpty ? 1 : gapAfter(begin, space);
  // More than four columns: one belongs to the marker, the rest is indented code.
  const offset = begin + (gap > CODE_INDENT ? 1 : gap);
  return { offset, isEmpty, interrupts: !isEmpty && (number === undefined || Number(number) === 1) };
}

function gapAfter(begin: number, space: string): number {
  return indentOf(' '.repeat(begin) + space) - begin;
}

/** How the HTML ends that a line begins, if it doesn't in that line. */
export function htmlEndOf(trimmed: string): RegExp | undefined {
  const [, end] = HTML.find(([start]) => start.test(trimmed)) ?? [];
  return end === undefined || end.test(trimmed.slice(2)) ? undefined : end;
}

/** `$$` alone in its line: what follows is mathematics up to a line that ends with the same. */
export function opensMath(trimmed: string): boolean {
  return trimmed === '$$';
}

export function footnoteOf(trimmed: string): string | undefined {
  return FOOTNOTE.exec(trimmed)?.[1];
}

/** A heading, a quote or a rule: none goes on with what stood before. */
export function opensOther(trimmed: string): boolean {
  return OTHER.test(trimmed) || RULE.test(trimmed);
}
