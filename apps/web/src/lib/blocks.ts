/** A piece of a message: running text, or a fenced piece of code. `line` is where it begins. */
export type Block = { line: number } & (
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string; language: string }
);

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$/;

/**
 * Splits a message into paragraphs and fenced code (CommonMark 4.5, without the rest of it). A fence that is
 * still open, as in an answer being written, reaches to the end.
 */
export function parseBlocks(message: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let begin = 0;
  let fence: { marker: string; language: string } | undefined;

  const endText = (): void => {
    const text = lines.join('\n').replace(/\s+$/, '');
    if (text !== '') blocks.push({ line: begin, kind: 'text', text });
    lines = [];
  };
  const endCode = (language: string): void => {
    blocks.push({ line: begin, kind: 'code', text: lines.join('\n'), language });
    lines = [];
    fence = undefined;
  };

  for (const [index, line] of message.split('\n').entries()) {
    const [, marker, language = ''] = FENCE.exec(line) ?? [];
    if (fence !== undefined) {
      const closes = marker?.startsWith(fence.marker) && line.trim() === marker;
      if (closes) endCode(fence.language);
      else lines.push(line);
    } else if (marker !== undefined) {
      endText();
      begin = index;
      fence = { marker, language };
    } else if (line.trim() === '') endText();
    else {
      if (lines.length === 0) begin = index;
      lines.push(line);
    }
  }
  if (fence === undefined) endText();
  else endCode(fence.language);
  return blocks;
}
