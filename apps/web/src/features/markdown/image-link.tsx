import { ExternalLink, ImageOff } from 'lucide-react';
import { useTexts } from '../../lib/use-texts.ts';
import { safeUrl } from './safe-url.ts';

/** A picture from elsewhere is never loaded into the page: whoever keeps it would learn who reads, and what. */
export function ImageLink({ src, alt }: { src: string | undefined; alt: string }) {
  const texts = useTexts().markdown;
  const url = safeUrl(src);
  const isWeb = url !== undefined && !url.href.startsWith('mailto:');
  return (
    <span className="my-1 inline-flex max-w-full flex-wrap items-center gap-x-3 gap-y-1 rounded-card border border-line bg-sunken px-3 py-2 text-ui">
      <span className="inline-flex min-w-0 items-center gap-2">
        <ImageOff aria-hidden className="size-4 shrink-0 text-ink-soft" strokeWidth={1.75} />
        <bdi className="min-w-0 wrap-anywhere">{alt === '' ? texts.image : alt}</bdi>
      </span>
      {isWeb ? (
        <>
          <bdi dir="ltr" className="wrap-anywhere text-caption text-ink-soft">
            {url.target}
          </bdi>
          <a
            href={url.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="touch-target inline-flex items-center gap-1 font-strong underline underline-offset-4"
          >
            {texts.openImage}
            <ExternalLink aria-hidden className="size-3.5" strokeWidth={1.75} />
          </a>
        </>
      ) : (
        <span className="text-caption text-ink-soft">{texts.imageLeftOut}</span>
      )}
    </span>
  );
}
