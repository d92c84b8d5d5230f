import type { ChatEvent } from '@cloudtolocalllm/protocol';
import { ApiError, networkError } from './api-error.ts';
import type { wait } from './back-off.ts';
import { decodeNdjson } from './ndjson.ts';
import { readBytes } from './read-bytes.ts';
import { pauseAfter, RESUME_PACE, type RetryOptions, retryPolicy } from './retry.ts';

/** The place in a generation from which to go on. */
export type StreamPosition = { messageId: string; after: number };

export type ConnectionState = 'live' | 'lost';

export type ChatStreamOptions = {
  /**
   * Opens the first connection: the POST that asks, or the events of a known generation. Called again when it was cut
   * before its first event, so a POST must bring the same Idempotency-Key each time.
   */
  open: () => Promise<ReadableStream<Uint8Array>>;
  /** Opens the events after a position. */
  resume: (position: StreamPosition) => Promise<ReadableStream<Uint8Array>>;
  /** Known beforehand when an earlier generation is followed. */
  position?: StreamPosition;
  signal?: AbortSignal;
  /** Told when the connection is cut and when bytes come again. */
  onConnection?: (state: ConnectionState) => void;
  retry?: RetryOptions;
  silenceLimitMs?: number;
  wait?: typeof wait;
};

/**
 * How far a listener is after an event: what to pass as `after`. A `start` begins the telling anew and a `replace` takes
 * the place of all that was told, whatever was seen before; a `status` without a number is only a sign of life.
 */
export function placeAfter(seen: number, event: ChatEvent): number {
  if (event.type === 'start') return event.seq ?? 1;
  if (event.type === 'replace') return event.seq ?? seen;
  if (event.type === 'status') return event.seq ?? seen;
  return event.seq ?? seen + 1;
}

/**
 * The events of one generation, each once and in order, over as many connections as it takes.
 * A second `start` says that the relay begins the telling anew; a `replace` brings all that was said so far, in place of
 * what was told before. Types that this version does not know are passed on.
 *
 * @throws ApiError when the relay refuses, or stays away for too long
 */
export async function* chatStream(options: ChatStreamOptions): AsyncGenerator<ChatEvent, void, undefined> {
  const { resumes, maxWaitMs } = retryPolicy(options.retry);
  let position = options.position;
  let seen = position?.after ?? 0;
  let fruitless = 0;
  let connect = options.open;

  for (;;) {
    let problem: unknown = new Error('The stream ended before the answer did');
    try {
      const body = await connect();
      const onBytes = (): void => {
        fruitless = 0;
        options.onConnection?.('live');
      };
      const bytes = readBytes(body, { silenceLimitMs: options.silenceLimitMs, onBytes });
      for await (const line of decodeNdjson(bytes)) {
        // The relay's events follow the schema; unknown types are passed on and ignored by who reads them.
        const event = line as ChatEvent;
        const place = placeAfter(seen, event);
        if (event.seq !== undefined && !beginsAnew(event) && place <= seen) continue;
        seen = place;
        if (event.type === 'start' || event.type === 'replace') position = { messageId: event.messageId, after: seen };
        yield event;
        if (event.type === 'complete' || event.type === 'error') return;
      }
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (error instanceof ApiError && !mayGoOn(error, position !== undefined)) throw error;
      problem = error;
    }
    fruitless += 1;
    options.onConnection?.('lost');
    await pauseAfter(problem instanceof ApiError ? problem : networkError('follow the answer', problem), {
      attempt: fruitless,
      tries: resumes,
      ...RESUME_PACE,
      maxWaitMs,
      signal: options.signal,
      wait: options.wait,
    });
    if (position === undefined) continue;
    const next = { messageId: position.messageId, after: seen };
    connect = () => options.resume(next);
  }
}

/** A question that the relay refused is the caller's to ask again; of one that may have been lost, the key takes care. */
function mayGoOn(error: ApiError, isAccepted: boolean): boolean {
  return error.isUnsettled || (isAccepted && error.shouldRetry());
}

function beginsAnew({ type }: ChatEvent): boolean {
  return type === 'start' || type === 'replace';
}
