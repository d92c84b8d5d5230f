import { memo } from 'react';
import Markdown, { type Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remarkMath from 'remark-math';
import { PlainText } from '../../components/plain-text.tsx';
import { FootnoteContext, type FootnoteNames } from './footnote-names.ts';
import { isTooMuch } from './too-much.ts';
import { ELEMENTS } from './markdown-elements.tsx';
import { markMath } from './math-marks.ts';
import { safeUrl } from './safe-url.ts';
import { limitTree } from './tree-limits.ts';
import { useThrottled } from './use-throttled.ts';

export type MarkdownBlockProps = FootnoteNames & {
  text: string;
  /** Definitions that stand elsewhere in the message. */
  notes?: string;
  isGrowing?: boolean;
};

const REMARK: Options['remarkPlugins'] = [
  [remarkGfm, { singleTilde: false }],
  [remarkMath, { singleDollarTextMath: false }],
  limitTree,
];
const REHYPE: Options['remarkRehypeOptions'] = { clobberPrefix: '', footnoteLabel: ' ' };

/** A long list or table is read anew only so often while it grows: [characters, milliseconds]. */
const PACES = [
  [2_000, 0],
  [6_000, 120],
  [Infinity, 300],
] as const;

/** One block of Markdown. Markup is text, and what would make the page slow is shown as it was written. */
export const MarkdownBlock = memo(function MarkdownBlock(props: MarkdownBlockProps) {
  const { text, notes = '', isGrowing = false, numbers, idPrefix } = props;
  const pace = PACES.find(([characters]) => text.length <= characters)?.[1] ?? 0;
  const shown = useThrottled(text, isGrowing ? pace : 0);
  if (isTooMuch(shown)) return <PlainText text={shown} />;
  return (
    <FootnoteContext value={numbers.size === 0 ? undefined : { numbers, idPrefix }}>
      <Parsed text={shown} notes={notes} />
    </FootnoteContext>
  );
});

const Parsed = memo(function Parsed({ text, notes }: { text: string; notes: string }) {
  const marked = markMath(text);
  try {
    // oxlint-disable-next-line react/capitalized-calls -- no hooks in it; what it throws on must not take the page along
    return Markdown({
      remarkPlugins: REMARK,
      remarkRehypeOptions: REHYPE,
      components: ELEMENTS,
      urlTransform: (url, key) => (key === 'href' && url.startsWith('#') ? url : (safeUrl(url)?.href ?? '')),
      children: notes === '' ? marked : `${marked}\n\n${notes}`,
    });
  } catch {
    return <PlainText text={text} />;
  }
});
