import type { AnswerOptions, Attachment, Client, Conversation, Message, RealtimeEvent } from '@cloudtolocalllm/sdk';
import { createChatSetup, type ConversationSetup } from './chat-setup.ts';
import { describeFailure, failureFrom, inWords } from './failure.ts';
import { createFollower, type FollowCalls, type FollowerOptions } from './follower.ts';
import {
  createRun,
  emptyThread,
  isLocal,
  NEW_THREAD,
  withKeys,
  type Run,
  type Thread,
  type ThreadMessage,
} from './thread.ts';
import { createThreads } from './threads.ts';
import { newestEnd, pathTo } from './tree.ts';
import { withoutMessages } from './without-messages.ts';

export type ChatCalls = {
  conversations: Pick<Client['conversations'], 'create' | 'get' | 'update'>;
  messages: FollowCalls['messages'] & Pick<Client['messages'], 'send' | 'regenerate' | 'continue' | 'delete'>;
};

export type ChatOptions = Pick<FollowerOptions, 'schedule' | 'pause' | 'onConversation' | 'onRefused' | 'texts'> & {
  calls: ChatCalls;
  /** How new conversations are set up, unless one is set up in another way before it begins. */
  defaults?: () => ConversationSetup;
  now?: () => number;
  /** The new thread is this conversation's from now on. */
  onBegun?: (id: string) => void;
};

/** How an answer is wanted. */
export type Wanted = { model: string; ifOffline?: AnswerOptions['ifOffline'] };

export type Question = Wanted & {
  content: string;
  attachments?: readonly Attachment[];
  /** What it follows; absent: what is shown last. With the parent of an earlier question a branch begins. */
  parentId?: string | null;
};

export type Chat = ReturnType<typeof createChat>;

/** The branch of a thread that is shown. */
export function shownPath({ messages, currentId }: Pick<Thread, 'messages' | 'currentId'>): ThreadMessage[] {
  return pathTo(messages, currentId);
}

/** What was answered last on the branch that is shown. */
export function lastAnswer(thread: Pick<Thread, 'messages' | 'currentId'>): string | undefined {
  return shownPath(thread).findLast(({ role, content }) => role === 'assistant' && content !== '')?.content;
}

/** The answer that is being made: on the branch that is shown, or on another. The relay makes one at a time. */
export function currentRun(thread: Thread): Run | undefined {
  if (thread.runs.length < 2) return thread.runs[0];
  const keys = new Set(shownPath(thread).map(({ key }) => key));
  return thread.runs.find(({ answerKey }) => keys.has(answerKey)) ?? thread.runs[0];
}

