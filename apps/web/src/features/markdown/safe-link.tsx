import type { ReactNode } from 'react';
import { safeUrl, saysTarget } from './safe-url.ts';

export type SafeLinkProps = { href: string | undefined; words: string; children: ReactNode };

/** A link that a model wrote: it opens beside the app, tells nobody where from, and says where it leads. */
export function SafeLink({ href, words, children }: SafeLinkProps) {
  const url = safeUrl(href);
  if (url === undefined) return <span>{children}</span>;
  return (
    <a
      href={url.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      title={url.href}
      className="wrap-anywhere text-accent underline decoration-1 underline-offset-4"
    >
      <bdi>{children}</bdi>
      {!saysTarget(words, url) && (
        <bdi dir="ltr" className="text-caption text-ink-soft">
          {' '}
          ({url.target})
        </bdi>
      )}
    </a>
  );
}
