import { Check } from 'lucide-react';
import type { ReactNode } from 'react';

export type GuideStepProps = {
  number: number;
  title: string;
  /** Nothing is left to do here: only its title stays. */
  isDone?: boolean;
  isLast?: boolean;
  children: ReactNode;
};

/** One step: its number on a line that leads to the next one. */
export function GuideStep({ number, title, isDone = false, isLast = false, children }: GuideStepProps) {
  return (
    <li className="grid grid-cols-[2rem_minmax(0,1fr)] gap-x-4">
      <div className="flex flex-col items-center">
        <span
          aria-hidden
          className={`flex size-8 shrink-0 items-center justify-center rounded-full font-strong tabular-nums ${isDone ? 'bg-ink text-canvas' : 'border border-line-strong bg-surface'}`}
        >
          {isDone ? <Check className="size-4" strokeWidth={2.5} /> : number}
        </span>
        {!isLast && <span aria-hidden className="w-px flex-1 bg-line" />}
      </div>
      <section
        aria-label={title}
        className={`flex min-w-0 flex-col gap-3 pt-0.5 ${isLast ? '' : isDone ? 'pb-6' : 'pb-10'}`}
      >
        <h2 className="text-title font-strong">{title}</h2>
        {!isDone && children}
      </section>
    </li>
  );
}
