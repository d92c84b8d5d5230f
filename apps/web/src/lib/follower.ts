import type { ChatEvent, Client, Conversation, FollowOptions, Message } from '@cloudtolocalllm/sdk';
import { describeFailure, inWords } from './failure.ts';
import { createFeed, fedEvents, type Feed } from './feed.ts';
import { followAnswer } from './follow-answer.ts';
import type { TextsNow } from './language.ts';
import { mergeStored } from './merge-stored.ts';
import { createRun, isLocal, isRunning, NEW_THREAD, type Run, type Thread, type ThreadMessage } from './thread.ts';
import type { Threads } from './threads.ts';
import { newestEnd, siblingsOf } from './tree.ts';
import { answerWriter } from './write-answer.ts';

export type FollowCalls = {
  conversations: Pick<Client['conversations'], 'get'>;
  messages: Pick<Client['messages'], 'list' | 'events' | 'stop'>;
};

export type FollowerOptions = {
  calls: FollowCalls;
  threads: Threads;
  /** Runs a change of the page soon: once per frame in a browser. */
  schedule: (change: () => void) => void;
  /** Resolves when a lost relay is worth another try. */
  pause: () => Promise<void>;
  /** A conversation is new or has changed. */
  onConversation: (conversation: Conversation) => void;
  /** For what is announced to screen readers. */
  texts: TextsNow;
  /** The relay has named the answers that were asked for in this thread, or refused them. */
  onSettled: (threadId: string) => void;
  /** The relay did not take a question. */
  onRefused?: (threadId: string, question: ThreadMessage) => void;
};

