import { CornerLeftUp } from 'lucide-react';
import type { MessageNotes } from '../../lib/message-notes.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { noteId, referenceId } from './footnote-names.ts';
import { jumpTo } from './footnote-reference.tsx';
import { MarkdownBlock } from './markdown-block.tsx';

export type FootnotesProps = { notes: MessageNotes; idPrefix: string };

/** What the footnotes of a message say, below it. */
export function Footnotes({ notes: { footnotes, numbers }, idPrefix }: FootnotesProps) {
  const texts = useTexts().markdown;
  return (
    <section aria-label={texts.footnotes} className="border-t border-line pt-3 text-ui text-ink-soft">
      <ol className="flex list-decimal flex-col gap-1 ps-6">
        {footnotes.map(({ label, text }, index) => (
          <li key={label} id={noteId(idPrefix, index + 1)} tabIndex={-1} className="ps-1">
            <div className="flex gap-1">
              <div className="flex min-w-0 flex-col gap-2">
                <MarkdownBlock text={text} numbers={numbers} idPrefix={idPrefix} />
              </div>
              <a
                href={`#${referenceId(idPrefix, index + 1)}`}
                aria-label={texts.backToText}
                onClick={(event) => jumpTo(event, referenceId(idPrefix, index + 1))}
                className="touch-target me-2.5 inline-flex size-6 shrink-0 items-center justify-center rounded-row hover:bg-hover"
              >
                <CornerLeftUp aria-hidden className="size-3.5" strokeWidth={1.75} />
              </a>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
