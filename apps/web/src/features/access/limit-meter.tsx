import { clockWords, fromNowWords, numberWords } from '../../lib/amounts.ts';
import { useNow } from '../../lib/use-now.ts';
import { useAccessTexts } from './use-access-texts.ts';

export type LimitMeterProps = {
  title: string;
  hint?: string;
  used: number;
  limit: number;
  /** Seconds since 1970; null: nothing was used, so there is nothing to wait for. */
  reset?: number | null;
  /** Said in its place of what frees itself. */
  note?: string;
};

/** From here on a warning is worth its colour. */
const NEAR = 0.8;
const FILLS = { calm: 'bg-ink', near: 'bg-warn', over: 'bg-bad' } as const;

/** How much of a limit is used: in numbers, as a bar, and in words when it gets tight. */
export function LimitMeter({ title, hint, used, limit, reset, note }: LimitMeterProps) {
  const { texts, language } = useAccessTexts();
  const now = useNow();
  const words = texts.limits;
  const share = limit === 0 ? 1 : Math.min(1, used / limit);
  const state = share >= 1 ? 'over' : share >= NEAR ? 'near' : 'calm';
  const amount = words.used(numberWords(used, language), numberWords(limit, language));
  return (
    <div className="flex min-w-0 flex-col gap-3 rounded-card border border-line bg-surface p-4">
      <div className="flex flex-col gap-0.5">
        <h4 dir="auto" className="truncate font-strong">
          {title}
        </h4>
        {hint !== undefined && <p className="text-caption text-ink-soft">{hint}</p>}
      </div>
      <div className="mt-auto flex flex-col gap-1.5">
        <p className="flex items-baseline justify-between gap-2 tabular-nums">
          <span>{amount}</span>
          <span
            className={`text-caption ${state === 'over' ? 'text-bad' : state === 'near' ? 'text-warn' : 'text-ink-soft'}`}
          >
            {state === 'calm' ? words.left(numberWords(limit - used, language)) : words[state]}
          </span>
        </p>
        <meter aria-label={title} min={0} max={limit} value={used} className="sr-only">
          {amount}
        </meter>
        <div aria-hidden className="h-1.5 overflow-hidden rounded-row bg-hover">
          <div className={`h-full rounded-row ${FILLS[state]}`} style={{ width: `${share * 100}%` }} />
        </div>
        <p className="text-caption text-ink-soft">
          {reset === null
            ? words.fresh
            : reset === undefined
              ? note
              : words.resets(fromNowWords(reset * 1000, now, language), clockWords(reset * 1000, language))}
        </p>
      </div>
    </div>
  );
}
