import { memo, useState } from 'react';
import { MessageText } from '../../components/message-text.tsx';
import { failureFrom } from '../../lib/failure.ts';
import { createStore } from '../../lib/store.ts';
import type { Run, ThreadMessage } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import type { Texts } from '../../texts/texts.ts';
import { AnswerActions } from './answer-actions.tsx';
import { AnswerFacts } from './answer-facts.tsx';
import type { BranchPlace } from './branch-arrows.tsx';
import { FailureRow } from './failure-row.tsx';
import { samePlace } from './question-row.tsx';
import { RunningState } from './running-row.tsx';
import { Thinking } from './thinking.tsx';
import type { Asking } from './use-asking.ts';

export type AnswerRowProps = {
  message: ThreadMessage;
  /** It is being written: its text is the run's. */
  run?: Run;
  place: BranchPlace;
  isLast: boolean;
  /** Another answer of this conversation is being made; the relay makes one at a time. */
  isBusy: boolean;
  asking: Asking;
};

const NO_TEXT = createStore<string | undefined>(undefined);

/**
 * An answer: being written, whole, stopped, or failed. One row from its first word on, so that nothing is drawn anew
 * when it ends; while it is written it is the only one that changes.
 */
export const AnswerRow = memo(
  function AnswerRow({ message, run, place, isLast, isBusy, asking }: AnswerRowProps) {
    const texts = useTexts().messages;
    const { id, status, model, error, metadata } = message;
    const content = useStore<string | undefined>(run?.text ?? NO_TEXT) ?? message.content;
    const thinking = useStore<string | undefined>(run?.thinking ?? NO_TEXT) ?? message.thinking ?? '';
    const [isOpen, setOpen] = useState(false);
    const isRunning = run !== undefined;
    const hasFailed = !isRunning && (status === 'failed' || status === 'interrupted');
    const failure = hasFailed ? failureFrom(error?.code ?? 'interrupted', error?.message) : undefined;
    const canGoOn = isLast && !isBusy && status !== 'complete' && content !== '';
    const proceed = canGoOn ? () => asking.proceed(id) : undefined;
    const regenerate = isLast && !isBusy ? () => asking.regenerate(id) : undefined;
    const isThinking = run !== undefined && run.phase === 'thinking' && run.connection === 'live' && !run.stopping;
    const isWriting = content !== '' && run?.connection === 'live' && run.phase === 'writing';
    return (
      <article aria-label={answerName(model, texts)} aria-busy={isRunning} className="group/answer flex flex-col gap-1">
        <Thinking text={thinking} milliseconds={metadata?.thinkingMs} isRunning={isThinking} />
        <div
          className={`flex flex-col gap-4 text-body [overflow-clip-margin:0.5rem] [overflow:clip] ${isRunning ? 'writing-caret' : ''}`}
        >
          <MessageText text={content} isGrowing={isRunning} />
        </div>
        {isRunning ? (
          <RunningState run={run} model={model} isSilent={!isWriting && !isThinking} />
        ) : (
          <>
            {content === '' && status === 'stopped' && <p className="text-ink-soft">{texts.stoppedEarly}</p>}
            <AnswerActions
              message={message}
              place={place}
              isLast={isLast}
              isBusy={isBusy}
              isOpen={isOpen}
              onToggle={() => setOpen(!isOpen)}
              onRegenerate={failure ? undefined : regenerate}
              onProceed={failure ? undefined : proceed}
            />
          </>
        )}
        {isOpen && !isRunning && <AnswerFacts message={message} />}
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
    before.run === after.run &&
    before.isLast === after.isLast &&
    before.isBusy === after.isBusy &&
    before.asking === after.asking &&
    samePlace(before, after),
);

function answerName(model: string | undefined, texts: Texts['messages']): string {
  return model === undefined ? texts.answer : texts.answerFrom(model);
}
