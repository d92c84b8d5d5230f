import { ArrowRight, RefreshCw } from 'lucide-react';
import { memo, useState } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { MessageText } from '../../components/message-text.tsx';
import { failureFrom } from '../../lib/failure.ts';
import type { ThreadMessage } from '../../lib/thread.ts';
import { AnswerFacts, FactsButton } from './answer-facts.tsx';
import { BranchArrows, type BranchPlace } from './branch-arrows.tsx';
import { FailureRow } from './failure-row.tsx';
import { samePlace } from './question-row.tsx';
import { Thinking } from './thinking.tsx';
import type { Asking } from './use-asking.ts';

export type AnswerRowProps = {
  message: ThreadMessage;
  place: BranchPlace;
  isLast: boolean;
  /** Another answer of this conversation is being made; the relay makes one at a time. */
  isBusy: boolean;
  asking: Asking;
};

/** An answer that is not being written any more: whole, stopped, or failed. */
export const AnswerRow = memo(
  function AnswerRow({ message, place, isLast, isBusy, asking }: AnswerRowProps) {
    const { id, content, status, model, error, metadata } = message;
    const [isOpen, setOpen] = useState(false);
    const hasFailed = status === 'failed' || status === 'interrupted';
    const failure = hasFailed ? failureFrom(error?.code ?? 'interrupted', error?.message) : undefined;
    const canGoOn = isLast && !isBusy && status !== 'complete' && content !== '';
    const proceed = canGoOn ? () => asking.proceed(id) : undefined;
    const regenerate = isLast && !isBusy ? () => asking.regenerate(id) : undefined;
    return (
      <article aria-label={answerName(model)} className="group/answer flex flex-col gap-1">
        <Thinking text={message.thinking ?? ''} milliseconds={metadata?.thinkingMs} />
        <div className="flex flex-col gap-4 text-body">
          <MessageText text={content} />
        </div>
        {content === '' && status === 'stopped' && <p className="text-ink-soft">Stopped before the first word.</p>}
        <div
          className={`-ms-1.5 -mb-2 flex min-h-8 flex-wrap items-center gap-1.5 text-caption text-ink-soft transition-opacity duration-150 ${
            isLast || isOpen
              ? ''
              : 'lg:-mb-5 lg:opacity-0 lg:group-hover/answer:opacity-100 lg:group-has-focus-visible/answer:opacity-100'
          }`}
        >
          <BranchArrows place={place} what="answer" />
          {content !== '' && <CopyButton text={content} label="Copy the answer" />}
          {regenerate && !failure && (
            <IconButton icon={RefreshCw} label="Answer again" size="small" onClick={regenerate} />
          )}
          {proceed && !failure && (
            <button
              type="button"
              onClick={proceed}
              className="touch-target inline-flex h-8 items-center gap-1.5 rounded-row px-2 font-strong text-ink transition-colors duration-150 hover:bg-hover"
            >
              <ArrowRight aria-hidden className="size-4" strokeWidth={1.75} />
              Continue
            </button>
          )}
          {content !== '' && <FactsButton isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />}
          {content !== '' && (
            <span className="truncate ps-1.5">{[model, metadata?.bridgeName].filter(Boolean).join(' · ')}</span>
          )}
          {status === 'stopped' && content !== '' && <span className="shrink-0">· Stopped</span>}
        </div>
        {isOpen && <AnswerFacts message={message} />}
        {failure && (
          <div className="pt-2">
            <FailureRow failure={failure} isAsleep={asking.isAsleep} onRetry={regenerate} onContinue={proceed} />
          </div>
        )}
      </article>
    );
  },
  (before, after) =>
    before.message === after.message &&
    before.isLast === after.isLast &&
    before.isBusy === after.isBusy &&
    before.asking === after.asking &&
    samePlace(before, after),
);

export function answerName(model: string | undefined): string {
  return model === undefined ? 'Answer' : `Answer from ${model}`;
}
