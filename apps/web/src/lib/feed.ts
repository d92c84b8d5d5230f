import { placeAfter, type ChatEvent } from '@cloudtolocalllm/sdk';

/** Events of one answer as the conversation's socket tells them, until one is missing or the answer ends. */
export type Feed = {
  offer(event: ChatEvent): void;
  /** No more will come. */
  cut(): void;
  events: AsyncIterable<ChatEvent>;
};

export function createFeed(): Feed {
  const waiting: ChatEvent[] = [];
  let seen = 0;
  let isOver = false;
  let wake: (() => void) | undefined;

  const cut = (): void => {
    isOver = true;
    wake?.();
  };
  return {
    cut,
    offer(event) {
      if (isOver) return;
      const beginsAnew = event.type === 'start' || event.type === 'replace';
      if (event.seq !== undefined && !beginsAnew) {
        if (event.seq <= seen) return;
        // A piece is missing: whoever reads asks the relay for all after the last one.
        if (event.seq > seen + 1) return cut();
      }
      seen = placeAfter(seen, event);
      waiting.push(event);
      wake?.();
    },
    events: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const event = waiting.shift();
          if (event !== undefined) yield event;
          if (event?.type === 'complete' || event?.type === 'error') return;
          if (event === undefined && isOver) return;
          if (event === undefined) await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    },
  };
}

/** A feed's events, and when it is cut, the rest by asking for what came after the last one. */
export async function* fedEvents(
  feed: Feed,
  rest: (after: number) => AsyncIterable<ChatEvent>,
): AsyncGenerator<ChatEvent, void, undefined> {
  let seen = 0;
  for await (const event of feed.events) {
    seen = placeAfter(seen, event);
    yield event;
    if (event.type === 'complete' || event.type === 'error') return;
  }
  yield* rest(seen);
}
