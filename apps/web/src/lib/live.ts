import { ApiError, type Client, type RealtimeEvent, type RealtimeOptions } from '@cloudtolocalllm/sdk';
import { createStore, type ReadableStore } from './store.ts';

export type LiveOptions = {
  calls: { account: Pick<Client['account'], 'me'>; realtime: Client['realtime'] };
  /** Something of the person's happened. */
  onStatus: (event: RealtimeEvent) => void;
  /** Something happened in a conversation that is looked at. */
  onChat: (conversationId: string, event: RealtimeEvent) => void;
  /** The conversation's socket is gone, for now or for good. */
  onChatLost: (conversationId: string) => void;
  /** The person had everything deleted, here or elsewhere. */
  onErased: () => void;
  /** Resolves when a refused socket is worth another try. */
  pause: () => Promise<void>;
};

export type Live = {
  /** Whether the relay tells this page what happens; while it doesn't, the page has to ask. */
  isLive: ReadableStore<boolean>;
  /** Whose page this is, once the relay has said it. */
  userId: ReadableStore<string | undefined>;
  /** Listens to what happens to the person's computers and conversations; returns the way to end it. */
  watch(): () => void;
  /** Tries at once what waits for its next try. */
  reconnect(): void;
  /** Listens to one conversation. */
  watchChat(conversationId: string): () => void;
};

type Listen = (options: RealtimeOptions) => Promise<AsyncIterable<RealtimeEvent>> | AsyncIterable<RealtimeEvent>;

/** The sockets of this tab: one for the person, one for the conversation that is open. */
export function createLive({ calls, onStatus, onChat, onChatLost, onErased, pause }: LiveOptions): Live {
  const isLive = createStore(false);
  const userId = createStore<string | undefined>(undefined);
  const retries = new Set<() => void>();

  function watch(listen: Listen, onEvent: (event: RealtimeEvent) => void, onState: (live: boolean) => void) {
    const { signal, abort } = abortable();
    let isConnected = false;
    let attempt = abortable();
    let endPause = (): void => {};
    const onConnection: RealtimeOptions['onConnection'] = (state) => {
      isConnected = state === 'live';
      onState(isConnected);
    };
    const retry = (): void => {
      if (isConnected) return;
      attempt.abort();
      endPause();
    };
    retries.add(retry);
    void (async () => {
      while (!signal.aborted) {
        attempt = abortable();
        try {
          const either = AbortSignal.any([signal, attempt.signal]);
          for await (const event of await listen({ signal: either, onConnection })) {
            if (signal.aborted) return;
            onEvent(event);
          }
        } catch (error) {
          // Before anybody asks for what is no more.
          if (error instanceof ApiError && error.code === 'erased') onErased();
          // Refused for good, or this page has left: polling goes on, and shows what is the matter.
        }
        if (signal.aborted) return;
        isConnected = false;
        onState(false);
        if (attempt.signal.aborted) continue;
        await Promise.race([pause(), new Promise<void>((resolve) => (endPause = resolve))]);
      }
    })();
    return () => {
      abort();
      retries.delete(retry);
      onState(false);
    };
  }

  return {
    isLive,
    userId,
    reconnect: () => retries.forEach((retry) => retry()),
    watch() {
      // Another person may have signed in meanwhile.
      userId.set(undefined);
      return watch(
        async (options) => {
          const me = await calls.account.me({ signal: options.signal });
          userId.set(me.userId);
          return calls.realtime.status(me.userId, options);
        },
        onStatus,
        isLive.set,
      );
    },
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
