import { REALTIME_CLOSE_CODES, type RealtimeCloseCode, type RealtimeToClient } from '@cloudtolocalllm/protocol';
import { ApiError } from './api-error.ts';
import { backOff, wait } from './back-off.ts';
import type { ConnectionState } from './chat-stream.ts';
import { type ClosedSocket, openRealtimeSocket, type RealtimeSocket } from './realtime-socket.ts';
import { SignInError } from './sign-in-error.ts';
import type { Transport } from './transport.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/** Back-off: a cut of seconds is hardly noticed, a relay that is away for hours is not stormed. */
const RETRY_BASE_MS = 250;
const RETRY_MAX_MS = 30_000;
/** A relay that ends good sockets at once would otherwise be asked without a pause. */
const STEADY_MS = 5_000;

/** What the relay tells; that a listener stands somewhere is no news to who listens. */
export type RealtimeMessage = Exclude<RealtimeToClient, { type: 'ready' }>;

export type RealtimeStreamOptions = {
  baseUrl: string;
  token: Transport['token'];
  webSocket?: WebSocketConstructor;
  /** Below the base URL, such as `/ws/status/…`. */
  path: string;
  /** Asks the relay for the same by HTTP: browsers don't say why a WebSocket was refused. Rejects with the reason. */
  refusal: () => Promise<unknown>;
  signal?: AbortSignal;
  onConnection?: (state: ConnectionState) => void;
  wait?: typeof wait;
};

/**
 * The messages of one WebSocket address over as many sockets as it takes, each after the last one that was read.
 *
 * @throws ApiError when the relay refuses for good; the signal's reason
 */
export async function* realtimeStream(
  options: RealtimeStreamOptions,
): AsyncGenerator<{ type: 'refetch' } | RealtimeMessage, void, undefined> {
  const { signal, token: tokens, webSocket, onConnection } = options;
  const pause = options.wait ?? wait;
  let after: string | undefined;
  let refused: string | undefined;
  let attempt = 0;

  for (;;) {
    signal?.throwIfAborted();
    let closed: ClosedSocket | undefined;
    let openedAt: number | undefined;
    let socket: RealtimeSocket | undefined;
    try {
      const token = await tokens(refused, signal);
      refused = undefined;
      socket = openRealtimeSocket({ url: socketUrl(options, after), token, tokens, webSocket, signal });
      for await (const message of socket) {
        if (message.type === 'ready') {
          if (openedAt === undefined) onConnection?.('live');
          openedAt ??= performance.now();
          const missed = after === undefined || message.payload.missed;
          if (missed) after = message.id;
          if (missed) yield { type: 'refetch' };
        } else {
          after = message.id ?? after;
          yield message;
        }
      }
      closed = socket.closed;
      const next = closed?.code === undefined ? 'retry' : afterRealtimeClose(closed.code);
      if (next === 'stop') throw erased();
      if (next === 'renew') refused = closed?.token;
      if (openedAt === undefined) await options.refusal();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!mayPass(error)) throw error;
    } finally {
      socket?.close();
    }
    if (openedAt !== undefined) onConnection?.('lost');
    attempt = openedAt !== undefined && performance.now() - openedAt >= STEADY_MS ? 1 : attempt + 1;
    await pause(backOff(attempt, { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS }), signal);
  }
}

/** Whether a later try may do better: also when the issuer stumbles while a token is renewed. */
function mayPass(error: unknown): boolean {
  return error instanceof SignInError || (error instanceof ApiError && error.shouldRetry());
}

function afterRealtimeClose(code: number): 'retry' | 'renew' | 'stop' {
  // as: checked just before
  return code in REALTIME_CLOSE_CODES ? REALTIME_CLOSE_CODES[code as RealtimeCloseCode].after : 'retry';
}

/** What comes before the person signs in again would begin their account anew. */
function erased(): ApiError {
  return new ApiError('Everything of this account was deleted', { status: 410, code: 'erased' });
}

/** An event's id is no secret; the token never is in the address. */
function socketUrl({ baseUrl, path }: RealtimeStreamOptions, after: string | undefined): string {
  // as: only browsers have one, and its type; there a base URL may be a path
  const { location } = globalThis as { location?: { href: string } };
  const url = new URL(baseUrl.replace(/\/+$/, '') + path, location?.href);
  url.protocol = url.protocol.replace('http', 'ws');
  if (after !== undefined) url.searchParams.set('after', after);
  return url.href;
}
