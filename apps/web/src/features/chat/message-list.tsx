import { useCallback, useEffect, useMemo, useRef, useState, type FocusEvent, type RefObject } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { prepareMessageText } from '../../components/message-text.tsx';
import { shownPath } from '../../lib/chat.ts';
import { isLocal, type Thread, type ThreadMessage } from '../../lib/thread.ts';
import { siblingIds } from '../../lib/tree.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { AnswerRow } from './answer-row.tsx';
import { FailureRow } from './failure-row.tsx';
import { QuestionRow } from './question-row.tsx';
import { AsleepRow } from './running-row.tsx';
import type { Asking } from './use-asking.ts';
import { useFoundMessage } from './use-found-message.ts';

/** Rows are there this far beyond what is seen, in pixels: a flick of the finger stays among them. */
const BUFFER_PX = 1_200;

export type MessageListProps = {
  threadId: string;
  thread: Thread;
  asking: Asking;
  scroller: RefObject<HTMLDivElement | null>;
  /** A message that was looked for. */
  foundId?: string;
};

/** The branch that is shown, from its first question to its newest answer; only the rows in view are on the page. */
export function MessageList({ threadId, thread, asking, scroller, foundId }: MessageListProps) {
  const texts = useTexts().messages;
  const { messages, currentId, runs, failure } = thread;
  const path = useMemo(() => shownPath({ messages, currentId }), [messages, currentId]);
  const siblings = useMemo(() => siblingIds(messages), [messages]);
  const list = useRef<VirtualizerHandle>(null);
  useFoundMessage(threadId, foundId, path, list);
  const [focused, setFocused] = useState<string>();
  const [edited, setEdited] = useState<readonly string[]>([]);
  const kept = useMemo(() => keptRows(path, [...edited, focused]), [path, edited, focused]);
  const onEditing = useCallback((id: string, isEditing: boolean): void => {
    setEdited((ids) => [...ids.filter((one) => one !== id), ...(isEditing ? [id] : [])]);
  }, []);
  const isBusy = runs.length > 0;
  useEffect(prepareMessageText, []);

  const onFocus = ({ target }: FocusEvent<HTMLElement>): void => {
    const id = target.closest('[data-message]')?.id;
    if (id !== focused) setFocused(id);
  };
  const row = (message: ThreadMessage, index: number) => {
    const place = { siblings: siblings(message), id: message.id, onShow: asking.showBranch };
    const run = runs.find(({ answerKey }) => answerKey === message.key);
    const isAsleep = run?.phase === 'queued' && asking.isAsleep && !run.stopping;
    return (
      // Virtua lets no press through while it scrolls, which it does as long as an answer is written.
      <div key={message.key} id={message.id} data-message className="pointer-events-auto scroll-mt-8 pb-4">
        {message.role === 'user' ? (
          <QuestionRow
            message={message}
            place={place}
            onEdit={isBusy || isLocal(message) ? undefined : asking.edit}
            onEditing={onEditing}
          />
        ) : isAsleep ? (
          <AsleepRow onCancel={asking.stop} />
        ) : (
          <AnswerRow
            message={message}
            run={run}
            place={place}
            isLast={index === path.length - 1}
            isBusy={isBusy}
            asking={asking}
          />
        )}
      </div>
    );
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it only notes where the focus is
    <div
      {...(path.length > 0 && { role: 'feed', 'aria-label': texts.list })}
      onFocus={onFocus}
      className="flex flex-col"
    >
      {/* Another conversation has rows of other heights; a new one keeps its rows when it gets its id. */}
      <Virtualizer
        key={path[0]?.key}
        ref={list}
        data={path}
        scrollRef={scroller}
        bufferSize={BUFFER_PX}
        keepMounted={kept}
      >
        {row}
      </Virtualizer>
      {failure && path.length > 0 && <FailureRow failure={failure} isAsleep={asking.isAsleep} onRetry={asking.retry} />}
    </div>
  );
}

/** The newest row, which may be growing, and those that are edited or have the focus stay wherever one scrolls. */
function keptRows(path: readonly ThreadMessage[], ids: readonly (string | undefined)[]): number[] {
  const last = path.length - 1;
  return [...path.keys()].filter((index) => index === last || ids.includes(path[index]?.id));
}
