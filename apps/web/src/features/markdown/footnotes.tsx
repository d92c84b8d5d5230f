import { useContext } from 'react';
import { CornerLeftUp } from 'lucide-react';
import type { MessageNotes } from '../../lib/message-notes.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { FootnoteContext, noteId, referenceId } from './footnote-names.ts';
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
            <MarkdownBlock text={text} numbers={numbers} idPrefix={idPrefix} />
            <a
              href={`#${referenceId(idPrefix, index + 1)}`}
              aria-label={texts.backToText}
              onClick={(event) => jump(event, referenceId(idPrefix, index + 1))}
              className="touch-target inline-flex size-6 items-center justify-center rounded-row hover:bg-hover"
            >
              <CornerLeftUp aria-hidden className="size-3.5" strokeWidth={1.75} />
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A footnote's number in the text. */
export function FootnoteReference({ label }: { label: string }) {
  const texts = useTexts().markdown;
  const names = useContext(FootnoteContext);
  const number = names?.numbers.get(label.toLowerCase());
  if (names === undefined || number === undefined) return <>[^{label}]</>;
  return (
    <a
      id={referenceId(names.idPrefix, number)}
      href={`#${noteId(names.idPrefix, number)}`}
      aria-label={texts.footnote(number)}
      onClick={(event) => jump(event, noteId(names.idPrefix, number))}
      className="px-0.5 text-accent underline underline-offset-2"
    >
      {number}
    </a>
  );
}

/** Inside the page: the address is the conversation's. */
function jump(event: { preventDefault: () => void }, id: string): void {
  event.preventDefault();
  const target = document.getElementById(id);
  target?.scrollIntoView({ block: 'center' });
  target?.focus({ preventScroll: true });
}
