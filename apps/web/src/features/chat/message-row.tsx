import { memo } from 'react';
import { RotateCcw, TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { MessageText } from '../../components/message-text.tsx';
import { Notice } from '../../components/notice.tsx';
import { failureFrom, type Failure } from '../../lib/failure.ts';
import type { ThreadMessage } from '../../lib/thread.ts';

/** The person's own words. */
export const QuestionRow = memo(function QuestionRow({ message }: { message: ThreadMessage }) {
  return (
    <article aria-label="You" className="flex justify-end pt-2">
      <div className="flex max-w-[85%] flex-col gap-3 rounded-large rounded-ee-row bg-bubble px-4 py-2.5 text-body">
        <MessageText text={message.content} />
      </div>
    </article>
  );
});

export type AnswerRowProps = { message: ThreadMessage; isLast: boolean; onRetry: () => void };

/** An answer that is not being written any more: whole, stopped, or failed. */
export const AnswerRow = memo(function AnswerRow({ message, isLast, onRetry }: AnswerRowProps) {
  const { content, status, model, error } = message;
  const hasFailed = status === 'failed' || status === 'interrupted';
  const failure = hasFailed ? failureFrom(error?.code ?? 'interrupted', error?.message) : undefined;
  return (
    <article aria-label={answerName(model)} className="group/answer flex flex-col gap-1">
      <div className="flex flex-col gap-4 text-body">
        <MessageText text={content} />
      </div>
      {content !== '' && (
        <div
          className={`-ms-1.5 -mb-2 flex h-8 items-center gap-1.5 text-caption text-ink-soft transition-opacity duration-150 ${
            isLast
              ? ''
              : 'lg:-mb-5 lg:opacity-0 lg:group-hover/answer:opacity-100 lg:group-has-focus-visible/answer:opacity-100'
          }`}
        >
          <CopyButton text={content} label="Copy the answer" />
          <span className="truncate">{model}</span>
          {status === 'stopped' && <span className="shrink-0">· Stopped</span>}
        </div>
      )}
      {content === '' && status === 'stopped' && <p className="text-ink-soft">Stopped before the first word.</p>}
      {failure && <FailureRow failure={failure} onRetry={isLast ? onRetry : undefined} />}
    </article>
  );
});

/** What went wrong, and the way to try again while that makes sense. */
export function FailureRow({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  return (
    <Notice icon={TriangleAlert} tone="bad" title={failure.title}>
      {failure.detail && failure.detail !== failure.title && (
        <p className="wrap-anywhere text-ink-soft">{failure.detail}</p>
      )}
      {onRetry && (
        <div>
          <Button onClick={onRetry}>
            <RotateCcw aria-hidden className="size-4" />
            Try again
          </Button>
        </div>
      )}
    </Notice>
  );
}

export function answerName(model: string | undefined): string {
  return model === undefined ? 'Answer' : `Answer from ${model}`;
}
