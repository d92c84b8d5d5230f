import { RUNNING_STATUSES, type Conversation, type Message } from '@cloudtolocalllm/sdk';
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
  phase: 'sending' | 'waiting' | 'queued' | 'loading' | 'thinking' | 'writing';
  messageId?: string;
  connection: 'live' | 'lost';
  stopping: boolean;
  /** What was said so far; apart from the thread, so that a token touches one row and nothing else. */
  text: Store<string>;
  /** What the model reasoned so far. */
  thinking: Store<string>;
};

export type Thread = {
  phase: 'loading' | 'ready' | 'missing' | 'failed';
  conversation?: Conversation;
  /** Every message of every branch, the oldest first. */
  messages: readonly ThreadMessage[];
  /** The last message of the branch that is shown. */
  currentId?: string;
  runs: readonly Run[];
  /** Why the last question has no answer; a failed answer carries its own reason. */
  failure?: Failure;
  /** It is a copy that this browser kept then: the relay can't be reached. */
  savedAt?: number;
  /** For screen readers: what happened, never the tokens. */
  announcement: string;
};

export function emptyThread(phase: Thread['phase']): Thread {
  return { phase, messages: [], runs: [], announcement: '' };
}

/** A message that this page made and the relay has not named yet. */
export function isLocal({ id }: Pick<Message, 'id'>): boolean {
  return id.startsWith('local-');
}

/** Whether a message is still being made. */
export function isRunning({ status }: Pick<Message, 'status'>): boolean {
  return (RUNNING_STATUSES as readonly string[]).includes(status); // as: any status may be looked for
}

/** A run for an answer: one that is being asked for, or one the relay began before this page did. */
export function createRun(answer: ThreadMessage, messageId?: string): Run {
  return {
    answerKey: answer.key,
    phase: messageId === undefined ? 'sending' : phaseOf(answer),
    messageId,
    connection: 'live',
    stopping: false,
    text: createStore(answer.content),
    thinking: createStore(answer.thinking ?? ''),
  };
}

function phaseOf({ status, content, thinking = '' }: Message): Run['phase'] {
  if (status === 'queued') return 'queued';
  if (content !== '') return 'writing';
  return thinking === '' ? 'waiting' : 'thinking';
}

/** The relay's messages, with the keys of those that are already on the page. */
export function withKeys(messages: readonly Message[], shown: readonly ThreadMessage[]): ThreadMessage[] {
  const keys = new Map(shown.map(({ id, key }) => [id, key]));
  return messages.map((message) => ({ ...message, key: keys.get(message.id) ?? message.id }));
}
