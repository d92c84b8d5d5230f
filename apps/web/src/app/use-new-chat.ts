import { useCallback } from 'react';
import { useServices } from '../lib/services.ts';
import { NEW_THREAD } from '../lib/thread.ts';

/**
 * Begins a new conversation: clears what an earlier attempt left in it, unless that is on its way. The words of one that
 * was refused stand in the composer.
 */
export function useNewChat(): () => void {
  const { chat, router } = useServices();
  return useCallback(() => {
    if (!chat.threads.get()[NEW_THREAD]?.runs.length) chat.forget(NEW_THREAD);
    router.navigate('/');
  }, [chat, router]);
}
