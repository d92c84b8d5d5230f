import { useState } from 'react';
import { lazily } from './lazily.tsx';
import { LazyPart } from './lazy-part.tsx';
import type { LineChartCanvasProps } from './line-chart-canvas.tsx';

const Canvas = lazily(async () => (await import('./line-chart-canvas.tsx')).LineChartCanvas);

export type LineChartProps = Omit<LineChartCanvasProps, 'onPoint'> & {
  title: string;
  /** The newest, in words. */
  value: string;
  /** The whole of it in a sentence, for who can't see it. */
  summary: string;
  clockWords: (seconds: number) => string;
};

/** One figure over time: what it is now in words, and a line below. Pointing at the line says what it was then. */
export function LineChart({ title, value, summary, clockWords, ...chart }: LineChartProps) {
  const { times, values, axisWords } = chart;
  const ends = [times.at(0), times.at(-1)].filter((time) => time !== undefined);
  const [point, setPoint] = useState<number>();
  const [time, then] = point === undefined ? [] : [times[point], values[point]];
  const isPointing = time !== undefined && typeof then === 'number';
  return (
    <figure className="flex min-w-0 flex-col gap-2">
      <figcaption className="flex flex-col">
        <span className="flex items-baseline justify-between gap-2 text-caption text-ink-soft">
          <span className="truncate">{title}</span>
          {isPointing && <span className="shrink-0 tabular-nums">{clockWords(time)}</span>}
        </span>
        <span className="text-title font-strong tabular-nums">{isPointing ? axisWords(then) : value}</span>
        <span className="sr-only">{summary}</span>
      </figcaption>
      <div aria-hidden className="h-28 min-w-0" dir="ltr">
        <LazyPart>
          <Canvas {...chart} onPoint={setPoint} />
        </LazyPart>
      </div>
      {/* As far in as the values' axis is wide. */}
      <div
        aria-hidden
        dir="ltr"
        className="flex justify-between gap-2 ps-15 text-caption text-ink-soft tabular-nums has-[span:only-child]:justify-center"
      >
        {[...new Set(ends)].map((time) => (
          <span key={time}>{clockWords(time)}</span>
        ))}
      </div>
    </figure>
  );
}
