import { withoutSeparators } from '../../storage/search-text.ts';

/** What FTS5 puts around the words that were found. */
export interface SnippetMarks {
  open: string;
  close: string;
}

/** Marks that no text holds: they are made anew for each search, after all texts were written. */
export function snippetMarks(): SnippetMarks {
  const nonce = crypto.randomUUID();
  return { open: `\uE000${nonce}\uE001`, close: `\uE002${nonce}\uE003` };
}

export interface SnippetPiece {
  text: string;
  match: boolean;
}

/** FTS5's `snippet()` or `highlight()` in pieces; what is between two marks was found. */
export function snippetPieces(marked: string, { open, close }: SnippetMarks): SnippetPiece[] {
  const pieces: SnippetPiece[] = [];
  const add = (piece: string, match: boolean): void => {
    const text = withoutSeparators(piece);
    if (text === '') return;
    const last = pieces.at(-1);
    if (last?.match === match) last.text += text;
    else pieces.push({ text, match });
  };
  marked.split(open).forEach((part, index) => {
    const end = index === 0 ? -1 : part.indexOf(close);
    if (end === -1) return add(part, false);
    add(part.slice(0, end), true);
    add(part.slice(end + close.length), false);
  });
  return pieces;
}
