import type { Conversation, Message } from '@cloudtolocalllm/sdk';
import type { Failure } from './failure.ts';
import { createStore, type Store } from './store.ts';

/** The thread of a conversation that does not exist yet. */
export const NEW_THREAD = 'new';

/** `key` stays the same when a message gets its id from the relay, so that its row stays too. */
export type ThreadMessage = Message & { key: string };

/** A generation that this page follows. */
export type Run = {
  /** Which message it writes. */
  answerKey: string;
  phase: 'sending' | 'waiting' | 'queued' | 'loading' | 'writing';
  messageId?: string;
  connection: 'live' | 'lost';
  stopping: boolean;
  /** What was said so far; apart from the thread, so that a token touches one row and nothing else. */
  text: Store<string>;
};

export type Thread = {
  phase: 'loading' | 'ready' | 'missing' | 'failed';
  conversation?: Conversation;
  messages: readonly ThreadMessage[];
  run?: Run;
  /** Why the last question has no answer; a failed answer carries its own reason. */
  failure?: Failure;
  /** For screen readers: what happened, never the tokens. */
  announcement: string;
};

export function emptyThread(phase: Thread['phase']): Thread {
  return { phase, messages: [], announcement: '' };
}

/** A run for an answer: one that is being asked for, or one the relay began before this page did. */
export function createRun(answer: ThreadMessage, messageId?: string): Run {
  const phase = messageId === undefined ? 'sending' : answer.content === '' ? 'waiting' : 'writing';
  return {
    answerKey: answer.key,
    phase,
    messageId,
    connection: 'live',
    stopping: false,
    text: createStore(answer.content),
  };
}

/** The relay's messages, with the keys of those that are already on the page. */
export function withKeys(messages: readonly Message[], shown: readonly ThreadMessage[]): ThreadMessage[] {
  const keys = new Map(shown.map(({ id, key }) => [id, key]));
  return messages.map((message) => ({ ...message, key: keys.get(message.id) ?? message.id }));
}

/** Folds a question that failed before a word was said and was then asked again: one of it is enough to look at. */
export function withoutRetried(messages: readonly ThreadMessage[]): ThreadMessage[] {
  return messages.filter((message, index) => {
    const question = message.role === 'user' ? index : index - 1;
    const asked = messages[question];
    const answer = messages[question + 1];
    const again = messages[question + 2];
    const failed = answer?.role === 'assistant' && answer.status === 'failed' && answer.content === '';
    return !(failed && asked?.role === 'user' && again?.role === 'user' && again.content === asked.content);
  });
}