/** Asking, branching, and hearing what other devices did. */
export function createChat({ calls, defaults, now = Date.now, ...options }: ChatOptions) {
  const threads = createThreads();
  /** What the socket told while the relay had yet to name an answer that this page asked for. */
  const held = new Map<string, RealtimeEvent[]>();
  const follower = createFollower({ ...options, calls, threads, onSettled: (id) => release(id) });
  const setup = createChatSetup({ update: calls.conversations.update, threads, defaults });
  let locals = 0;

  function localMessage(part: Omit<ThreadMessage, 'id' | 'key' | 'created'>): ThreadMessage {
    const id = `local-${(locals += 1)}`;
    return { ...part, id, key: id, created: new Date(now()).toISOString() };
  }

  /** Shows a run at the end of its branch. */
  function begin(id: string, added: readonly ThreadMessage[], run: Run, announcement: string): void {
    threads.change(id, ({ messages, runs, currentId }) => ({
      phase: 'ready',
      messages: [...messages, ...added],
      currentId: added.at(-1)?.id ?? currentId,
      runs: [...runs, run],
      failure: undefined,
      announcement,
    }));
  }

  /** What the relay never took goes: it is asked again, or stands in the composer. */
  function forgetRefused(id: string): void {
    if (!threads.get(id)?.messages.some(isLocal)) return;
    threads.change(id, ({ messages, currentId }) => {
      const shown = messages.find((message) => message.id === currentId);
      return {
        messages: messages.filter((message) => !isLocal(message)),
        currentId: shown && isLocal(shown) ? (shown.parentId ?? undefined) : currentId,
      };
    });
  }

  /**
   * Asks. The first question of a new thread makes the conversation. Resolves with the conversation's id as soon as
   * there is one, while the answer is being followed; undefined when there is none.
   */
  async function send(id: string, { content, model, ifOffline, ...more }: Question): Promise<string | undefined> {
    if (threads.get(id)?.runs.length) return undefined;
    forgetRefused(id);
    const thread = threads.get(id) ?? emptyThread('ready');
    const last = shownPath(thread).findLast((message) => message.role === 'assistant' && !isLocal(message));
    // Absent: the relay knows better what was said last, such as while the messages are still being fetched.
    const after = more.parentId === undefined ? last?.id : more.parentId;
    const parentId = after ?? null;
    const files = more.attachments?.length ? [...more.attachments] : undefined;
    const question = localMessage({ role: 'user', content, parentId, attachments: files, status: 'complete' });
    const answer = localMessage({ role: 'assistant', content: '', parentId: question.id, status: 'loading', model });
    const run = createRun(answer);
    begin(id, [question, answer], run, options.texts.get().composer.sent);
    try {
      const conversation = await conversationFor(id, model);
      if (id === NEW_THREAD) threads.moveNew(conversation.id);
      threads.change(conversation.id, { conversation });
      if (id === NEW_THREAD) options.onBegun?.(conversation.id);
      const attachments = files?.map((file) => file.id);
      void follower.follow(conversation.id, run, (following) =>
        calls.messages.send(conversation.id, content, { ...following, parentId: after, ifOffline, attachments }),
      );
      return conversation.id;
    } catch (error) {
      await follower.recover(id, run, error);
      return undefined;
    }
  }

  async function conversationFor(id: string, model: string): Promise<Conversation> {
    if (id === NEW_THREAD) {
      const { systemPrompt, options: wanted } = setup.setupOf(id);
      const hasOptions = Object.keys(wanted).length > 0;
      const created = await calls.conversations.create({
        model,
        ...(systemPrompt !== '' && { systemPrompt }),
        ...(hasOptions && { options: wanted }),
      });
      setup.forgetNext();
      return created;
    }
    const known = threads.get(id)?.conversation ?? (await calls.conversations.get(id));
    return known.model === model ? known : calls.conversations.update(id, { model });
  }

  /** Asks for another answer beside this one. */
  function regenerate(id: string, answerId: string, wanted: Wanted): void {
    const thread = threads.get(id);
    const before = thread?.messages.find((message) => message.id === answerId);
    if (thread === undefined || before === undefined || currentRun(thread) !== undefined) return;
    const { role, parentId } = before;
    const answer = localMessage({ role, parentId, content: '', status: 'loading', model: wanted.model });
    const run = createRun(answer);
    begin(id, [answer], run, options.texts.get().composer.askedAgain);
    void follower.follow(id, run, (following) => calls.messages.regenerate(id, answerId, { ...following, ...wanted }));
  }

  /** Asks for more of an answer that was cut short. */
  function proceed(id: string, answerId: string, { ifOffline }: Pick<Wanted, 'ifOffline'> = {}): void {
    const thread = threads.get(id);
    const answer = thread?.messages.find((message) => message.id === answerId);
    if (thread === undefined || answer === undefined || currentRun(thread) !== undefined) return;
    const run = createRun(answer);
    begin(id, [], run, options.texts.get().composer.goingOn);
    threads.changeMessage(id, answer.key, { status: 'loading', error: undefined });
    void follower.follow(id, run, (following) => calls.messages.continue(id, answerId, { ...following, ifOffline }));
  }

  /** Asks again what has no good answer: the question, if the relay never took it, else for another answer. */
  async function retry(id: string, wanted: Wanted): Promise<string | undefined> {
    const thread = threads.get(id);
    const last = thread && shownPath(thread).at(-1);
    if (last === undefined) return undefined;
    if (last.role === 'assistant') {
      regenerate(id, last.id, wanted);
      return id;
    }
    return send(id, { ...last, ...wanted });
  }

  /** Deletes a message and all that follows it. Rejects when the relay refuses. */
  async function remove(id: string, messageId: string): Promise<void> {
    const gone = await calls.messages.delete(id, messageId);
    const announcement = options.texts.get().messages.deleting.done;
    threads.change(id, (thread) => ({ ...withoutMessages(thread, gone), announcement }));
    await open(id);
  }

  /** Shows the branch that a message is in, here and on the person's other devices. */
  async function showBranch(id: string, messageId: string): Promise<void> {
    lookAt(id, messageId);
    const message = threads.get(id)?.messages.find((one) => one.id === messageId);
    if (message === undefined || isLocal(message)) return;
    try {
      const conversation = await calls.conversations.update(id, { currentMessageId: messageId });
      threads.change(id, { conversation });
    } catch (error) {
      // It is shown here all the same.
      threads.change(id, { announcement: inWords(describeFailure(error), options.texts.get()).title });
    }
  }

  /** Shows the branch that a message is in on this page. */
  function lookAt(id: string, messageId: string): void {
    threads.change(id, ({ messages }) =>
      messages.some((message) => message.id === messageId) ? { currentId: newestEnd(messages, messageId) } : {},
    );
  }

  /** Opens a conversation: shows what is known at once, then what the relay knows; follows an answer that still runs. */
  async function open(id: string): Promise<void> {
    if (id === NEW_THREAD || follower.isAsking(id)) return;
    if (threads.get(id)?.phase !== 'ready') threads.change(id, emptyThread('loading'));
    try {
      if (!(await follower.reload(id))) hold(id, { type: 'refetch' });
    } catch (error) {
      const failure = describeFailure(error);
      threads.change(id, ({ phase, failure: before }) => {
        if (failure.code === 'not_found' || failure.code === 'validation_failed') return { phase: 'missing' };
        // What is on the page already is worth more than an error in its place.
        return phase === 'ready' || before?.code === 'not_saved' ? {} : { phase: 'failed', failure };
      });
    }
  }

  /** Shows the copy of a conversation that this browser kept, or says that there is none, until the relay answers. */
  function restore(id: string, copy: { conversation: Conversation; messages: Message[]; savedAt: number } | undefined) {
    if (copy === undefined) return threads.change(id, { phase: 'failed', failure: failureFrom('not_saved') });
    const { conversation, messages, savedAt } = copy;
    const currentId = conversation.currentMessageId ?? messages.at(-1)?.id;
    threads.change(id, { ...emptyThread('ready'), conversation, messages: withKeys(messages, []), currentId, savedAt });
  }

  /** What the relay tells about an open conversation. */
  function hear(id: string, event: RealtimeEvent): void {
    if (threads.get(id) === undefined) return;
    if (follower.isAsking(id)) return hold(id, event);
    switch (event.type) {
      case 'refetch':
        return void open(id);
      case 'message':
        return follower.hearMessage(id, event.payload.message);
      case 'messages_deleted':
        return threads.change(id, (thread) => withoutMessages(thread, event.payload.messageIds));
      case 'chat_event':
        return follower.hearEvent(event.payload.messageId, event.payload.event);
      case 'conversation':
        return hearConversation(id, event.payload.conversation);
      case 'conversation_deleted':
        return threads.change(id, { phase: 'missing' });
    }
  }

  function hearConversation(id: string, conversation: Conversation): void {
    if (threads.get(id)?.phase === 'missing') void open(id);
    threads.change(id, (thread) => {
      const { currentMessageId } = conversation;
      // Another device walked to another branch, or began one; who looks elsewhere is left there.
      const moved = currentMessageId !== thread.conversation?.currentMessageId;
      const isThere = thread.messages.some(({ id: messageId }) => messageId === currentMessageId);
      return { conversation, currentId: moved && isThere ? currentMessageId : thread.currentId };
    });
  }

  function hold(id: string, event: RealtimeEvent): void {
    held.set(id, [...(held.get(id) ?? []), event]);
  }

  function release(id: string): void {
    const events = held.get(id) ?? [];
    held.delete(id);
    for (const event of events) hear(id, event);
  }

  return {
    threads: threads.store,
    open,
    restore,
    send,
    regenerate,
    proceed,
    retry,
    remove,
    showBranch,
    lookAt,
    hear,
    /** The socket of a conversation is gone. */
    deafen: (id: string): void => follower.cutFeeds(id),
    stop: async (id: string): Promise<void> => {
      const thread = threads.get(id);
      const run = thread && currentRun(thread);
      if (run !== undefined) await follower.stop(id, run.answerKey);
    },
    configure: setup.configure,
    setupOf: setup.setupOf,
    forget(id: string): void {
      if (id === NEW_THREAD) setup.forgetNext();
      threads.remove(id);
    },
    reset(): void {
      setup.forgetNext();
      threads.clear();
    },
  };
}
