import { type ChatEvent, type Conversation, type Message } from '@cloudtolocalllm/sdk';
import { createChat, shownPath, currentRun, type ChatCalls } from './chat.ts';
import { emptyThread } from './thread.ts';
import { en } from '../texts/en.ts';

export const CONVERSATION: Conversation = {
  id: 'conv-1',
  title: 'Hello',
  created: '2026-01-01T10:00:00.000Z',
  updated: '2026-01-01T10:00:00.000Z',
  messageCount: 0,
  model: 'llama3.2',
  pinned: false,
  archived: false,
  autoTitle: true,
};
export const QUESTION: Message = {
  id: 'msg-1',
  role: 'user',
  content: 'Hello',
  status: 'complete',
  created: CONVERSATION.created,
  parentId: null,
};
export const ANSWER: Message = {
  ...QUESTION,
  id: 'msg-2',
  role: 'assistant',
  content: '',
  status: 'streaming',
  parentId: 'msg-1',
};
export const START: ChatEvent = { type: 'start', messageId: 'msg-2', userMessageId: 'msg-1', seq: 1 };
export const chunk = (content: string, seq: number): ChatEvent => ({ type: 'chunk', content, seq });
export const COMPLETE = { type: 'complete', messageId: 'msg-2', totalTokens: 2, seq: 9 } satisfies ChatEvent;
/** What these tests ask with. */
export const HELLO = { content: 'Hello', model: 'llama3.2' };

/** A generation whose events the test hands out; an error cuts it. */
function script() {
  const entries: (ChatEvent | Error)[] = [];
  let wake: (() => void) | undefined;
  return {
    push(...more: (ChatEvent | Error)[]): Promise<void> {
      entries.push(...more);
      wake?.();
      return settled();
    },
    async *events(): AsyncGenerator<ChatEvent> {
      for (;;) {
        const entry = entries.shift();
        if (entry === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if (entry instanceof Error) throw entry;
        else {
          yield entry;
          if (entry.type === 'complete' || entry.type === 'error') return;
        }
      }
    },
  };
}

export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A chat with a relay that answers as the test says. */
export function setUp(stored: Message[] = [], currentMessageId?: string) {
  const answer = script();
  const relay = {
    stored,
    conversation: { ...CONVERSATION, currentMessageId },
    stopped: [] as string[],
    /** What was asked for, as the relay is told it. */
    asked: [] as unknown[],
    after: [] as (number | undefined)[],
  };
  const ask = (name: string) => {
    return (_: string, what: string, { onConnection: _ignored, ...wanted }: { onConnection?: unknown } = {}) => {
      relay.asked.push([name, what, wanted]);
      return answer.events();
    };
  };
  const calls: ChatCalls = {
    conversations: {
      create: async ({ title = '', model }) => ({ ...CONVERSATION, title, model }),
      get: async () => relay.conversation,
      update: async (_, { options: _options, ...part }) => (relay.conversation = { ...relay.conversation, ...part }),
    },
    messages: {
      list: async () => relay.stored,
      send: ask('send'),
      regenerate: ask('regenerate'),
      continue: ask('continue'),
      events: (_, __, options) => {
        relay.after.push(options?.after);
        return answer.events();
      },
      delete: async (_, messageId) => {
        relay.stored = relay.stored.filter(({ id }) => id !== messageId);
        return [messageId];
      },
      stop: async (_, messageId) => {
        relay.stopped.push(messageId);
        return { ...ANSWER, status: 'stopped' };
      },
    },
  };
  const chat = createChat({
    calls,
    schedule: (change) => change(),
    pause: settled,
    onConversation: () => {},
    texts: { get: () => en },
  });
  const thread = (id = 'conv-1') => chat.threads.get()[id] ?? emptyThread('ready');
  return {
    chat,
    answer,
    relay,
    calls,
    thread,
    run: () => currentRun(thread()),
    /** The branch that is shown. */
    said: () => shownPath(thread()).map(({ id, content, status }) => [id, content, status]),
  };
}
