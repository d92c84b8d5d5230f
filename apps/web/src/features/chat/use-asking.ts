import { useMemo } from 'react';
import { shownPath, type Wanted } from '../../lib/chat.ts';
import { isAsleep } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { emptyThread, isLocal, type ThreadMessage } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';

export type AskingOptions = {
  threadId: string;
  model: string | undefined;
  /** Something was asked: its answer should be in view. */
  onAsked: () => void;
};

export type Asking = {
  /** The computer is away: what is asked now is answered when it is back. */
  isAsleep: boolean;
  send: (content: string) => void;
  /** Asks an earlier question in other words, beside it. */
  edit: (question: ThreadMessage, content: string) => void;
  regenerate: (answerId: string) => void;
  proceed: (answerId: string) => void;
  retry: () => void;
  showBranch: (messageId: string) => void;
  stop: () => void;
};

const NOTHING = emptyThread('ready');

/** All that a person can ask in a thread. */
export function useAsking({ threadId, model, onAsked }: AskingOptions): Asking {
  const { chat, computers, drafts, attachments } = useServices();
  const asleep = useStore(computers, ({ list }) => isAsleep(list, model));
  return useMemo(() => {
    const withModel = (act: (wanted: Wanted) => void): void => {
      if (model !== undefined) act({ model, ifOffline: asleep ? 'wait' : undefined });
    };
    return {
      isAsleep: asleep,
      send: (content) =>
        withModel((wanted) => {
          drafts.write(threadId, '');
          void chat.send(threadId, { ...wanted, content, attachments: attachments.take(threadId) });
          onAsked();
        }),
      edit: ({ parentId, attachments: files }, content) =>
        withModel((wanted) => {
          void chat.send(threadId, { ...wanted, content, parentId, attachments: files });
          onAsked();
        }),
      regenerate: (answerId) =>
        withModel((wanted) => {
          chat.regenerate(threadId, answerId, wanted);
          onAsked();
        }),
      proceed: (answerId) =>
        withModel((wanted) => {
          chat.proceed(threadId, answerId, wanted);
          onAsked();
        }),
      retry: () =>
        withModel((wanted) => {
          const last = shownPath(chat.threads.get()[threadId] ?? NOTHING).at(-1);
          if (last !== undefined && isLocal(last)) {
            drafts.takeBack(threadId, last.content);
            attachments.takeBack(threadId, last.attachments ?? []);
          }
          void chat.retry(threadId, wanted);
          onAsked();
        }),
      showBranch: (messageId) => void chat.showBranch(threadId, messageId),
      stop: () => void chat.stop(threadId),
    };
  }, [asleep, model, threadId, onAsked, chat, drafts, attachments]);
}
