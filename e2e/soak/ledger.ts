import type { ToldAnswer } from './told-answer.ts';

/** What every question is: it names itself, so that it can be counted wherever it turns up. */
export const QUESTION = /^question [a-z]+ \d+ of user \d+$/;

/** A chat message that the relay acknowledged with `start`. */
export interface AcceptedChat {
  user: number;
  conversationId: string;
  messageId: string;
  question: string;
  listeners: ToldAnswer[];
}

/** A message that the relay acknowledged for a bridge's queue. */
export interface AcceptedQueued {
  user: number;
  bridgeId: string;
  messageId: string;
  question: string;
  listeners: ToldAnswer[];
}

/** What was promised to people during the soak, to be held against what is there afterwards. */
export class Ledger {
  readonly chats: AcceptedChat[] = [];
  readonly queued: AcceptedQueued[] = [];
  /** Questions of which nobody knows whether they were accepted: they may be there once, or not at all. */
  readonly unknown: string[] = [];
  /** How often each error code was the answer. */
  readonly refusals = new Map<string, number>();
  /** How often each HTTP status was. */
  readonly statuses = new Map<number, number>();
  /** What should not happen at all. */
  readonly problems: string[] = [];

  refused(code: string): void {
    count(this.refusals, code);
  }

  /** `fetch` that counts the answers. */
  readonly fetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    count(this.statuses, response.status);
    return response;
  };
}

export function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
