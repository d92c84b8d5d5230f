import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import 'uplot/dist/uPlot.min.css';
import { useServices } from '../lib/services.ts';
import { useMedia } from '../lib/use-media.ts';
import { useStore } from '../lib/use-store.ts';

export type LineChartCanvasProps = {
  /** Seconds since 1970, ascending; as many as values. */
  times: readonly number[];
  /** Null: there is none of this moment. */
  values: readonly (number | null)[];
  /** A sum holds until the next one comes; anything else is drawn from point to point. */
  isStepped?: boolean;
  /** What may be between two lines of the axis. */
  steps?: readonly number[];
  /** What the axis always reaches. */
  most?: number;
  axisWords: (value: number) => string;
  /** Told the index of what is pointed at. */
  onPoint: (index: number | undefined) => void;
};

/** What the values' axis takes, in rem. */
const AXIS_REM = 3.75;
/** Half of what is shown around a point that is alone, in seconds. */
const ALONE_SECONDS = 30;
/** Colours of the theme for a canvas, which knows no variables: read off these, in this order. */
const INKS = ['text-ink', 'text-ink/8', 'text-ink-soft', 'text-line'] as const;

export function LineChartCanvas(props: LineChartCanvasProps) {
  const theme = useStore(useServices().settings, (value) => value.theme);
  const isSystemDark = useMedia('(prefers-color-scheme: dark)');
  // Another theme is another drawing.
  return <Drawing key={`${theme} ${isSystemDark}`} {...props} />;
}

function Drawing(props: LineChartCanvasProps) {
  const { times, values } = props;
  const box = useRef<HTMLDivElement>(null);
  const inks = useRef<HTMLSpanElement>(null);
  const chart = useRef<uPlot>(undefined);
  // The chart is made once and asks for what is current.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const [element, probes] = [box.current, inks.current];
    if (!element || !probes) return undefined;
    const plot = new uPlot(chartOptions(element, probes, latest), dataOf(latest.current), element);
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize(sizeOf(element)));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => chart.current?.setData(dataOf({ times, values })), [times, values]);

  return (
    <div ref={box} className="relative h-full w-full overflow-hidden">
      <span ref={inks} hidden className="text-caption">
        {INKS.map((ink) => (
          <span key={ink} className={ink} />
        ))}
      </span>
    </div>
  );
}

function dataOf({ times, values }: Pick<LineChartCanvasProps, 'times' | 'values'>): uPlot.AlignedData {
  return [[...times], [...values]];
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: element.clientHeight };
}

/** A point that is alone stands in the middle; uPlot would make a day of it. */
function aroundAlone({ data: [times] }: uPlot): [number, number] | undefined {
  const [at] = times;
  return at !== undefined && times.length === 1 ? [at - ALONE_SECONDS, at + ALONE_SECONDS] : undefined;
}

function chartOptions(
  element: HTMLElement,
  probes: HTMLElement,
  latest: { current: LineChartCanvasProps },
): uPlot.Options {
  const [ink = '', wash = '', soft = '', line = ''] = Array.from(
    probes.children,
    (probe) => getComputedStyle(probe).color,
  );
  const { fontSize, fontFamily } = getComputedStyle(probes);
  const { isStepped = false, steps } = latest.current;
  const axis = { stroke: soft, font: `${fontSize} ${fontFamily}`, ticks: { show: false } };
  const paths = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
  return {
    ...sizeOf(element),
    legend: { show: false },
    padding: [8, 4, 8, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, fill: ink } },
    scales: {
      x: { time: false, range: (plot, min, max) => aroundAlone(plot) ?? [min, max] },
      y: { range: (_, __, max: number | null) => [0, Math.max(latest.current.most ?? 0, (max ?? 0) * 1.1) || 1] },
    },
    axes: [
      // Its two ends stand below, in the page's own type.
      { show: false },
      {
        ...axis,
        space: 32,
        size: AXIS_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
        gap: 8,
        grid: { stroke: line, width: 1 },
        values: (_, splits) => splits.map((value) => latest.current.axisWords(value)),
        ...(steps && { incrs: [...steps] }),
      },
    ],
    series: [
      {},
      {
        stroke: ink,
        fill: wash,
        width: 1.5,
        ...(paths && { paths }),
        // One point makes no line.
        points: { show: (plot) => plot.data[0].length === 1, size: 7, fill: ink },
      },
    ],
    hooks: { setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? undefined)] },
  };
}
