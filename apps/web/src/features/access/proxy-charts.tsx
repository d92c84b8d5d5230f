import { Disclosure } from '../../components/disclosure.tsx';
import { Facts } from '../../components/facts.tsx';
import { LineChart } from '../../components/line-chart.tsx';
import { Section } from '../../components/section.tsx';
import { bytesWords, clockWords, millisecondsWords, numberWords, shareWords } from '../../lib/amounts.ts';
import type { ProxyFigure, ProxySample, ProxyTrack } from '../../lib/proxy-history.ts';
import { useAccessTexts } from './use-access-texts.ts';

type Figure = {
  id: ProxyFigure;
  isStepped: boolean;
  words: (value: number, language: string) => string;
  /** What may be between two lines of the axis. */
  steps?: readonly number[];
  /** What the axis always reaches. */
  most?: number;
};

const POWERS_OF_TWO = Array.from({ length: 48 }, (_, power) => 2 ** power);
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const FIGURES: readonly Figure[] = [
  { id: 'requests', isStepped: true, words: numberWords, steps: WHOLE },
  { id: 'bytes', isStepped: true, words: bytesWords, steps: POWERS_OF_TWO },
  { id: 'latency', isStepped: false, words: millisecondsWords },
  { id: 'errors', isStepped: false, words: shareWords, most: 1 },
  { id: 'memory', isStepped: false, words: bytesWords, steps: POWERS_OF_TWO },
  { id: 'cpu', isStepped: false, words: (value, language) => shareWords(value / 100, language) },
];
const ROWS_SHOWN = 20;

/** What it has done and used: the figure now, and how it came to that while this page was open. */
export function ProxyCharts({ track: { status, samples } }: { track: ProxyTrack }) {
  const { texts, language } = useAccessTexts();
  const words = texts.proxies;
  const isRunning = status.status === 'running';
  const times = samples.map(({ at }) => at);
  const clock = (at: number): string => clockWords(at * 1000, language, true);
  const last = samples.at(-1);
  return (
    <Section title={words.figuresTitle} lead={isRunning ? words.figuresLive : words.figuresLast}>
      {!isRunning && samples.length < 2 ? (
        <Facts
          facts={FIGURES.map(({ id, words: say }) => ({
            label: words.figures[id],
            value: sayOr(last?.[id], say, language),
          }))}
        />
      ) : (
        <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {FIGURES.map(({ id, isStepped, words: say, steps, most }) => {
            const values = samples.map((sample) => sample[id]);
            const value = (one: number | null | undefined): string => sayOr(one, say, language);
            return (
              <li key={id} className="min-w-0 rounded-card border border-line bg-surface p-4 pb-3">
                <LineChart
                  title={words.figures[id]}
                  value={value(last?.[id])}
                  summary={chartWords(
                    words,
                    words.figures[id],
                    values.map(value),
                    value(maxOf(values)),
                    times.map(clock),
                  )}
                  times={times}
                  values={values}
                  isStepped={isStepped}
                  axisWords={(one) => say(one, language)}
                  clockWords={clock}
                  steps={steps}
                  most={most}
                />
              </li>
            );
          })}
        </ul>
      )}
      {samples.length === 1 && isRunning && <p className="text-caption text-ink-soft">{words.onePoint}</p>}
      {samples.length > 1 && (
        <Disclosure label={words.table}>
          <FiguresTable samples={samples.slice(-ROWS_SHOWN).toReversed()} clock={clock} />
        </Disclosure>
      )}
    </Section>
  );
}

/** A dash where nothing was measured. */
function sayOr(value: number | null | undefined, say: Figure['words'], language: string): string {
  return value === null || value === undefined ? '–' : say(value, language);
}

type Words = ReturnType<typeof useAccessTexts>['texts']['proxies'];

/** The chart for who can't see it. */
function chartWords(words: Words, name: string, values: string[], highest: string, times: string[]): string {
  const [first, firstAt] = [values[0], times[0]];
  const [last, lastAt] = [values.at(-1), times.at(-1)];
  if (first === undefined || firstAt === undefined || last === undefined || lastAt === undefined) return '';
  return values.length === 1
    ? words.chartOne(name, first, firstAt)
    : words.chart(name, first, last, highest, firstAt, lastAt);
}

/** Many values at once may be too many arguments for Math.max. */
function maxOf(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : known.reduce((most, value) => Math.max(most, value));
}

function FiguresTable({ samples, clock }: { samples: readonly ProxySample[]; clock: (at: number) => string }) {
  const { texts, language } = useAccessTexts();
  const cell = 'px-3 py-1.5 text-end whitespace-nowrap first:ps-0 first:text-start';
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- wide tables have to be scrolled by keyboard too
    <section tabIndex={0} aria-label={texts.proxies.table} className="overflow-x-auto">
      <table className="w-full text-caption tabular-nums">
        <thead className="text-ink-soft">
          <tr>
            <th scope="col" className={`${cell} font-regular`}>
              {texts.proxies.time}
            </th>
            {FIGURES.map(({ id }) => (
              <th key={id} scope="col" className={`${cell} font-regular`}>
                {texts.proxies.figures[id]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {samples.map((sample) => (
            <tr key={sample.at}>
              <th scope="row" className={`${cell} font-regular`}>
                {clock(sample.at)}
              </th>
              {FIGURES.map(({ id, words }) => (
                <td key={id} className={cell}>
                  {sayOr(sample[id], words, language)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
