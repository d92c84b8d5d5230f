import { memo, useId, useMemo, useRef } from 'react';
import type { Block } from '../lib/blocks.ts';
import { EMPTY_MESSAGE, growBlocks } from '../lib/grow-blocks.ts';
import { messageNotes, notesFor, type MessageNotes } from '../lib/message-notes.ts';
import { CodeBlock } from './code-block.tsx';
import { lazily } from './lazily.tsx';
import { LazyPart } from './lazy-part.tsx';
import { PlainText } from './plain-text.tsx';

/** For browsers that don't say when they are idle. */
const IDLE_MS = 1_000;

// Markdown is not in the first load; until it has come, text stands there as it was written.
const loadMarkdown = () => import('../features/markdown/markdown-block.tsx');
const MarkdownBlock = lazily(async () => (await loadMarkdown()).MarkdownBlock);
const Footnotes = lazily(async () => (await import('../features/markdown/footnotes.tsx')).Footnotes);
const Diagram = lazily(async () => (await import('../features/markdown/diagram.tsx')).Diagram);

/** Fetches what messages are shown with when the page has nothing else to do, so that the first answer finds it there. */
export function prepareMessageText(): void {
  const prepare = (): void => void loadMarkdown().catch(() => {});
  if ('requestIdleCallback' in globalThis) requestIdleCallback(prepare);
  else setTimeout(prepare, IDLE_MS);
}

export type MessageTextProps = {
  text: string;
  /** It is being written. */
  isGrowing?: boolean;
};

/** A message's text, block by block: of a growing one only the last block is read and drawn again. */
export function MessageText({ text, isGrowing = false }: MessageTextProps) {
  const split = useRef(EMPTY_MESSAGE);
  // oxlint-disable-next-line react/refs -- a cache: the same text gives the same blocks, whenever it is asked
  const { blocks } = (split.current = growBlocks(split.current, text));
  const notes = useMemo(() => messageNotes(blocks), [blocks]);
  const idPrefix = useId();
  return (
    <>
      {blocks.map((block, index) => (
        <TextBlock
          key={block.start}
          block={block}
          notes={block.kind === 'markdown' ? notesFor(block.text, notes) : ''}
          numbers={notes.numbers}
          idPrefix={idPrefix}
          isGrowing={isGrowing && index === blocks.length - 1}
        />
      ))}
      {notes.footnotes.length > 0 && (
        <LazyPart>
          <Footnotes notes={notes} idPrefix={idPrefix} />
        </LazyPart>
      )}
    </>
  );
}

type TextBlockProps = {
  block: Block;
  /** What the block refers to and another one defines. */
  notes: string;
  numbers: MessageNotes['numbers'];
  idPrefix: string;
  isGrowing: boolean;
};

const TextBlock = memo(function TextBlock({ block, notes, numbers, idPrefix, isGrowing }: TextBlockProps) {
  switch (block.kind) {
    case 'markdown':
      return (
        <LazyPart instead={<PlainText text={block.text} />}>
          <MarkdownBlock text={block.text} notes={notes} numbers={numbers} idPrefix={idPrefix} isGrowing={isGrowing} />
        </LazyPart>
      );
    case 'code': {
      const source = <CodeBlock text={block.text} language={block.language} isGrowing={isGrowing && block.isOpen} />;
      if (block.language.toLowerCase() !== 'mermaid' || (isGrowing && block.isOpen)) return source;
      return (
        <LazyPart instead={source}>
          <Diagram source={block.text} />
        </LazyPart>
      );
    }
    case 'plain':
      return <PlainText text={block.text} />;
    case 'footnote':
      return null;
  }
});
