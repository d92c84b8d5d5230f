import type { Client, RealtimeEvent, RealtimeOptions } from '@cloudtolocalllm/sdk';
import { createStore, type ReadableStore } from './store.ts';

export type LiveOptions = {
  calls: { account: Pick<Client['account'], 'me'>; realtime: Client['realtime'] };
  /** Something of the person's happened. */
  onStatus: (event: RealtimeEvent) => void;
  /** Something happened in a conversation that is looked at. */
  onChat: (conversationId: string, event: RealtimeEvent) => void;
  /** The conversation's socket is gone, for now or for good. */
  onChatLost: (conversationId: string) => void;
  /** Resolves when a refused socket is worth another try. */
  pause: () => Promise<void>;
};

export type Live = {
  /** Whether the relay tells this page what happens; while it doesn't, the page has to ask. */
  isLive: ReadableStore<boolean>;
  /** Listens to what happens to the person's computers and conversations; returns the way to end it. */
  watch(): () => void;
  /** Listens to one conversation. */
  watchChat(conversationId: string): () => void;
};

type Listen = (options: RealtimeOptions) => Promise<AsyncIterable<RealtimeEvent>> | AsyncIterable<RealtimeEvent>;

/** The sockets of this tab: one for the person, one for the conversation that is open. */
export function createLive({ calls, onStatus, onChat, onChatLost, pause }: LiveOptions): Live {
  const isLive = createStore(false);

  function watch(listen: Listen, onEvent: (event: RealtimeEvent) => void, onState: (live: boolean) => void) {
    const { signal, abort } = abortable();
    const onConnection: RealtimeOptions['onConnection'] = (state) => onState(state === 'live');
    void (async () => {
      while (!signal.aborted) {
        try {
          for await (const event of await listen({ signal, onConnection })) {
            if (signal.aborted) return;
            onEvent(event);
          }
        } catch {
          // Refused for good, or this page has left: polling goes on, and shows what is the matter.
        }
        if (signal.aborted) return;
        onState(false);
        await pause();
      }
    })();
    return () => {
      abort();
      onState(false);
    };
  }

  return {
    isLive,
    watch: () =>
      watch(
        async (options) => calls.realtime.status((await calls.account.me({ signal: options.signal })).userId, options),
        onStatus,
        isLive.set,
      ),
    watchChat: (id) =>
      watch(
        (options) => calls.realtime.chat(id, options),
        (event) => onChat(id, event),
        (live) => !live && onChatLost(id),
      ),
  };
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
