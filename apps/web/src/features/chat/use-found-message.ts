import { useEffect, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { conversationPath } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import type { ThreadMessage } from '../../lib/thread.ts';

/** How long a message that was looked for stands out. */
const MARK_MS = 2_000;
/** Frames until its row is there: rows in between are measured on the way. */
const MAX_FRAMES = 30;

/** Shows the message that the address names; then the address is the conversation's. */
export function useFoundMessage(
  threadId: string,
  messageId: string | undefined,
  path: readonly ThreadMessage[],
  list: RefObject<VirtualizerHandle | null>,
): void {
  const { chat, router } = useServices();
  useEffect(() => {
    if (messageId === undefined) return undefined;
    const index = path.findIndex(({ id }) => id === messageId);
    if (index === -1) {
      // It is on another branch: then the path changes, and this runs again.
      chat.lookAt(threadId, messageId);
      return undefined;
    }
    let frames = 0;
    let frame = 0;
    const look = (): void => {
      list.current?.scrollToIndex(index, { align: 'center' });
      const row = document.getElementById(messageId);
      frames += 1;
      if (row === null && frames < MAX_FRAMES) {
        frame = requestAnimationFrame(look);
        return;
      }
      row?.classList.add('found');
      setTimeout(() => row?.classList.remove('found'), MARK_MS);
      router.navigate(conversationPath(threadId), { replace: true });
    };
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [chat, router, threadId, messageId, path, list]);
}
