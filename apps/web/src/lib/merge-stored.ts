import type { Conversation, Message } from '@cloudtolocalllm/sdk';
import { isLocal, withKeys, type Thread, type ThreadMessage } from './thread.ts';
import { newestEnd } from './tree.ts';

/** What the relay has, as the thread shows it. What it never took stays, until it turns out that it did. */
export function mergeStored(thread: Thread, conversation: Conversation, stored: readonly Message[]): Partial<Thread> {
  const known = new Set(thread.messages.map(({ id }) => id));
  const isNew = ({ id, role }: Message): boolean => role === 'user' && !known.has(id);
  const lost = new Map<string, Message>();
  const locals = thread.messages.filter((message) => {
    if (!isLocal(message)) return false;
    const taken = stored.find((other) => isNew(other) && other.content === message.content);
    if (taken !== undefined) lost.set(message.id, taken);
    return taken === undefined;
  });
  const shown = thread.messages.map((message) => ({ ...message, id: lost.get(message.id)?.id ?? message.id }));
  const messages: ThreadMessage[] = [...withKeys(stored, shown), ...locals];

  const followed = lost.get(thread.currentId ?? '');
  const isThere = messages.some(({ id }) => id === thread.currentId);
  const moved = thread.conversation?.currentMessageId !== conversation.currentMessageId;
  const isElsewhere = thread.currentId !== thread.conversation?.currentMessageId;
  const currentId =
    followed !== undefined
      ? newestEnd(stored, followed.id)
      : isThere && (isElsewhere || !moved)
        ? thread.currentId
        : conversation.currentMessageId;
  return {
    phase: 'ready',
    savedAt: undefined,
    conversation,
    messages,
    currentId,
    failure: locals.length > 0 ? thread.failure : undefined,
  };
}
