import type { ChatEvent, ToolCall } from '@cloudtolocalllm/sdk';
import type { Run } from './thread.ts';
import type { Threads } from './threads.ts';
import { withId } from './tree.ts';

export type WriteAnswer = {
  threads: Threads;
  threadId: string;
  run: Run;
  /** Runs a change of the page soon: once per frame in a browser. */
  schedule: (change: () => void) => void;
  /** The person asked to stop before the relay had named the answer. */
  onLateStop: () => void;
};

/** Writes the events of a generation into its thread: tokens into the run's texts, everything else into the messages. */
export function answerWriter({
  threads,
  threadId,
  run,
  schedule,
  onLateStop,
}: WriteAnswer): (event: ChatEvent) => void {
  const told = { text: '', thinking: '' };
  const shown = { text: run.text.get(), thinking: run.thinking.get() };
  let toolCalls: ToolCall[] = [];
  let scheduled = false;

  const show = (): void => {
    scheduled = false;
    run.text.set(shown.text);
    run.thinking.set(shown.thinking);
  };
  const showSoon = (): void => {
    if (scheduled) return;
    scheduled = true;
    schedule(show);
  };
  const current = (): Run | undefined => threads.runOf(threadId, run.answerKey);

  function name(messageId: string, userMessageId: string | undefined): void {
    const answer = threads.get(threadId)?.messages.find(({ key }) => key === run.answerKey);
    if (answer === undefined || answer.id === messageId) return;
    threads.change(threadId, ({ messages, currentId }) => {
      let next = withId(messages, answer.id, messageId);
      if (userMessageId !== undefined && answer.parentId !== null) next = withId(next, answer.parentId, userMessageId);
      return { messages: next, currentId: currentId === answer.id ? messageId : currentId };
    });
  }

  function start(messageId: string, userMessageId: string | undefined): void {
    // What the relay tells counts in the end: after a crash it may know less than this page has shown.
    Object.assign(told, { text: '', thinking: '' });
    toolCalls = [];
    const late = current()?.stopping && current()?.messageId === undefined;
    const isQueued = current()?.phase === 'queued';
    const phase = shown.text !== '' ? 'writing' : isQueued ? 'queued' : 'waiting';
    threads.changeRun(threadId, run, { phase, messageId });
    name(messageId, userMessageId);
    if (late) onLateStop();
  }

  function write(part: 'text' | 'thinking', content: string): void {
    const phase = part === 'text' ? 'writing' : 'thinking';
    if (current()?.phase !== phase) {
      threads.changeRun(threadId, run, { phase });
      const announcement = part === 'text' ? 'The answer is being written' : 'The model is thinking';
      threads.change(threadId, { announcement });
    }
    told[part] += content;
    // A replay catches up with what the page already shows before it adds to it.
    if (told[part].length >= shown[part].length) shown[part] = told[part];
    showSoon();
  }

  /** Keeps what was said in the message. */
  function keep(part: Parameters<Threads['changeMessage']>[2]): void {
    const thinking = told.thinking === '' ? undefined : told.thinking;
    threads.changeMessage(threadId, run.answerKey, {
      content: told.text,
      thinking,
      toolCalls: toolCalls.length === 0 ? undefined : toolCalls,
      ...part,
    });
  }

  return (event) => {
    switch (event.type) {
      case 'start':
        return start(event.messageId, event.userMessageId);
      case 'status':
        if (event.status !== 'generating') threads.changeRun(threadId, run, { phase: event.status });
        else if (current()?.phase === 'queued') threads.changeRun(threadId, run, { phase: 'waiting' });
        return;
      case 'chunk':
        return write('text', event.content);
      case 'thinking':
        return write('thinking', event.content);
      case 'tool_call':
        toolCalls = [...toolCalls, event.toolCall];
        return;
      case 'replace': {
        Object.assign(shown, { text: event.content, thinking: event.thinking ?? '' });
        if (current()?.messageId === undefined) start(event.messageId, undefined);
        Object.assign(told, shown);
        toolCalls = event.toolCalls ?? [];
        // The words come before the phase that says that they are there.
        show();
        if (shown.text !== '') threads.changeRun(threadId, run, { phase: 'writing' });
        return;
      }
      case 'complete': {
        const { status = 'complete', totalTokens, metadata } = event;
        keep({ status, totalTokens, metadata });
        const announcement = status === 'stopped' ? 'Stopped' : 'The answer is complete';
        return threads.endRun(threadId, run, { announcement });
      }
      case 'error': {
        const status = event.error === 'interrupted' ? 'interrupted' : 'failed';
        keep({ status, error: { code: event.error, message: event.message } });
        return threads.endRun(threadId, run, { announcement: `The answer failed: ${event.message}` });
      }
    }
  };
}
