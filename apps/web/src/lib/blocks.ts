import {
  CODE_INDENT,
  endsFence,
  fenceOf,
  footnoteOf,
  htmlEndOf,
  indentOf,
  listItemOf,
  opensMath,
  opensOther,
  type Fence,
  type ListItem,
} from './block-starts.ts';

/** A piece of a message that reads the same without the rest; `start` is its place in the message. */
export type Block = { start: number; text: string } & (
  | { kind: 'markdown' }
  /** Fenced; `text` is what stands between the fences. Open: the message ends before its end. */
  | { kind: 'code'; language: string; isOpen: boolean }
  /** What a footnote says; `text` begins with its `[^label]:`. */
  | { kind: 'footnote'; label: string }
  /** More than anyone reads: shown as it is. */
  | { kind: 'plain' }
);

/** A page has to stay quick: what follows after so many blocks is one plain text. */
export const MAX_BLOCKS = 2_000;

/** What the next line may belong to, although a blank line stands before it. */
type Open =
  | { in: 'nothing' }
  | { in: 'list'; item: ListItem }
  | { in: 'footnote'; label: string }
  | { in: 'math' }
  | { in: 'html'; end: RegExp }
  | { in: 'fence'; fence: Fence; indent: number; content: number };

const NOTHING: Open = { in: 'nothing' };

/**
 * Cuts a message into its top-level blocks, so that a growing one changes only its last. Where a cut is not certain
 * there is none; only a fence right below HTML counts, for HTML is text here. `from` is the start of a block: what
 * stands before it is left out.
 */
export function splitBlocks(message: string, from = 0, most = MAX_BLOCKS): Block[] {
  const blocks: Block[] = [];
  let open: Open = NOTHING;
  /** Where the block begins that is being read; undefined between blocks. */
  let start: number | undefined;
  /** Behind its last line that is not blank. */
  let end = from;
  let isAfterBlank = false;

  const finish = (): void => {
    if (start !== undefined) blocks.push(finished(message, start, end, open));
    start = undefined;
    open = NOTHING;
  };

  for (let at = from; at <= message.length;) {
    if (blocks.length >= most) {
      const rest = start ?? at;
      blocks.push({ kind: 'plain', start: rest, text: message.slice(rest) });
      return blocks;
    }
    const lineStart = at;
    const newline = message.indexOf('\n', at);
    const lineEnd = newline === -1 ? message.length : newline;
    at = lineEnd + 1;
    const line = message.slice(lineStart, lineEnd);
    const trimmed = line.trim();

    if (open.in === 'fence') {
      if (!endsFence(trimmed, open.fence) || indentOf(line) >= CODE_INDENT) continue;
      blocks.push(code(message, start ?? lineStart, lineStart - 1, open, false));
      start = undefined;
      open = NOTHING;
      isAfterBlank = false;
      continue;
    }
    if (open.in === 'math' || open.in === 'html') {
      if (trimmed !== '') end = lineEnd;
      if (open.in === 'math' ? trimmed.endsWith('$$') : open.end.test(line)) open = NOTHING;
      continue;
    }
    if (trimmed === '') {
      if (open.in === 'list' && open.item.isEmpty) open = NOTHING;
      isAfterBlank = true;
      continue;
    }

    const indent = indentOf(line);
    if (isInside(open, indent)) {
      if (open.in === 'list' && open.item.isEmpty) open = { in: 'list', item: { ...open.item, isEmpty: false } };
      isAfterBlank = false;
      end = lineEnd;
      continue;
    }
    const item = indent < CODE_INDENT ? listItemOf(line, indent) : undefined;
    const label = indent < CODE_INDENT ? footnoteOf(trimmed) : undefined;
    const fence = indent < CODE_INDENT ? fenceOf(trimmed) : undefined;
    const goesOn = isAfterBlank
      ? indent >= CODE_INDENT || (open.in === 'list' && item !== undefined)
      : open.in !== 'footnote' || !(item !== undefined || opensOther(trimmed) || opensMath(trimmed));
    if (!goesOn || label !== undefined || fence !== undefined) finish();
    const isFirst = start === undefined;
    start ??= lineStart;
    end = lineEnd;

    if (fence !== undefined) open = { in: 'fence', fence, indent, content: at };
    else if (label !== undefined) open = { in: 'footnote', label };
    else if (item !== undefined && (isFirst || isAfterBlank || open.in === 'list' || item.interrupts))
      open = { in: 'list', item };
    else if (indent < CODE_INDENT) open = openedBy(trimmed, open, isAfterBlank);
    isAfterBlank = false;
  }
  if (open.in === 'fence' && start !== undefined) blocks.push(code(message, start, message.length, open, true));
  else finish();
  return blocks;
}

function isInside(open: Open, indent: number): boolean {
  if (open.in === 'list') return indent >= open.item.offset;
  return open.in === 'footnote' && indent >= CODE_INDENT;
}

/** What a line opens that begins no list, footnote or fence. A paragraph's line goes on with a list item's. */
function openedBy(trimmed: string, open: Open, isAfterBlank: boolean): Open {
  if (opensMath(trimmed)) return { in: 'math' };
  const end = htmlEndOf(trimmed);
  if (end !== undefined) return { in: 'html', end };
  return isAfterBlank || opensOther(trimmed) ? NOTHING : open;
}

function finished(message: string, start: number, end: number, open: Open): Block {
  const text = message.slice(start, end).trimEnd();
  return open.in === 'footnote'
    ? { kind: 'footnote', start, text, label: open.label }
    : { kind: 'markdown', start, text };
}

function code(
  message: string,
  start: number,
  end: number,
  { fence, indent, content }: Open & { in: 'fence' },
  isOpen: boolean,
): Block {
  const raw = message.slice(content, Math.max(content, end));
  // The fence's own indent is not the code's.
  const text = indent === 0 ? raw : raw.replaceAll(new RegExp(`^[ \\t]{1,${indent}}`, 'gm'), '');
  return { kind: 'code', start, text, language: fence.language, isOpen };
}
