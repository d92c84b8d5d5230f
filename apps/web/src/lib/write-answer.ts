import type { ChatEvent } from '@cloudtolocalllm/sdk';
import type { Run } from './thread.ts';
import type { Threads } from './threads.ts';

export type WriteAnswer = {
  threads: Threads;
  threadId: string;
  run: Run;
  /** Runs a change of the page soon: once per frame in a browser. */
  schedule: (change: () => void) => void;
  /** The person asked to stop before the relay had named the answer. */
  onLateStop: () => void;
};

/** Writes the events of a generation into its thread: tokens into the run's text, everything else into the messages. */
export function answerWriter({
  threads,
  threadId,
  run,
  schedule,
  onLateStop,
}: WriteAnswer): (event: ChatEvent) => void {
  let said = '';
  let shown = run.text.get();
  let scheduled = false;

  const show = (): void => {
    scheduled = false;
    run.text.set(shown);
  };
  const current = (): Run | undefined => threads.get(threadId)?.run;

  function start(messageId: string, userMessageId: string | undefined): void {
    // What the relay tells counts in the end: after a crash it may know less than this page has shown.
    said = '';
    const late = current()?.stopping && current()?.messageId === undefined;
    threads.changeRun(threadId, run, { phase: shown === '' ? 'waiting' : 'writing', messageId });
    threads.change(threadId, ({ messages }) => {
      const answer = messages.findIndex(({ key }) => key === run.answerKey);
      return {
        messages: messages.map((message, index) => {
          if (index === answer) return { ...message, id: messageId };
          return index === answer - 1 && userMessageId !== undefined ? { ...message, id: userMessageId } : message;
        }),
      };
    });
    if (late) onLateStop();
  }

  function write(content: string): void {
    if (current()?.phase !== 'writing') {
      threads.changeRun(threadId, run, { phase: 'writing' });
      threads.change(threadId, { announcement: 'The answer is being written' });
    }
    said += content;
    // A replay catches up with what the page already shows before it adds to it.
    if (said.length >= shown.length) shown = said;
    if (scheduled) return;
    scheduled = true;
    schedule(show);
  }

  return (event) => {
    switch (event.type) {
      case 'start':
        return start(event.messageId, event.userMessageId);
      case 'status':
        if (event.status !== 'generating') threads.changeRun(threadId, run, { phase: event.status });
        return;
      case 'chunk':
        return write(event.content);
      case 'complete': {
        const status = event.status ?? 'complete';
        threads.changeMessage(threadId, run.answerKey, { content: said, status, totalTokens: event.totalTokens });
        const announcement = status === 'stopped' ? 'Stopped' : 'The answer is complete';
        return threads.change(threadId, { run: undefined, announcement });
      }
      case 'error': {
        const error = { code: event.error, message: event.message };
        threads.changeMessage(threadId, run.answerKey, { content: said, status: 'failed', error });
        return threads.change(threadId, { run: undefined, announcement: `The answer failed: ${event.message}` });
      }
    }
  };
}
