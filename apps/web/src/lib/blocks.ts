/** A piece of a message: running text, or a fenced piece of code. */
export type Block = { kind: 'text'; text: string } | { kind: 'code'; text: string; language: string };

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;

/**
 * Splits a message into paragraphs and fenced code (CommonMark 4.5, without the rest of it). A fence that is
 * still open, as in an answer being written, reaches to the end.
 */
export function parseBlocks(message: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let fence: { marker: string; language: string } | undefined;

  const endText = (): void => {
    const text = lines.join('\n').replace(/\s+$/, '');
    if (text !== '') blocks.push({ kind: 'text', text });
    lines = [];
  };
  const endCode = (language: string): void => {
    blocks.push({ kind: 'code', text: lines.join('\n'), language });
    lines = [];
    fence = undefined;
  };

  for (const line of message.split('\n')) {
    const [, marker, language = ''] = FENCE.exec(line) ?? [];
    if (fence !== undefined) {
      const closes = marker?.startsWith(fence.marker) && line.trim() === marker;
      if (closes) endCode(fence.language);
      else lines.push(line);
    } else if (marker !== undefined) {
      endText();
      fence = { marker, language };
    } else if (line.trim() === '') endText();
    else lines.push(line);
  }
  if (fence === undefined) endText();
  else endCode(fence.language);
  return blocks;
}
