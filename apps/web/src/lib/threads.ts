import { createStore, type ReadableStore } from './store.ts';
import { emptyThread, NEW_THREAD, type Run, type Thread, type ThreadMessage } from './thread.ts';

export type ThreadMap = Readonly<Record<string, Thread>>;

export type Threads = ReturnType<typeof createThreads>;

/** The threads this page has opened, and the few ways in which one changes. */
export function createThreads() {
  const store = createStore<ThreadMap>({});

  function change(id: string, part: Partial<Thread> | ((current: Thread) => Partial<Thread>)): void {
    store.update((all) => {
      const current = all[id] ?? emptyThread('ready');
      return { ...all, [id]: { ...current, ...(typeof part === 'function' ? part(current) : part) } };
    });
  }

  const runOf = (id: string, answerKey: string): Run | undefined =>
    store.get()[id]?.runs.find((run) => run.answerKey === answerKey);

  return {
    // Readable only: the ways to change it are here.
    store: { get: store.get, subscribe: store.subscribe } satisfies ReadableStore<ThreadMap>,
    get: (id: string): Thread | undefined => store.get()[id],
    change,
    runOf,
    /** Changes a run while it is still the thread's. */
    changeRun(id: string, { answerKey, text }: Run, part: Partial<Run>): void {
      if (runOf(id, answerKey)?.text !== text) return;
      change(id, ({ runs }) => ({
        runs: runs.map((run) => (run.answerKey === answerKey ? { ...run, ...part } : run)),
      }));
    },
    endRun(id: string, { answerKey }: Run, part: Partial<Thread> = {}): void {
      change(id, ({ runs }) => ({ runs: runs.filter((run) => run.answerKey !== answerKey), ...part }));
    },
    changeMessage(id: string, key: string, part: Partial<ThreadMessage>): void {
      change(id, ({ messages }) => ({
        messages: messages.map((message) => (message.key === key ? { ...message, ...part } : message)),
      }));
    },
    /** Gives the new thread the id of the conversation that was made for it. */
    moveNew(id: string): void {
      store.update(({ [NEW_THREAD]: moved = emptyThread('ready'), ...others }) => ({ ...others, [id]: moved }));
    },
    remove: (id: string): void => store.update(({ [id]: _removed, ...others }) => others),
    clear: (): void => store.set({}),
  };
}
