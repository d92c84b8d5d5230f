import type { RealtimeToClient, RealtimeToRelay } from '@cloudtolocalllm/protocol';
import type { Transport } from './transport.ts';
import { newWebSocket, OPEN, type WebSocketConstructor } from './web-socket.ts';

const SUBPROTOCOL = 'c2l.v1';
/** Opening takes a second on a bad line; a socket that nobody answers would wait for minutes. */
const OPEN_MS = 15_000;
/** After so long without a word the relay is asked for one; JavaScript is not shown its pings. */
const ASK_MS = 25_000;
/** Then the socket is dead, whatever the network says. */
const ANSWER_MS = 10_000;
/** Before its token ends, a newer one is sent: token sources renew a minute before. */
const RENEW_BEFORE_MS = 45_000;
/** When no newer token could be had. */
const RENEW_AGAIN_MS = 10_000;
/** The longest that timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Messages that wait for a listener who does not read; then the socket ends, and the relay tells the rest again. */
const MAX_WAITING = 5_000;

/** How a socket ended. `code` is undefined when it was ended on this side. */
export type ClosedSocket = { code: number | undefined; token: string };

export type RealtimeSocketOptions = {
  url: string;
  token: string;
  tokens: Transport['token'];
  webSocket?: WebSocketConstructor;
  signal?: AbortSignal;
};

/** One WebSocket, from its opening to its end; iterate it once. */
export type RealtimeSocket = AsyncIterable<RealtimeToClient> & {
  /** Set when it has ended. */
  readonly closed: ClosedSocket | undefined;
  close(): void;
};

/** Opens a WebSocket, keeps its token fresh and notices when it is dead. Its end ends the iteration. */
export function openRealtimeSocket(options: RealtimeSocketOptions): RealtimeSocket {
  const { token, tokens, signal } = options;
  const socket = newWebSocket(options.webSocket, options.url, [SUBPROTOCOL, `bearer.${token}`]);
  const waiting: RealtimeToClient[] = [];
  let wake: (() => void) | undefined;
  let closed: ClosedSocket | undefined;
  let current = token;
  let last: string | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let silence = setTimeout(() => end(undefined), OPEN_MS);

  const send = (message: RealtimeToRelay): void => {
    if (socket.readyState === OPEN) socket.send(JSON.stringify(message));
  };
  const onAbort = (): void => end(undefined);
  signal?.addEventListener('abort', onAbort, { once: true });
  socket.addEventListener('open', () => {
    heard();
    renewLater(untilRenewal(current));
  });
  socket.addEventListener('message', ({ data }) => {
    const message = parse(data);
    if (message === undefined || closed !== undefined) return;
    heard();
    last = message.id ?? last;
    waiting.push(message);
    if (waiting.length > MAX_WAITING) end(undefined);
    wake?.();
  });
  socket.addEventListener('close', ({ code }) => end(code));
  // A close event follows.
  socket.addEventListener('error', () => {});
  if (signal?.aborted) end(undefined);

  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(() => {
      // The relay answers `ready`; without a place there is nothing to ask with, and `ready` is what is missing.
      if (last !== undefined) send({ type: 'resume', payload: { after: last } });
      silence = setTimeout(() => end(undefined), ANSWER_MS);
    }, ASK_MS);
  }

  function renewLater(milliseconds: number | undefined): void {
    if (milliseconds === undefined || closed !== undefined) return;
    renewal = setTimeout(() => void renew(), Math.min(milliseconds, MAX_TIMER_MS));
  }

  async function renew(): Promise<void> {
    try {
      let newer = await tokens();
      if (newer === current) newer = await tokens(current);
      if (newer !== current && closed === undefined) {
        current = newer;
        send({ type: 'authenticate', payload: { token: newer } });
        return renewLater(untilRenewal(newer));
      }
    } catch {
      // The relay closes the socket when the old one ends; whoever opens the next one is told why it can't be.
    }
    renewLater(RENEW_AGAIN_MS);
  }

  function end(code: number | undefined): void {
    if (closed !== undefined) return;
    closed = { code, token: current };
    clearTimeout(silence);
    clearTimeout(renewal);
    signal?.removeEventListener('abort', onAbort);
    if (code === undefined) socket.close();
    wake?.();
  }

  return {
    get closed() {
      return closed;
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) yield message;
        if (closed !== undefined) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close: () => end(undefined),
  };
}

function parse(data: unknown): RealtimeToClient | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    // The relay's messages follow the schema; unknown types are passed on and ignored by who reads them.
    return JSON.parse(data) as RealtimeToClient;
  } catch {
    return undefined;
  }
}

/** Milliseconds until a JWT should be renewed; undefined for what says no time, such as an API key. */
function untilRenewal(token: string): number | undefined {
  try {
    const payload = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'); // what has none fails below
    const { exp } = JSON.parse(atob(payload)) as { exp?: unknown }; // looked at only for a number
    return typeof exp === 'number' ? Math.max(0, exp * 1000 - Date.now() - RENEW_BEFORE_MS) : undefined;
  } catch {
    return undefined;
  }
}
