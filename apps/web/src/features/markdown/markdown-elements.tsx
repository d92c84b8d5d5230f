import type { ComponentPropsWithoutRef, ReactNode } from 'react';
import type { Components } from 'react-markdown';
import { CodeBlock } from '../../components/code-block.tsx';
import { useTexts } from '../../lib/use-texts.ts';
import { FootnoteReference } from './footnote-reference.tsx';
import { Formula } from './formula.tsx';
import { hasClass, languageIn, textOf, type HastNode } from './hast-text.ts';
import { ImageLink } from './image-link.tsx';
import { SafeLink } from './safe-link.tsx';

type WithNode = { node?: HastNode; children?: ReactNode };

/** How each element of a message is shown; what a model may bring along as attributes is not passed on. */
export const ELEMENTS: Components = {
  p: ({ children }) => (
    <p dir="auto" className="wrap-anywhere">
      {children}
    </p>
  ),
  // The page's own headings come first: those of a message begin at the third level.
  h1: ({ children }) => <Heading level={3} look="text-title mt-4" words={children} />,
  h2: ({ children }) => <Heading level={3} look="text-title mt-4" words={children} />,
  h3: ({ children }) => <Heading level={4} look="text-body mt-2" words={children} />,
  h4: ({ children }) => <Heading level={5} look="text-body mt-1" words={children} />,
  h5: ({ children }) => <Heading level={6} look="text-ui" words={children} />,
  h6: ({ children }) => <Heading level={6} look="text-ui text-ink-soft" words={children} />,
  ul: ({ children }) => (
    <ul dir="auto" className="flex list-disc flex-col gap-1.5 ps-6">
      {children}
    </ul>
  ),
  ol: ({ children, start }) => (
    <ol dir="auto" start={start} className="flex list-decimal flex-col gap-1.5 ps-6 marker:tabular-nums">
      {children}
    </ol>
  ),
  li: ({ children, node }) => (
    <li
      dir="auto"
      className={`wrap-anywhere marker:text-ink-soft [&>*+*]:mt-2 [&>ol]:mt-1.5 [&>ul]:mt-1.5 ${
        hasClass(node, 'task-list-item') ? '-ms-6 list-none' : ''
      }`}
    >
      {children}
    </li>
  ),
  input: ({ checked }) => <TaskMark isDone={checked === true} />,
  blockquote: ({ children }) => (
    <blockquote dir="auto" className="flex flex-col gap-3 border-s-2 border-line-strong ps-4 text-ink-soft">
      {children}
    </blockquote>
  ),
  hr: () => <hr className="my-2 border-line" />,
  strong: ({ children }) => <strong className="font-strong">{children}</strong>,
  a: (props) => <Anchor {...props} />,
  img: ({ src, alt }) => <ImageLink src={typeof src === 'string' ? src : undefined} alt={alt ?? ''} />,
  pre: (props) => <Pre {...props} />,
  code: (props) => <InlineCode {...props} />,
  table: ({ children }) => <Table>{children}</Table>,
  th: ({ children, style }) => (
    <th
      dir="auto"
      style={alignment(style)}
      className="border-b border-line-strong min-w-24 px-3 py-1.5 text-start font-strong"
    >
      {children}
    </th>
  ),
  td: ({ children, style }) => (
    <td dir="auto" style={alignment(style)} className="border-b border-line min-w-24 px-3 py-1.5 align-top">
      {children}
    </td>
  ),
  // Footnotes stand below the whole message.
  section: () => null,
};

function Heading({ level, look, words }: { level: 3 | 4 | 5 | 6; look: string; words: ReactNode }) {
  const Tag = `h${level}` as const;
  return (
    <Tag dir="auto" className={`wrap-anywhere font-strong text-balance first:mt-0 ${look}`}>
      {words}
    </Tag>
  );
}

function Anchor({ href, children, node }: ComponentPropsWithoutRef<'a'> & WithNode) {
  if (node?.properties?.['dataFootnoteRef'] !== undefined) {
    return <FootnoteReference label={decodeLabel((href ?? '').replace(/^#fn-/, ''))} />;
  }
  return (
    <SafeLink href={href} words={textOf(node)}>
      {children}
    </SafeLink>
  );
}

function decodeLabel(label: string): string {
  try {
    return decodeURIComponent(label);
  } catch {
    return label;
  }
}

function Pre({ node }: WithNode) {
  const code = node?.children?.[0];
  const text = textOf(code).replace(/\n$/, '');
  return hasClass(code, 'math-display') ? (
    <Formula source={text} isDisplay />
  ) : (
    <CodeBlock text={text} language={languageIn(code)} />
  );
}

function InlineCode({ node, children }: WithNode) {
  if (hasClass(node, 'math-inline')) return <Formula source={textOf(node)} isDisplay={false} />;
  return (
    <code dir="ltr" className="rounded-[0.25rem] bg-hover px-1 py-0.5 font-mono text-[0.875em] wrap-anywhere">
      {children}
    </code>
  );
}

function TaskMark({ isDone }: { isDone: boolean }) {
  const texts = useTexts().markdown;
  return (
    <input
      type="checkbox"
      checked={isDone}
      disabled
      readOnly
      aria-label={isDone ? texts.done : texts.notDone}
      className="me-2 size-4 align-[-0.15em] accent-ink"
    />
  );
}

function Table({ children }: { children: ReactNode }) {
  const { table } = useTexts().markdown;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide table has to be scrolled by keyboard too
    <section tabIndex={0} aria-label={table} className="overflow-x-auto rounded-card border border-line">
      <table className="w-full border-collapse text-ui wrap-break-word [&_code]:wrap-break-word [&_tr:last-child>td]:border-b-0">
        {children}
      </table>
    </section>
  );
}

/** A column's alignment is all the style that a table brings along. */
function alignment(style: { textAlign?: unknown } | undefined): { textAlign: 'left' | 'center' | 'right' } | undefined {
  const textAlign = style?.textAlign;
  return textAlign === 'left' || textAlign === 'center' || textAlign === 'right' ? { textAlign } : undefined;
}
