import { LRUCache } from 'lru-cache';
import type { Generation } from './generation.ts';

/** Which generations there are: those that run or wait, and for a short time those that have ended. */
export class GenerationTable {
  /** By message. */
  readonly running = new Map<string, Generation>();
  /** Conversations with a generation that runs, waits or is about to. */
  readonly busy = new Set<string>();
  readonly #recent: LRUCache<string, Generation>;

  constructor({ recentMs, recentCharacters }: { recentMs: number; recentCharacters: number }) {
    this.#recent = new LRUCache({
      ttl: recentMs,
      maxSize: recentCharacters,
      sizeCalculation: ({ text, thinking, first, last }) => text.length + thinking.length + 8 * (last - first + 1),
    });
  }

  /** Those that are being made, without those that wait. */
  get runningCount(): number {
    let count = 0;
    for (const { status } of this.running.values()) if (status !== 'queued') count++;
    return count;
  }

  find(userId: string, conversationId: string, messageId: string): Generation | undefined {
    const generation = this.running.get(messageId) ?? this.#recent.get(messageId);
    return generation && isIn(generation, userId, conversationId) ? generation : undefined;
  }

  runningIn(userId: string, conversationId: string): Generation[] {
    if (!this.busy.has(conversationId)) return [];
    return [...this.running.values()].filter((generation) => isIn(generation, userId, conversationId));
  }

  /** Those of one person that run or wait now. */
  ofUser(userId: string): Generation[] {
    return [...this.running.values()].filter(({ key }) => key.userId === userId);
  }

  /** Listeners who come back soon find it. */
  ended(generation: Generation): void {
    this.#recent.set(generation.key.messageId, generation);
  }

  /** Those of this conversation that have ended. */
  forget(userId: string, conversationId: string): void {
    for (const [messageId, generation] of this.#recent.entries()) {
      if (isIn(generation, userId, conversationId)) this.#recent.delete(messageId);
    }
  }

  /** Those of this person that have ended. */
  forgetUser(userId: string): void {
    for (const [messageId, { key }] of this.#recent.entries()) {
      if (key.userId === userId) this.#recent.delete(messageId);
    }
  }
}

function isIn({ key }: Generation, userId: string, conversationId: string): boolean {
  return key.userId === userId && key.conversationId === conversationId;
}
