import { useEffect } from 'react';
import { conversationPath } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import type { Thread } from '../../lib/thread.ts';

/** How long a message that was looked for stands out. */
const MARK_MS = 2_000;

/** Shows the message that the address names, once its conversation is there; then the address is the conversation's. */
export function useFoundMessage(threadId: string, messageId: string | undefined, { phase }: Thread): void {
  const { chat, router } = useServices();
  useEffect(() => {
    if (messageId === undefined || phase !== 'ready') return undefined;
    chat.lookAt(threadId, messageId);
    // The branch it is in is on the page with the next frame.
    const frame = requestAnimationFrame(() => {
      const row = document.getElementById(messageId);
      row?.scrollIntoView({ block: 'center' });
      row?.classList.add('found');
      setTimeout(() => row?.classList.remove('found'), MARK_MS);
      router.navigate(conversationPath(threadId), { replace: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [chat, router, threadId, messageId, phase]);
}
