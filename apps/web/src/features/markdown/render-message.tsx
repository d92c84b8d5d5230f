import { renderToStaticMarkup } from 'react-dom/server';
import { splitBlocks } from '../../lib/blocks.ts';
import { messageNotes, notesFor } from '../../lib/message-notes.ts';
import { ServicesProvider, type Services } from '../../lib/services.ts';
import { en } from '../../texts/en.ts';
import { MarkdownBlock } from './markdown-block.tsx';

/** A message's Markdown as markup, for tests: what would be on the page, without a page. */
export function renderMessage(text: string): string {
  const blocks = splitBlocks(text);
  const notes = messageNotes(blocks);
  // as: blocks use nothing else of the services.
  const services = { texts: { get: () => en, subscribe: () => () => {} } } as unknown as Services;
  return renderToStaticMarkup(
    <ServicesProvider value={services}>
      {blocks.map((block) =>
        block.kind === 'markdown' ? (
          <MarkdownBlock
            key={block.start}
            text={block.text}
            notes={notesFor(block.text, notes)}
            numbers={notes.numbers}
            idPrefix="message-"
          />
        ) : null,
      )}
    </ServicesProvider>,
  );
}
