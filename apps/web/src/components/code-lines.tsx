import { memo } from 'react';
import type { CodeLine } from '../features/markdown/code-line.ts';

const COLOURS = {
  keyword: 'text-code-keyword',
  string: 'text-code-string',
  number: 'text-code-number',
  comment: 'text-code-comment',
  function: 'text-code-function',
  type: 'text-code-type',
} as const;

/** Code with its coloured lines, as far as there are any; the rest follows as it is. */
export function CodeLines({ text, lines }: { text: string; lines: readonly CodeLine[] }) {
  const coloured = lines.reduce((sum, { length }) => sum + length + 1, 0);
  return (
    <>
      {lines.map((line, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- lines of code never move
        <Line key={index} line={line} isLast={coloured > text.length && index === lines.length - 1} />
      ))}
      {text.slice(coloured)}
    </>
  );
}

// The lines before the last one stay the same objects while code is written.
const Line = memo(function Line({ line, isLast }: { line: CodeLine; isLast: boolean }) {
  return (
    <>
      {line.tokens.map(({ at, text, colour }) =>
        colour === undefined ? (
          text
        ) : (
          <span key={at} className={COLOURS[colour]}>
            {text}
          </span>
        ),
      )}
      {!isLast && '\n'}
    </>
  );
});