/** Follows answers to their ends, also while another thread is looked at, and keeps threads as the relay has them. */
export function createFollower(options: FollowerOptions) {
  const { calls, threads, schedule, pause, onConversation, onSettled, onRefused, texts } = options;
  const feeds = new Map<string, Feed & { threadId: string }>();

  async function follow(
    id: string,
    run: Run,
    first: (options: FollowOptions) => AsyncIterable<ChatEvent>,
  ): Promise<void> {
    const onConnection = (connection: Run['connection']): void => {
      if (threads.runOf(id, run.answerKey)?.connection !== connection) threads.changeRun(id, run, { connection });
    };
    const write = answerWriter({
      threads,
      threadId: id,
      run,
      schedule,
      onLateStop: () => void stop(id, run.answerKey),
    });
    try {
      await followAnswer({
        first: first({ onConnection }),
        again: (messageId, after) => calls.messages.events(id, messageId, { after, onConnection }),
        messageId: run.messageId,
        onEvent: (event) => {
          const wasNamed = threads.runOf(id, run.answerKey)?.messageId !== undefined;
          write(event);
          if (event.type !== 'start' || wasNamed) return;
          onSettled(id);
          // By now the relay has named the conversation after its first question.
          void refresh(id);
        },
        onConnection,
        pause,
      });
    } catch (error) {
      await recover(id, run, error);
    }
  }

  async function refresh(id: string): Promise<void> {
    try {
      const conversation = await calls.conversations.get(id);
      threads.change(id, { conversation });
      onConversation(conversation);
    } catch {
      // Only the list's titles and order depend on it; the next load brings them.
    }
  }

  /** Follows an answer that runs, unless this page does already: as the socket tells it, or by asking for all of it. */
  function followRunning(id: string, answer: ThreadMessage, how: 'fed' | 'fetched'): void {
    if (threads.runOf(id, answer.key) !== undefined) return;
    const run = createRun(answer, answer.id);
    threads.change(id, ({ runs }) => ({ runs: [...runs, run] }));
    if (how === 'fetched') return void follow(id, run, (options) => calls.messages.events(id, answer.id, options));
    const feed = { ...createFeed(), threadId: id };
    feeds.set(answer.id, feed);
    void follow(id, run, (options) =>
      fedEvents(feed, (after) => calls.messages.events(id, answer.id, { ...options, after })),
    ).finally(() => feeds.delete(answer.id));
  }

  function resume(id: string): void {
    for (const answer of threads.get(id)?.messages ?? [])
      if (answer.role === 'assistant' && isRunning(answer) && !isLocal(answer)) followRunning(id, answer, 'fetched');
  }

  /** Whether an answer is asked for that the relay has not named: then nobody knows which of its messages are ours. */
  const isAsking = (id: string): boolean =>
    threads.get(id)?.runs.some(({ messageId }) => messageId === undefined) ?? false;

  /** Takes over what the relay has, and follows what runs; false when something was asked meanwhile. */
  async function reload(id: string): Promise<boolean> {
    const shownBefore = new Set(threads.get(id)?.messages.map((message) => message.id));
    const [conversation, stored] = await Promise.all([
      calls.conversations.get(id),
      calls.messages.list(id, { branches: 'all' }),
    ]);
    const thread = threads.get(id);
    if (thread === undefined) return true;
    if (isAsking(id)) return false;
    // What was said meanwhile is not in a list that is older: it must not go.
    const had = new Set([...shownBefore, ...stored.map((message) => message.id)]);
    if (thread.messages.some((message) => !isLocal(message) && !had.has(message.id))) return reload(id);
    threads.change(id, (current) => mergeStored(current, conversation, stored));
    resume(id);
    return true;
  }

  /** After a failure the relay's word counts: it may have accepted the question, and even answered it. */
  async function recover(id: string, run: Run, error: unknown): Promise<void> {
    const failure = describeFailure(error);
    const { messages: before = [] } = threads.get(id) ?? {};
    const answer = before.find(({ key }) => key === run.answerKey);
    const question = before.find((message) => message.id === answer?.parentId);
    // A question that stands there for itself was answered before: only this try was refused.
    const isAgain = threads.runOf(id, run.answerKey)?.messageId === undefined && question && !isLocal(question);
    threads.endRun(id, run, { failure, announcement: inWords(failure, texts.get()).title });
    if (answer !== undefined) threads.change(id, (thread) => withoutRun(thread, answer, run.text.get()));
    onSettled(id);
    if (id !== NEW_THREAD) {
      try {
        await reload(id);
        if (isAgain && threads.get(id)?.runs.length === 0) threads.change(id, { failure });
      } catch {
        // The relay is still away: what the page knows stays, with the failure.
      }
    }
    const left = threads.get(id)?.messages.find(({ key }) => key === question?.key);
    if (left !== undefined && isLocal(left)) onRefused?.(id, left);
  }

  /** Stops an answer; what was said is kept. Before the relay has named it, the wish is remembered. */
  async function stop(id: string, answerKey: string): Promise<void> {
    const run = threads.runOf(id, answerKey);
    if (run === undefined) return;
    threads.changeRun(id, run, { stopping: true });
    if (run.messageId === undefined) return;
    try {
      await calls.messages.stop(id, run.messageId);
    } catch (error) {
      threads.changeRun(id, run, { stopping: false });
      threads.change(id, { announcement: inWords(describeFailure(error), texts.get()).title });
    }
  }

  /** A message as the socket tells it; its text comes by events while it runs. */
  function hearMessage(id: string, heard: Message): void {
    const known = threads.get(id)?.messages.find((message) => message.id === heard.id);
    const message = { ...heard, key: known?.key ?? heard.id };
    if (threads.runOf(id, message.key) !== undefined) {
      // The run brings the end too; a socket that was told less than it should have asks for it.
      if (!isRunning(heard)) feeds.get(heard.id)?.cut();
      return;
    }
    threads.change(id, ({ messages, currentId, conversation }) => {
      if (known) return { messages: messages.map((one) => (one.id === heard.id ? message : one)) };
      const goesOn = heard.parentId === (currentId ?? null) || heard.id === conversation?.currentMessageId;
      return { messages: [...messages, message], currentId: goesOn ? heard.id : currentId };
    });
    if (heard.role === 'assistant' && isRunning(heard)) followRunning(id, message, 'fed');
  }

  return {
    follow,
    isAsking,
    reload,
    recover,
    refresh,
    stop,
    hearMessage,
    hearEvent: (messageId: string, event: ChatEvent): void => feeds.get(messageId)?.offer(event),
    /** The socket is gone: what it told is asked for. */
    cutFeeds(id: string): void {
      for (const feed of feeds.values()) if (feed.threadId === id) feed.cut();
    },
  };
}

/** The thread after a run that came to nothing: an answer that was never named goes, what was said stays. */
function withoutRun({ messages, currentId }: Thread, answer: ThreadMessage, said: string): Partial<Thread> {
  if (!isLocal(answer)) {
    const interrupted = { ...answer, content: said, status: 'interrupted' as const };
    return { messages: messages.map((message) => (message.key === answer.key ? interrupted : message)) };
  }
  const rest = messages.filter(({ key }) => key !== answer.key);
  const before = siblingsOf(rest, answer).at(-1);
  const end = before === undefined ? (answer.parentId ?? undefined) : newestEnd(rest, before.id);
  return { messages: rest, currentId: currentId === answer.id ? end : currentId };
}
