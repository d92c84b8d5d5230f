import { useMemo } from 'react';
import { withoutRetried, type Thread } from '../../lib/thread.ts';
import { AnswerRow, FailureRow, QuestionRow } from './message-row.tsx';
import { RunningRow } from './running-row.tsx';

export type MessageListProps = { thread: Thread; onRetry: () => void };

export function MessageList({ thread, onRetry }: MessageListProps) {
  const messages = useMemo(() => withoutRetried(thread.messages), [thread.messages]);
  return (
    <div className="flex flex-col gap-4">
      {messages.map((message, index) => {
        if (message.role === 'user') return <QuestionRow key={message.key} message={message} />;
        if (thread.run?.answerKey === message.key) {
          return <RunningRow key={message.key} run={thread.run} model={message.model} />;
        }
        const isLast = index === messages.length - 1;
        return <AnswerRow key={message.key} message={message} isLast={isLast} onRetry={onRetry} />;
      })}
      {thread.failure && messages.length > 0 && <FailureRow failure={thread.failure} onRetry={onRetry} />}
    </div>
  );
}
