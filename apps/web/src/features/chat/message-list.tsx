import { useMemo } from 'react';
import { shownPath } from '../../lib/chat.ts';
import { isLocal, type Thread } from '../../lib/thread.ts';
import { siblingsOf } from '../../lib/tree.ts';
import { AnswerRow } from './answer-row.tsx';
import { FailureRow } from './failure-row.tsx';
import { QuestionRow } from './question-row.tsx';
import { RunningRow } from './running-row.tsx';
import type { Asking } from './use-asking.ts';

export type MessageListProps = { thread: Thread; asking: Asking };

/** The branch that is shown, from its first question to its newest answer. */
export function MessageList({ thread, asking }: MessageListProps) {
  const { messages, currentId, runs, failure } = thread;
  const path = useMemo(() => shownPath({ messages, currentId }), [messages, currentId]);
  const isBusy = runs.length > 0;
  return (
    <div className="flex flex-col gap-4">
      {path.map((message, index) => {
        const siblings = siblingsOf(messages, message).map(({ id }) => id);
        const place = { siblings: siblings.join(), id: message.id, onShow: asking.showBranch };
        const isLast = index === path.length - 1;
        const run = runs.find(({ answerKey }) => answerKey === message.key);
        return (
          <div key={message.key} id={message.id} className="scroll-mt-8">
            {message.role === 'user' ? (
              <QuestionRow
                message={message}
                place={place}
                onEdit={isBusy || isLocal(message) ? undefined : asking.edit}
              />
            ) : run === undefined ? (
              <AnswerRow message={message} place={place} isLast={isLast} isBusy={isBusy} asking={asking} />
            ) : (
              <RunningRow run={run} model={message.model} isAsleep={asking.isAsleep} onCancel={asking.stop} />
            )}
          </div>
        );
      })}
      {failure && path.length > 0 && <FailureRow failure={failure} isAsleep={asking.isAsleep} onRetry={asking.retry} />}
    </div>
  );
}
