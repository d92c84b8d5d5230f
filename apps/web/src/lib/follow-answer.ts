import { ApiError, placeAfter, type ChatEvent, type ConnectionState } from '@cloudtolocalllm/sdk';

export type FollowAnswer = {
  first: AsyncIterable<ChatEvent>;
  /** The events of a known generation after an event number. */
  again: (messageId: string, after: number) => AsyncIterable<ChatEvent>;
  /** Known when an earlier generation is followed. */
  messageId?: string;
  onEvent: (event: ChatEvent) => void;
  onConnection: (state: ConnectionState) => void;
  /** Resolves when it is worth trying again. */
  pause: () => Promise<void>;
};

/**
 * Follows one generation to its end, however long the network is away: the SDK bridges half a minute, this the rest.
 * Throws what can't be helped by waiting, and everything before the generation has an id.
 */
export async function followAnswer(options: FollowAnswer): Promise<void> {
  let { messageId, first: source } = options;
  let seen = 0;
  for (;;) {
    try {
      for await (const event of source) {
        seen = placeAfter(seen, event);
        if (event.type === 'start') messageId = event.messageId;
        options.onEvent(event);
      }
      return;
    } catch (error) {
      if (messageId === undefined || !(error instanceof ApiError) || !error.shouldRetry()) throw error;
      options.onConnection('lost');
      await options.pause();
      source = options.again(messageId, seen);
    }
  }
}
