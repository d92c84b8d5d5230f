import { useContext } from 'react';
import { useTexts } from '../../lib/use-texts.ts';
import { FootnoteContext, noteId, referenceId } from './footnote-names.ts';

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
      onClick={(event) => jumpTo(event, noteId(names.idPrefix, number))}
      className="px-0.5 text-accent underline underline-offset-2"
    >
      {number}
    </a>
  );
}

/** Inside the page: the address is the conversation's. */
export function jumpTo(event: { preventDefault: () => void }, id: string): void {
  event.preventDefault();
  const target = document.getElementById(id);
  target?.scrollIntoView({ block: 'center' });
  target?.focus({ preventScroll: true });
}
