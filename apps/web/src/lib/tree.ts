import type { Message } from '@cloudtolocalllm/sdk';

type Node = Pick<Message, 'id' | 'parentId' | 'role'>;

/** From the first message to the one that is shown last; without one that is known, to the newest there is. */
export function pathTo<T extends Node>(messages: readonly T[], currentId: string | undefined): T[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  let message = (currentId === undefined ? undefined : byId.get(currentId)) ?? messages.at(-1);
  const path: T[] = [];
  // As many steps as there are messages: a wrong parent must not lead in circles.
  while (message !== undefined && path.length < messages.length) {
    path.push(message);
    message = message.parentId === null ? undefined : byId.get(message.parentId);
  }
  return path.toReversed();
}

/** The message and what stands beside it, the oldest first. */
export function siblingsOf<T extends Node>(messages: readonly T[], message: Node): T[] {
  return messages.filter(({ parentId, role }) => parentId === message.parentId && role === message.role);
}

/** Of every message, the ids of what stands beside it, the oldest first, with commas between them. */
export function siblingIds(messages: readonly Node[]): (message: Node) => string {
  const place = ({ parentId, role }: Node): string => `${role} ${parentId ?? ''}`;
  const ids = new Map<string, string>();
  for (const message of messages) {
    const before = ids.get(place(message));
    ids.set(place(message), before === undefined ? message.id : `${before},${message.id}`);
  }
  return (message) => ids.get(place(message)) ?? message.id;
}

/** The end of the branch that a message is in: its newest child's newest child, and so on. */
export function newestEnd(messages: readonly Node[], id: string): string {
  let end = id;
  for (let step = 0; step < messages.length; step++) {
    const child = messages.findLast(({ parentId }) => parentId === end);
    if (child === undefined) break;
    end = child.id;
  }
  return end;
}

/** The messages with one that has been given its id by the relay; what follows it keeps following it. */
export function withId<T extends Node>(messages: readonly T[], from: string, to: string): T[] {
  return messages.map((message) => ({
    ...message,
    id: message.id === from ? to : message.id,
    parentId: message.parentId === from ? to : message.parentId,
  }));
}
