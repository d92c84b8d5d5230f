import { memo } from 'react';
import { parseBlocks } from '../lib/blocks.ts';
import { CodeBlock } from './code-block.tsx';

// Only the last block of a growing text changes; the others are the same strings again.
const Paragraph = memo(function Paragraph({ text }: { text: string }) {
  return (
    <p dir="auto" className="wrap-anywhere whitespace-pre-wrap">
      {text}
    </p>
  );
});
const Code = memo(CodeBlock);

/** A model's text as text: paragraphs and fenced code, nothing that could run or load. */
export function MessageText({ text }: { text: string }) {
  return parseBlocks(text).map((block) =>
    block.kind === 'code' ? (
      <Code key={block.line} text={block.text} language={block.language} />
    ) : (
      <Paragraph key={block.line} text={block.text} />
    ),
  );
}
