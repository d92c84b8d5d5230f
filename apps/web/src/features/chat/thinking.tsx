import { ChevronRight } from 'lucide-react';

export type ThinkingProps = { text: string; milliseconds?: number; isRunning?: boolean };

const SECOND_MS = 1_000;

/** What the model reasoned before it answered, folded away. */
export function Thinking({ text, milliseconds, isRunning = false }: ThinkingProps) {
  if (text === '') return null;
  const seconds = milliseconds === undefined ? undefined : Math.max(1, Math.round(milliseconds / SECOND_MS));
  const done = seconds === undefined ? 'Thoughts' : `Thought for ${seconds} s`;
  return (
    <details className="group/thinking text-ui text-ink-soft">
      <summary className="inline-flex min-h-8 list-none items-center gap-1 rounded-row pe-2 transition-colors duration-150 hover:text-ink [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-4 transition-transform duration-150 group-open/thinking:rotate-90"
          strokeWidth={1.75}
        />
        {isRunning ? 'Thinking' : done}
      </summary>
      <p dir="auto" className="ms-2 border-s border-line ps-4 pt-1 wrap-anywhere whitespace-pre-wrap">
        {text}
      </p>
    </details>
  );
}
