import { useEffect } from 'react';
import { useServices } from '../../lib/services.ts';
import { emptyThread, type Thread } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';
import { whileSeen } from '../../lib/while-seen.ts';

const EMPTY = emptyThread('ready');
const LOADING = emptyThread('loading');

/** A thread, opened when it is first looked at and when the page is seen again, and listened to while it is. */
export function useThread(threadId: string, isNew: boolean): Thread {
  const { chat, live } = useServices();
  const thread = useStore(chat.threads, (threads) => threads[threadId]) ?? (isNew ? EMPTY : LOADING);
  useEffect(() => {
    if (isNew) return undefined;
    return whileSeen(() => {
      void chat.open(threadId);
      return live.watchChat(threadId);
    });
  }, [chat, live, threadId, isNew]);
  return thread;
}
