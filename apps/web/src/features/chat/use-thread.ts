import { useEffect } from 'react';
import { useServices } from '../../lib/services.ts';
import { emptyThread, type Thread } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';

const EMPTY = emptyThread('ready');
const LOADING = emptyThread('loading');

/** A thread, opened when it is first looked at. */
export function useThread(threadId: string, isNew: boolean): Thread {
  const { chat } = useServices();
  useEffect(() => {
    if (!isNew) void chat.open(threadId);
  }, [chat, threadId, isNew]);
  return useStore(chat.threads, (threads) => threads[threadId]) ?? (isNew ? EMPTY : LOADING);
}
