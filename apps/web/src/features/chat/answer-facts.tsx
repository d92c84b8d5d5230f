import { Info } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { answerFacts } from '../../lib/answer-facts.ts';
import type { ThreadMessage } from '../../lib/thread.ts';
import { useTexts } from '../../lib/use-texts.ts';

export function FactsButton({ isOpen, onToggle }: { isOpen: boolean; onToggle: () => void }) {
  const { howMade } = useTexts().messages;
  return (
    <IconButton
      icon={Info}
      label={howMade}
      size="small"
      aria-expanded={isOpen}
      onClick={onToggle}
      className={isOpen ? 'bg-hover' : ''}
    />
  );
}

/** How an answer was made, for those who want to know. */
export function AnswerFacts({ message }: { message: ThreadMessage }) {
  const texts = useTexts();
  return (
    <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 rounded-card bg-sunken px-4 py-3 text-caption">
      {answerFacts(message, texts).map(({ name, value }) => (
        <div key={name} className="contents">
          <dt className="text-ink-soft">{name}</dt>
          <dd className="min-w-0 wrap-anywhere tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
