import { WrapText } from 'lucide-react';
import { useState } from 'react';
import { useHighlight } from '../features/markdown/use-highlight.ts';
import { useTexts } from '../lib/use-texts.ts';
import { CodeLines } from './code-lines.tsx';
import { CopyButton } from './copy-button.tsx';
import { IconButton } from './icon-button.tsx';

export type CodeBlockProps = {
  text: string;
  language: string;
  /** It is being written. */
  isGrowing?: boolean;
};

/** Marks that make code read in another order than it runs ("Trojan Source"). */
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/;
const MAX_LABEL_CHARACTERS = 40;

export function CodeBlock({ text, language, isGrowing = false }: CodeBlockProps) {
  const texts = useTexts().markdown;
  const [isWrapped, setWrapped] = useState(false);
  const lines = useHighlight(text, language, isGrowing);
  return (
    <figure className="overflow-hidden rounded-card border border-line bg-sunken">
      <figcaption className="flex items-center gap-1 ps-4 pe-1.5 pt-1 text-caption text-ink-soft">
        <span className="min-w-0 flex-1 truncate">{language.slice(0, MAX_LABEL_CHARACTERS) || texts.code}</span>
        <IconButton
          icon={WrapText}
          label={texts.wrapLines}
          size="small"
          aria-pressed={isWrapped}
          onClick={() => setWrapped(!isWrapped)}
          className={isWrapped ? 'bg-hover text-ink' : ''}
        />
        <CopyButton text={text} label={texts.copyCode} />
      </figcaption>
      {DIRECTION_MARKS.test(text) && <p className="px-4 text-caption text-warn">{texts.hiddenMarks}</p>}
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines have to be scrolled by keyboard too
        tabIndex={0}
        dir="ltr"
        className={`overflow-x-auto px-4 pt-1 pb-3 font-mono text-ui leading-[1.375rem] ${
          isWrapped ? 'wrap-anywhere whitespace-pre-wrap' : ''
        }`}
      >
        <code>
          <CodeLines text={text} lines={lines} />
        </code>
      </pre>
    </figure>
  );
}
