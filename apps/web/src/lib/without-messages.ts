import type { Thread } from './thread.ts';
import type { ThreadMap } from './threads.ts';
import { newestEnd } from './tree.ts';

/** A thread after messages were deleted: when the shown branch has lost its end, what is nearest to it is shown. */
export function withoutMessages({ messages, currentId }: Thread, ids: readonly string[]): Partial<Thread> {
  const gone = new Set(ids);
  const rest = messages.filter(({ id }) => !gone.has(id));
  if (currentId === undefined || !gone.has(currentId)) return { messages: rest };
  const first = messages.find(({ id, parentId }) => gone.has(id) && !gone.has(parentId ?? ''));
  const before = rest.find(({ id }) => id === first?.parentId);
  return { messages: rest, currentId: before && newestEnd(rest, before.id), failure: undefined };
}

/** The conversation that a message is in. */
export function threadWith(threads: ThreadMap, messageId: string): string | undefined {
  return Object.keys(threads).find((id) => threads[id]?.messages.some((message) => message.id === messageId));
}
