import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { MessageText } from '../../components/message-text.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { useTexts } from '../../lib/use-texts.ts';
import { useSeconds } from './use-seconds.ts';

export type ThinkingProps = { text: string; milliseconds?: number; isRunning?: boolean };

const SECOND_MS = 1_000;

/** What the model reasoned before it answered, folded away, with how long that took. */
export function Thinking({ text, milliseconds, isRunning = false }: ThinkingProps) {
  const texts = useTexts().messages;
  const counted = useSeconds(isRunning && text !== '' ? 'thinking' : undefined);
  const [isOpen, setOpen] = useState(false);
  if (text === '') return null;
  const seconds = milliseconds === undefined ? counted : Math.max(1, Math.round(milliseconds / SECOND_MS));
  const words = isRunning ? [texts.thinking, texts.thinkingFor(seconds)] : [texts.thoughts, texts.thoughtFor(seconds)];
  return (
    <details
      className="group/thinking text-ui text-ink-soft open:mb-2"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="inline-flex min-h-8 list-none items-center gap-1 rounded-row pe-2 tabular-nums transition-colors duration-150 hover:text-ink [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-4 transition-transform duration-150 group-open/thinking:rotate-90"
          strokeWidth={1.75}
        />
        {seconds === 0 ? words[0] : words[1]}
        {isRunning && (
          <span className="ms-2">
            <WaitingDots />
          </span>
        )}
      </summary>
      {/* Long thoughts cost nothing while nobody looks at them. */}
      {isOpen && (
        <div className="ms-2 flex flex-col gap-3 border-s border-line ps-4 pt-1">
          <MessageText text={text} isGrowing={isRunning} />
        </div>
      )}
    </details>
  );
}
