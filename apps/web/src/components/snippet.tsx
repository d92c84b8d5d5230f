import { CopyButton } from './copy-button.tsx';

export type SnippetProps = {
  /** What it is or where it goes: a language, the name of a file. */
  title: string;
  text: string;
  copyLabel: string;
  /** Long lines are broken instead of scrolled. */
  wraps?: boolean;
};

const PRE = 'px-4 pt-1 pb-3 font-mono text-caption leading-5 -outline-offset-2!';
const WRAPS = 'wrap-anywhere whitespace-pre-wrap';

/** Something to copy into another program as it stands. */
export function Snippet({ title, text, copyLabel, wraps = false }: SnippetProps) {
  return (
    <figure className="min-w-0 overflow-hidden rounded-card border border-line bg-sunken">
      <figcaption className="flex min-h-9 items-center justify-between gap-2 ps-4 pe-1.5 pt-1 text-caption text-ink-soft">
        <span className="truncate">{title}</span>
        <CopyButton text={text} label={copyLabel} />
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines have to be scrolled by keyboard too */}
      <pre tabIndex={0} dir="ltr" className={`${PRE} ${wraps ? WRAPS : 'overflow-x-auto'}`}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
