import type { BridgeLoad } from '@cloudtolocalllm/sdk';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
// oxlint-disable-next-line import/no-unassigned-import -- the chart's styles come with it
import 'uplot/dist/uPlot.min.css';
import { loadSeries } from '../../lib/load-series.ts';
import { useServices } from '../../lib/services.ts';
import { percentWords } from '../../lib/size-words.ts';
import { clockWords } from '../../lib/time-words.ts';
import { useMedia } from '../../lib/use-media.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

const HOUR_SECONDS = 3600;
const FONT = '12px system-ui, sans-serif';

/** The line; what it says stands beside it in words. */
export function LoadChart({ samples }: { samples: BridgeLoad['samples'] }) {
  const { settings } = useServices();
  const { language } = useTexts();
  const box = useRef<HTMLDivElement>(null);
  // A canvas does not follow the theme by itself.
  const theme = useStore(settings, (value) => value.theme);
  const isSystemDark = useMedia('(prefers-color-scheme: dark)');

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const colour = (name: string): string => resolved(element, `var(--color-${name})`);
    const axis: UPlot.Axis = {
      stroke: colour('ink-soft'),
      font: FONT,
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    const size = (): { width: number; height: number } => ({
      width: element.clientWidth,
      height: element.clientHeight,
    });
    const chart = new UPlot(
      {
        ...size(),
        padding: [8, 24, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { range: () => [Date.now() / 1000 - HOUR_SECONDS, Date.now() / 1000] },
          y: { range: (_, __, highest) => [0, Math.max(1, highest)] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            space: 88,
            grid: { show: false },
            values: (_, at) => at.map((second) => clockWords(second * 1000, language)),
          },
          { ...axis, size: 52, values: (_, at) => at.map((load) => percentWords(load, language)), space: 40 },
        ],
        series: [
          {},
          {
            stroke: colour('ink'),
            width: 1.5,
            fill: colour('hover'),
            points: { show: samples.length < 3, fill: colour('ink'), size: 5 },
          },
        ],
      },
      loadSeries(samples),
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the theme is in the colours
  }, [samples, language, theme, isSystemDark]);

  return <div ref={box} dir="ltr" className="h-full" />;
}

/** A colour as a canvas takes it: canvases know neither variables nor `light-dark()`. */
function resolved(element: HTMLElement, colour: string): string {
  const before = element.style.color;
  element.style.color = colour;
  const value = getComputedStyle(element).color;
  element.style.color = before;
  return value;
}
