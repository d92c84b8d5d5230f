import type { ChatEvent, Client, Conversation, FollowOptions } from '@cloudtolocalllm/sdk';
import { describeFailure } from './failure.ts';
import { followAnswer } from './follow-answer.ts';
import { createRun, emptyThread, NEW_THREAD, withKeys, type Run, type ThreadMessage } from './thread.ts';
import { createThreads } from './threads.ts';
import { answerWriter } from './write-answer.ts';

export type ChatCalls = {
  conversations: Pick<Client['conversations'], 'create' | 'get' | 'update'>;
  messages: Pick<Client['messages'], 'list' | 'send' | 'events' | 'stop'>;
};

export type ChatOptions = {
  calls: ChatCalls;
  /** Runs a change of the page soon: once per frame in a browser. */
  schedule: (change: () => void) => void;
  /** Resolves when a lost relay is worth another try. */
  pause: () => Promise<void>;
  /** A conversation is new or has changed. */
  onConversation: (conversation: Conversation) => void;
  now?: () => number;
};

export type Chat = ReturnType<typeof createChat>;

/** Asking and following answers. An answer is followed to its end also while another thread is looked at. */
export function createChat({ calls, schedule, pause, onConversation, now = Date.now }: ChatOptions) {
  const threads = createThreads();
  let locals = 0;

  function localMessage(part: Pick<ThreadMessage, 'role' | 'content' | 'status' | 'model'>): ThreadMessage {
    const id = `local-${(locals += 1)}`;
    return { ...part, id, key: id, created: new Date(now()).toISOString() };
  }

  async function follow(
    id: string,
    run: Run,
    first: (options: FollowOptions) => AsyncIterable<ChatEvent>,
  ): Promise<void> {
    const onConnection: FollowOptions['onConnection'] = (connection) => {
      if (threads.get(id)?.run?.connection !== connection) threads.changeRun(id, run, { connection });
    };
    const write = answerWriter({ threads, threadId: id, run, schedule, onLateStop: () => void stop(id) });
    try {
      await followAnswer({
        first: first({ onConnection }),
        again: (messageId, after) => calls.messages.events(id, messageId, { after, onConnection }),
        messageId: run.messageId,
        onEvent: (event) => {
          write(event);
          // By now the relay has named the conversation after its first question.
          if (event.type === 'start') void refresh(id);
        },
        onConnection,
        pause,
      });
    } catch (error) {
      await recover(id, error);
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

  /** Follows an answer that began before this page did, if there is one. */
  function resume(id: string): void {
    const answer = threads.get(id)?.messages.findLast(({ status }) => status === 'streaming');
    if (answer === undefined) return;
    const run = createRun(answer, answer.id);
    threads.change(id, { run });
    void follow(id, run, (options) => calls.messages.events(id, answer.id, options));
  }

  /** After a failure the relay's word counts: it may have accepted the question, and even answered it. */
  async function recover(id: string, error: unknown): Promise<void> {
    const failure = describeFailure(error);
    const known = threads.get(id)?.messages ?? [];
    const said = threads.get(id)?.run?.text.get() ?? '';
    const messages = known.flatMap((message): ThreadMessage[] => {
      if (message.status !== 'streaming') return [message];
      return said === '' ? [] : [{ ...message, content: said, status: 'interrupted' }];
    });
    threads.change(id, { run: undefined, messages, failure, announcement: failure.title });
    if (id === NEW_THREAD) return;
    try {
      const stored = await calls.messages.list(id);
      const lost = messages.findLast((message) => message.id.startsWith('local-'));
      const question = stored.findLast(({ role }) => role === 'user');
      const accepted =
        lost === undefined ||
        (question?.content === lost.content && !known.some((message) => message.id === question.id));
      if (!accepted || threads.get(id)?.run !== undefined) return;
      const answered = stored.at(-1)?.role === 'assistant';
      threads.change(id, { messages: withKeys(stored, messages), failure: answered ? undefined : failure });
      resume(id);
    } catch {
      // The relay is still away: what the page knows stays, with the failure.
    }
  }

  /** Opens a conversation: shows what is known at once, then what the relay knows; follows an answer that still runs. */
  async function open(id: string): Promise<void> {
    if (id === NEW_THREAD || threads.get(id)?.run !== undefined) return;
    if (threads.get(id)?.phase !== 'ready') threads.change(id, emptyThread('loading'));
    try {
      const [conversation, messages] = await Promise.all([calls.conversations.get(id), calls.messages.list(id)]);
      const current = threads.get(id);
      if (current === undefined || current.run !== undefined) return;
      threads.change(id, {
        phase: 'ready',
        conversation,
        messages: withKeys(messages, current.messages),
        failure: undefined,
      });
      resume(id);
    } catch (error) {
      const failure = describeFailure(error);
      threads.change(id, ({ phase }) => {
        if (failure.code === 'not_found' || failure.code === 'validation_failed') return { phase: 'missing' };
        // What is on the page already is worth more than an error in its place.
        return phase === 'ready' ? {} : { phase: 'failed', failure };
      });
    }
  }

  /**
   * Asks. The first question of a new thread makes the conversation. Resolves with the conversation's id as soon as
   * there is one, while the answer is being followed; undefined when there is none.
   */
  async function send(id: string, content: string, model: string): Promise<string | undefined> {
    if (threads.get(id)?.run !== undefined) return undefined;
    const question = localMessage({ role: 'user', content, status: 'complete' });
    const answer = localMessage({ role: 'assistant', content: '', status: 'streaming', model });
    const run = createRun(answer);
    threads.change(id, ({ messages }) => ({
      phase: 'ready',
      messages: [...messages, question, answer],
      run,
      failure: undefined,
      announcement: 'Sent',
    }));
    try {
      const conversation = await conversationFor(id, model);
      if (id === NEW_THREAD) threads.moveNew(conversation.id);
      threads.change(conversation.id, { conversation });
      void follow(conversation.id, run, (options) => calls.messages.send(conversation.id, content, options));
      return conversation.id;
    } catch (error) {
      await recover(id, error);
      return undefined;
    }
  }

  async function conversationFor(id: string, model: string): Promise<Conversation> {
    if (id === NEW_THREAD) return calls.conversations.create({ model });
    const known = threads.get(id)?.conversation ?? (await calls.conversations.get(id));
    return known.model === model ? known : calls.conversations.update(id, { model });
  }

  /** Asks the last question again. */
  async function retry(id: string, model: string): Promise<string | undefined> {
    const messages = threads.get(id)?.messages ?? [];
    const question = messages.findLast(({ role }) => role === 'user');
    if (question === undefined) return undefined;
    // A question the relay never took is replaced; one it has stays in its list, and in ours.
    if (question.id.startsWith('local-'))
      threads.change(id, { messages: messages.slice(0, messages.indexOf(question)) });
    return send(id, question.content, model);
  }

  /** Stops the answer; what was said is kept. Before the relay has named it, the wish is remembered. */
  async function stop(id: string): Promise<void> {
    const run = threads.get(id)?.run;
    if (run === undefined) return;
    threads.changeRun(id, run, { stopping: true });
    if (run.messageId === undefined) return;
    try {
      await calls.messages.stop(id, run.messageId);
    } catch (error) {
      threads.changeRun(id, run, { stopping: false });
      threads.change(id, { announcement: describeFailure(error).title });
    }
  }

  return { threads: threads.store, open, send, retry, stop, forget: threads.remove, reset: threads.clear };
}
