import type { Block } from './blocks.ts';

/** What blocks of one message say about each other: where reference links lead, and what footnotes say. */
export type MessageNotes = {
  /** By label in lower case: the line that defines a reference link. */
  links: ReadonlyMap<string, string>;
  footnotes: readonly { label: string; text: string }[];
  /** Footnotes are numbered as the text comes to them. */
  numbers: ReadonlyMap<string, number>;
};

const LINK = /^ {0,3}\[(?!\^)((?:[^[\]\\]|\\.){1,200})\]:[ \t]*\S.*$/gm;
const REFERENCE = /\[\^([^\]\s]{1,100})\]/g;
const LABEL = /\[((?:[^[\]\\]|\\.){1,200})\]/g;
const NO_NUMBERS: ReadonlyMap<string, number> = new Map();
const NO_NOTES: MessageNotes = { links: new Map(), footnotes: [], numbers: NO_NUMBERS };

export function messageNotes(blocks: readonly Block[]): MessageNotes {
  const links = new Map<string, string>();
  const defined = new Map<string, string>();
  for (const block of blocks) {
    if (block.kind === 'footnote' && !defined.has(key(block.label))) defined.set(key(block.label), block.text);
    if (block.kind !== 'markdown' || !block.text.includes(']:')) continue;
    for (const [line, label = ''] of block.text.matchAll(LINK)) {
      if (!links.has(key(label))) links.set(key(label), line);
    }
  }
  if (links.size + defined.size === 0) return NO_NOTES;
  const numbers = new Map<string, number>();
  for (const { kind, text } of defined.size === 0 ? [] : blocks) {
    if (kind !== 'markdown') continue;
    for (const [, label = ''] of text.matchAll(REFERENCE)) {
      if (defined.has(key(label)) && !numbers.has(key(label))) numbers.set(key(label), numbers.size + 1);
    }
  }
  const footnotes = Array.from(numbers.keys(), (label) => ({ label, text: content(defined.get(label) ?? '') }));
  return { links, footnotes, numbers };
}

/** What a block needs of the others to be read alone: the links it refers to, and that its footnotes exist. */
export function notesFor(text: string, { links, numbers }: MessageNotes): string {
  if (links.size + numbers.size === 0 || !text.includes('[')) return '';
  const wanted = new Set<string>();
  for (const [, label = ''] of text.matchAll(LABEL)) {
    const link = links.get(key(label));
    if (link !== undefined && !text.includes(link)) wanted.add(link);
    if (label.startsWith('^') && numbers.has(key(label.slice(1)))) wanted.add(`[${label}]: .`);
  }
  return [...wanted].join('\n\n');
}

/** Labels differ neither by case nor by the width of spaces (CommonMark 4.7). */
function key(label: string): string {
  return label.trim().toLowerCase().replaceAll(/\s+/g, ' ');
}

/** A footnote's own text, without its label and without the indent of what follows. */
function content(definition: string): string {
  return definition.replace(/^ {0,3}\[\^[^\]]+\]:[ \t]*/, '').replaceAll(/^(?: {4}|\t)/gm, '');
}
