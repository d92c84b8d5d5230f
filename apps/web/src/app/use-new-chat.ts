import { useServices } from '../lib/services.ts';
import { NEW_THREAD } from '../lib/thread.ts';

/** Clears what an earlier attempt left in the new conversation, unless it is on its way. */
export function useNewChat(): () => void {
  const { chat } = useServices();
  return () => {
    if (!chat.threads.get()[NEW_THREAD]?.runs.length) chat.forget(NEW_THREAD);
  };
}
