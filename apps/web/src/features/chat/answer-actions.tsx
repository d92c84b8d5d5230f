import { ArrowRight, RefreshCw } from 'lucide-react';
import { CopyButton } from '../../components/copy-button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import type { ThreadMessage } from '../../lib/thread.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { FactsButton } from './answer-facts.tsx';
import { BranchArrows, type BranchPlace } from './branch-arrows.tsx';
import { DeleteMessage } from './delete-message.tsx';
import { ReadAloudButton } from './read-aloud-button.tsx';

export type AnswerActionsProps = {
  message: ThreadMessage;
  place: BranchPlace;
  isLast: boolean;
  /** Nothing can be deleted meanwhile. */
  isBusy: boolean;
  /** How it was made is shown. */
  isOpen: boolean;
  onToggle: () => void;
  onRegenerate?: () => void;
  onProceed?: () => void;
};

/** What can be done with an answer; of earlier ones, when the pointer or the focus is there. */
export function AnswerActions(props: AnswerActionsProps) {
  const { message, place, isLast, isBusy, isOpen, onToggle, onRegenerate, onProceed } = props;
  const { content, status, model, metadata } = message;
  const texts = useTexts().messages;
  const isShown = isLast || isOpen;
  return (
    <div
      className={`-ms-1.5 -mb-2 flex min-h-8 flex-wrap items-center gap-1.5 text-caption text-ink-soft transition-opacity duration-150 ${
        isShown
          ? ''
          : 'lg:-mb-5 lg:opacity-0 lg:group-hover/answer:opacity-100 lg:group-has-focus-visible/answer:opacity-100'
      }`}
    >
      <BranchArrows place={place} what="answer" />
      {content !== '' && <CopyButton text={content} label={texts.copyAnswer} />}
      {content !== '' && <ReadAloudButton text={content} />}
      {onRegenerate && <IconButton icon={RefreshCw} label={texts.answerAgain} size="small" onClick={onRegenerate} />}
      {onProceed && (
        <button
          type="button"
          onClick={onProceed}
          className="touch-target inline-flex h-8 items-center gap-1.5 rounded-row px-2 font-strong text-ink transition-colors duration-150 hover:bg-hover"
        >
          <ArrowRight aria-hidden className="size-4" strokeWidth={1.75} />
          {texts.proceed}
        </button>
      )}
      {content !== '' && <FactsButton isOpen={isOpen} onToggle={onToggle} />}
      {!isBusy && <DeleteMessage message={message} />}
      {content !== '' && (
        <span className="truncate ps-1.5">{[model, metadata?.bridgeName].filter(Boolean).join(' · ')}</span>
      )}
      {status === 'stopped' && content !== '' && <span className="shrink-0">· {texts.stopped}</span>}
    </div>
  );
}
