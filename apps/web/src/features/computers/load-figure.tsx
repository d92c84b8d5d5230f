import { useQuery } from '@tanstack/react-query';
import { lazily } from '../../components/lazily.tsx';
import { LazyPart } from '../../components/lazy-part.tsx';
import { loadSamples } from '../../lib/computer-queries.ts';
import { loadExtremes } from '../../lib/load-series.ts';
import { useServices } from '../../lib/services.ts';
import { percentWords } from '../../lib/size-words.ts';
import { clockWords } from '../../lib/time-words.ts';
import { useTexts } from '../../lib/use-texts.ts';

const LoadChart = lazily(async () => (await import('./load-chart.tsx')).LoadChart);

/** How busy the computer was in the last hour: a line, and the same in words. */
export function LoadFigure({ bridgeId }: { bridgeId: string }) {
  const { client } = useServices();
  const { computers: texts, language } = useTexts();
  const { data: samples = [], isPending } = useQuery(loadSamples(client, bridgeId));
  const extremes = loadExtremes(samples);
  const summary =
    extremes &&
    texts.loadSummary(
      percentWords(extremes.newest.load, language),
      percentWords(extremes.highest.load, language),
      clockWords(extremes.highest.at, language),
    );
  return (
    <figure className="flex flex-col gap-3">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 className="text-title font-strong">{texts.load}</h2>
        {summary !== undefined && <p className="text-ink-soft tabular-nums">{summary}</p>}
      </figcaption>
      {extremes === undefined ? (
        !isPending && <p className="text-ink-soft">{texts.loadNone}</p>
      ) : (
        <>
          <div
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- it holds a canvas
            role="img"
            aria-label={`${texts.load}. ${summary}`}
            className="h-44 rounded-card border border-line bg-surface p-3"
          >
            <LazyPart>
              <LoadChart samples={samples} />
            </LazyPart>
          </div>
          <p className="text-caption text-ink-soft">{texts.loadUnit}</p>
        </>
      )}
    </figure>
  );
}
