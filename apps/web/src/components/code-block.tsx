import { CopyButton } from './copy-button.tsx';

export function CodeBlock({ text, language }: { text: string; language: string }) {
  return (
    <figure className="overflow-hidden rounded-card border border-line bg-sunken">
      <figcaption className="flex items-center justify-between ps-4 pe-1.5 pt-1 text-caption text-ink-soft">
        <span>{language === '' ? 'Code' : language}</span>
        <CopyButton text={text} label="Copy the code" />
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines have to be scrolled by keyboard too */}
      <pre tabIndex={0} dir="ltr" className="overflow-x-auto px-4 pt-1 pb-3 font-mono text-ui leading-[1.375rem]">
        <code>{text}</code>
      </pre>
    </figure>
  );
}
