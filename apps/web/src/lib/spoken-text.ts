import { splitBlocks } from './blocks.ts';

/** Browsers lose the thread of long utterances. */
const MAX_PIECE_CHARACTERS = 200;

/** A message as it is read aloud: sentence by sentence, without code, formulas, tables' lines and marks. */
export function spokenText(message: string): string[] {
  return splitBlocks(message).flatMap((block) =>
    block.kind === 'markdown' || block.kind === 'plain' ? sentences(spoken(block.text)) : [],
  );
}

function spoken(text: string): string {
  return text
    .replaceAll(/\$\$[^$]*\$\$|\\\[[\s\S]*?\\\]|\\\([\s\S]*?\\\)/g, ' ')
    .replaceAll(/^ *(?:`{3,}|~{3,})[\s\S]*?^ *(?:`{3,}|~{3,}) *$/gm, ' ')
    .replaceAll(/^[ |:-]+$/gm, '')
    .replaceAll(/<[^<>\n]*>/g, ' ')
    .replaceAll(/!?\[([^[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)/g, '$1')
    .replaceAll(/\[\^[^\]]+\]/g, '')
    .replaceAll(/^[ \t>]*(?:#{1,6}[ \t]|[-+*][ \t](?:\[[ x]\] )?|\d+[.)][ \t])?/gm, '')
    .replaceAll(/[*_`~|#]+/g, ' ');
}

function sentences(text: string): string[] {
  const pieces = text
    .split(/(?<=[.!?…:;。！？])\s+|\n+/u)
    .flatMap((sentence) => cut(sentence.replaceAll(/\s+/g, ' ').trim()));
  return pieces.filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}

function cut(sentence: string): string[] {
  return (
    sentence.match(new RegExp(`.{1,${MAX_PIECE_CHARACTERS}}(?:\\s|$)|\\S{${MAX_PIECE_CHARACTERS}}`, 'gu')) ?? [sentence]
  );
}
